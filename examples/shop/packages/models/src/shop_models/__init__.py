"""What a shop sells."""

from dataclasses import dataclass
from decimal import Decimal

from shop_core import money

__all__ = ["Item", "__version__", "goods"]

__version__ = "1.0.3"


@dataclass(frozen=True)
class Item:
    """Something with a price."""

    name: str
    price: Decimal


def goods() -> tuple[Item, ...]:
    """Everything that is on the shelf."""
    return Item("pear", money("0.80")), Item("plum", money("0.35"))
