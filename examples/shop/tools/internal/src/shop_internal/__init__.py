"""Checks that only this workspace needs."""

from decimal import Decimal

from shop_core import money

__all__ = ["is_exact"]


def is_exact(amount: str) -> bool:
    """Whether an amount has no more than two decimals."""
    return money(amount) == Decimal(amount)
