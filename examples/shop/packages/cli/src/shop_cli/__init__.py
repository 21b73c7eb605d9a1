"""The shop on the command line."""

import sys

from shop_client import cheapest
from shop_server import price_list

__all__ = ["main"]


def main() -> None:
    """Write the prices, and what is cheapest."""
    for name, price in price_list().items():
        sys.stdout.write(f"{name}\t{price}\n")
    sys.stdout.write(f"cheapest: {cheapest().name}\n")
