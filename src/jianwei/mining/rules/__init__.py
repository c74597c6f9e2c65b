"""Association rules: what follows from frequent itemsets, how strong it is and how sure."""

__all__: list[str] = []
