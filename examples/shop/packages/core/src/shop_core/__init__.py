"""Money, without rounding errors."""

from decimal import Decimal

__all__ = ["money"]


def money(amount: str) -> Decimal:
    """Read an amount such as `3.50`."""
    return Decimal(amount).quantize(Decimal("0.01"))
