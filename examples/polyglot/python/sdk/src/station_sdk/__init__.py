"""Reads a weather station."""


def reading(celsius: float) -> dict[str, float]:
    """A measurement, with its temperature in degrees Celsius."""
    return {'celsius': celsius}
