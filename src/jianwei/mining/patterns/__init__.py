"""Frequent itemsets: all, closed, maximal."""

__all__: list[str] = []
