"""The package ant."""
