"""What questions are made of: a reader, settings, the views everybody needs, periods of time.

Modules are imported one by one: `_base` (Reader, Question), `views`, `periods`, `shape`.
"""

__all__: list[str] = []
