"""Frequent itemsets of data in partitions, wherever they lie: each is mined for itself, then what was found is counted in all."""

__all__: list[str] = []
