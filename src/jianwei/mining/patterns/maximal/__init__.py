"""The maximal sets among closed ones."""

__all__: list[str] = []
