"""Everything that can be seen in a picture, part by part. What one part lacks or breaks never costs the others."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeVar

from jianwei.common.media import MediaLimits, OpenMedia
from jianwei.common.results import Reason, Unavailable
from jianwei.errors import CancelledError, UsageError
from jianwei.models import ModelIdentity
from jianwei.vision._base import Avatar, ChatLine, Face, ImageReport, Line, Picture
from jianwei.vision.means import PARTS, Means, Pixels, open_means

__all__ = ["PARTS", "Looker", "look", "open_looker"]

Source = str | os.PathLike[str] | bytes | OpenMedia
M = TypeVar("M")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Looker:
    """Looks at pictures with models that are loaded once. Made by `open_looker`.

    Attributes:
        identities: who answers, for every part that can look.
        missing: why the others cannot: `Unavailable` with the reason "missing_extra", "missing_model", "damaged_model" (values: part,
            command) or "not_asked" (part).
    """

    identities: Mapping[str, ModelIdentity]
    missing: Mapping[str, Unavailable]
    _means: Means = field(repr=False)

    def look(self, source: Source, limits: MediaLimits | None = None) -> ImageReport:
        """Look at a picture.

        Args:
            source: a path, the bytes, or an opened file.
            limits: bounds on the file.

        Raises:
            RejectedMediaError: it cannot be read as a picture.
            MissingExtraError: nothing is installed that decodes pictures.
        """
        from jianwei.vision.decoding import read_picture

        return self.look_picture(read_picture(source, limits), _name(source))

    def look_picture(self, picture: Picture, name: str) -> ImageReport:
        """Look at a picture that is decoded already.

        A part that fails on this picture is `Unavailable` with the reason "failed" (values: part, error) in its report.

        Args:
            picture: the pixels.
            name: what people call the file.
        """
        from jianwei.vision.hashing import picture_hash

        means, pixels = self._means, picture.pixels
        lines = _tried("text", means.text, lambda reader: reader.read(pixels))
        faces = _tried("faces", means.faces, lambda finder: finder.find(pixels))
        return ImageReport(
            name=name,
            size=picture.size,
            format=picture.format,
            frames=picture.frames,
            lines=lines,
            chat=_chat(lines, pixels),
            faces=self.missing.get("faces", faces),
            avatar=_avatar(means, pixels, faces),
            codes=_tried("codes", means.codes, lambda find: find(pixels)),
            things=_tried("things", means.things, lambda finder: finder.find(pixels)),
            scenes=_tried("scenes", means.scenes, lambda finder: finder.find(pixels)),
            safety=_tried("safety", means.safety, lambda judge: judge.judge(pixels)),
            hash=picture_hash(pixels),
            notes=picture.notes,
            models=tuple(self.identities.items()),
        )


def open_looker(models: Path | None = None, *, parts: Sequence[str] = PARTS, threads: int = 1) -> Looker:
    """Load what is needed to look for some parts.

    A part whose extra or model is missing or damaged is in `Looker.missing`; that is no error.

    Args:
        models: a folder of models that goes before all other places.
        parts: some of `PARTS`.
        threads: of one model.

    Raises:
        UsageError: there is no such part.

    >>> open_looker(parts=[]).missing["codes"].reason.code
    'not_asked'
    """
    if unknown := [part for part in parts if part not in PARTS]:
        raise UsageError("look", f"there is no part {unknown[0]!r}", f"choose from {', '.join(PARTS)}")
    opened = open_means(models, parts, threads)
    return Looker(opened.identities, opened.missing, opened.means)


@cache
def _default_looker() -> Looker:
    return open_looker()


def look(source: Source, limits: MediaLimits | None = None) -> ImageReport:
    """What is seen in a picture, by all parts that work here; models are loaded at the first call and kept.

    Args:
        source: a path, the bytes, or an opened file.
        limits: bounds on the file.

    Raises:
        RejectedMediaError: it cannot be read as a picture.
        MissingExtraError: nothing is installed that decodes pictures.
    """
    return _default_looker().look(source, limits)


def _tried(part: str, means: M | Unavailable, use: Callable[[M], T]) -> T | Unavailable:
    """What `use` makes of the means; why not, where there are none or they fail."""
    if isinstance(means, Unavailable):
        return means
    try:
        return use(means)
    except CancelledError:
        raise
    except Exception as error:  # a fault in one model's code must not cost what the others see
        return Unavailable(Reason("failed", {"part": part, "error": f"{type(error).__name__}: {error}"[:300]}))


def _avatar(means: Means, pixels: Pixels, faces: tuple[Face, ...] | Unavailable) -> Avatar | Unavailable:
    if isinstance(faces, Unavailable) and not isinstance(means.avatar, Unavailable):
        return Unavailable(Reason(faces.reason.code, {**faces.reason.values, "part": "avatar"}))
    found = faces or ()
    return _tried("avatar", means.avatar, lambda judge: judge(pixels, found))


def _chat(lines: tuple[Line, ...] | Unavailable, pixels: Pixels) -> tuple[ChatLine, ...]:
    if not lines:
        return ()
    from jianwei.vision.reading.chats import chat_of

    said = lines
    return _tried("text", chat_of, lambda build: build(said, pixels)) or ()


def _name(source: Source) -> str:
    if isinstance(source, OpenMedia):
        return source.name
    return "media" if isinstance(source, bytes) else Path(source).as_posix()
