"""Offers goods and their prices."""

from shop_models import goods

__all__ = ["price_list"]


def price_list() -> dict[str, str]:
    """The prices by name."""
    return {item.name: str(item.price) for item in goods()}
