"""Outside formats: bytes in, canonical batches and rejects out. A source knows nothing of storage.

`detect` finds the format of a file by a sample, `by_name` gives one outright; readers are loaded when they are first needed.

>>> by_name("chatlab").name
'chatlab'
"""

from jianwei.sources._base import Piece, ReadContext, Reject, Source
from jianwei.sources.detect import SOURCES, by_name, detect

__all__ = ["SOURCES", "Piece", "ReadContext", "Reject", "Source", "by_name", "detect"]
