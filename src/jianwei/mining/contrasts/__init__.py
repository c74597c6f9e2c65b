"""What differs between two groups of baskets."""

__all__: list[str] = []
