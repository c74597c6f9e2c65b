"""Reading text in pictures: lines in reading order, chat screenshots rebuilt into messages."""

from jianwei.vision.reading.ocr import TextReader, open_reader

__all__ = ["TextReader", "open_reader"]
