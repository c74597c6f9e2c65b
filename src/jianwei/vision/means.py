"""What does the looking: for every part a model, or why there is none. A part's room is imported only when somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from jianwei.common.results import Reason, Unavailable
from jianwei.errors import DamagedModelError, InputError, JianweiError, MissingExtraError, ModelNotFoundError
from jianwei.models import ModelIdentity
from jianwei.vision._base import Avatar, Code, Face, Line, Safety, Thing

__all__ = ["PARTS", "Means", "Opened", "open_means"]

PARTS = ("text", "faces", "avatar", "codes", "things", "scenes", "safety")
"""What can be looked for, in the order in which it is done."""

Pixels = NDArray[np.uint8]

_LACKING = (MissingExtraError, ModelNotFoundError, InputError)
"""What is raised where a model is missing, damaged, or no model of the right kind."""


class Reader(Protocol):
    def read(self, pixels: Pixels) -> tuple[Line, ...]: ...


class FaceFinder(Protocol):
    def find(self, pixels: Pixels, *, embed: bool = False) -> tuple[Face, ...]: ...


class ThingFinder(Protocol):
    def find(self, pixels: Pixels) -> tuple[Thing, ...]: ...


class Judge(Protocol):
    def judge(self, pixels: Pixels) -> Safety: ...


@dataclass(frozen=True, slots=True)
class Means:
    """One field a part; the faces may be there only because the avatar is judged by them."""

    text: Reader | Unavailable
    faces: FaceFinder | Unavailable
    avatar: Callable[[Pixels, Sequence[Face]], Avatar] | Unavailable
    codes: Callable[[Pixels], tuple[Code, ...]] | Unavailable
    things: ThingFinder | Unavailable
    scenes: ThingFinder | Unavailable
    safety: Judge | Unavailable


@dataclass(frozen=True, slots=True)
class Opened:
    """What came of opening.

    Attributes:
        identities: who answers, for every part that was asked for and can look.
        missing: why the other parts cannot.
    """

    means: Means
    identities: Mapping[str, ModelIdentity]
    missing: Mapping[str, Unavailable]


def open_means(models: Path | None, parts: Sequence[str], threads: int) -> Opened:
    """Load the models of some parts; what is missing or damaged is said, not raised.

    Args:
        models: a folder of models that goes before all other places.
        parts: some of `PARTS`.
        threads: of one model.
    """
    openers = _openers(models, threads)
    means: dict[str, Any] = {}
    identities: dict[str, ModelIdentity] = {}
    missing: dict[str, Unavailable] = {}
    for part in PARTS:
        if part in parts:
            try:
                means[part], identities[part] = openers[part]()
                continue
            except _LACKING as error:
                missing[part] = _lacking(part, error)
        else:
            missing[part] = Unavailable(Reason("not_asked", {"part": part}))
        means[part] = missing[part]
    if "avatar" in identities and "faces" not in identities:
        try:
            means["faces"], _ = openers["faces"]()
        except _LACKING as error:
            del identities["avatar"]
            missing["avatar"] = means["avatar"] = _lacking("avatar", error)
    return Opened(Means(**means), identities, missing)


def _lacking(part: str, error: JianweiError) -> Unavailable:
    if isinstance(error, MissingExtraError):
        code = "missing_extra"
    else:
        code = "damaged_model" if isinstance(error, DamagedModelError | InputError) else "missing_model"
    return Unavailable(Reason(code, {"part": part, "command": error.hint}))


def _openers(models: Path | None, threads: int) -> Mapping[str, Callable[[], tuple[object, ModelIdentity]]]:
    """What loads a part. The rooms of the parts are imported only when somebody asks for them."""

    def text() -> tuple[object, ModelIdentity]:
        from jianwei.vision.reading import open_reader

        reader = open_reader(models, threads=threads)
        return reader, reader.identity

    def faces() -> tuple[object, ModelIdentity]:
        from jianwei.vision.faces import open_finder

        finder = open_finder(models, threads=threads)
        return finder, finder.identity

    def avatar() -> tuple[object, ModelIdentity]:
        from jianwei.vision.faces.avatars import IDENTITY, judge_avatar

        return judge_avatar, IDENTITY

    def codes() -> tuple[object, ModelIdentity]:
        from jianwei.vision.codes import IDENTITY, find_codes, require_reader

        require_reader()
        return find_codes, IDENTITY

    def things() -> tuple[object, ModelIdentity]:
        from jianwei.vision.things import open_things

        finder = open_things(models, threads=threads)
        return finder, finder.identity

    def scenes() -> tuple[object, ModelIdentity]:
        from jianwei.vision.things import open_scenes

        finder = open_scenes(models, threads=threads)
        return finder, finder.identity

    def safety() -> tuple[object, ModelIdentity]:
        from jianwei.vision.safety import open_safety

        judge = open_safety(models, threads=threads)
        return judge, judge.identity

    return {
        "text": text,
        "faces": faces,
        "avatar": avatar,
        "codes": codes,
        "things": things,
        "scenes": scenes,
        "safety": safety,
    }
