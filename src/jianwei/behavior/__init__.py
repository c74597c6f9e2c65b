"""How people talk, feel and buy: one file for each question.

Modules are imported one by one (`from jianwei.behavior.rfm import Rfm`), so that asking one question loads only what it needs.
"""

__all__: list[str] = []
