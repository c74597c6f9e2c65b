"""Pictures in files: finding them, looking at them, copies with what was seen drawn in."""

__all__: list[str] = []
