"""Baskets from anything that holds them: lists, tables, matrices, files, scans larger than memory."""

__all__: list[str] = []
