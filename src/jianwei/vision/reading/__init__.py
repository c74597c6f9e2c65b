"""Reading text in pictures: lines in reading order, chat screenshots rebuilt into messages."""

from jianwei.vision.reading.chats import chat_of
from jianwei.vision.reading.ocr import TextReader, open_reader

__all__ = ["TextReader", "chat_of", "open_reader"]
