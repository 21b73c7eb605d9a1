"""Reports of a weather station."""

from station_sdk import reading


def line(celsius: float) -> str:
    """A measurement for people."""
    return f'{reading(celsius)["celsius"]:.1f} °C'
