"""Asks a shop for its goods."""

from collections.abc import Callable, Iterable

from shop_models import Item, goods

__all__ = ["cheapest"]


def cheapest(ask: Callable[[], Iterable[Item]] = goods) -> Item:
    """The item with the lowest price."""
    return min(ask(), key=lambda item: item.price)
