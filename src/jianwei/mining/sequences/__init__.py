"""What follows what: frequent sequences of what persons do, and the rules they give."""

__all__: list[str] = []
