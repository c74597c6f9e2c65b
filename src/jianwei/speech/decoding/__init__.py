"""Recordings in, samples out."""

from jianwei.speech.decoding.reading import Audio, read_audio

__all__ = ["Audio", "read_audio"]
