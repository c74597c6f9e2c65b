"""What goes together: pairs and triples of items, and the rules they give.

Modules are imported one by one (`from jianwei.mining.pairs import Pairs`), so that asking one question loads only what it needs.
"""

__all__: list[str] = []
