"""Recordings in files: finding them, who hears them, how their speakers feel, writing them down."""

__all__: list[str] = []
