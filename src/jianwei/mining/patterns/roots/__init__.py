"""Where a search begins."""

__all__: list[str] = []
