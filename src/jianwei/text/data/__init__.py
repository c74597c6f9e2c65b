"""Files of the text room: weights, word frequencies, stop words."""

__all__: list[str] = []
