"""The encoding of a file that its source was asked to read."""

from __future__ import annotations

from jianwei.common.files import BadInput, Sample, sample
from jianwei.errors import InputError
from jianwei.sources._base import InputFile

__all__ = ["encoding_for"]


def encoding_for(file: InputFile) -> tuple[Sample, str]:
    """The sample of a text file and the codec to read it with.

    Raises:
        InputError: the file is empty, or no text.
    """
    seen = sample(file)
    if isinstance(seen, BadInput):
        raise InputError(file.name, "the file is empty")
    if seen.encoding is None:
        raise InputError(file.name, "this is no text in UTF-8, UTF-16 or GB18030", "export it again as UTF-8")
    return seen, seen.encoding
