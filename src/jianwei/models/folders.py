"""Models of several files: where their folder lies, and which they are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path

from jianwei.errors import DamagedModelError, ModelNotFoundError
from jianwei.models.locate import ModelIdentity, Place, Source, find
from jianwei.models.lock import LockedModel

__all__ = ["LocatedFolder", "checked_places", "digest_of", "files_identity", "locate_folder"]


@dataclass(frozen=True, slots=True)
class LocatedFolder:
    """A model's files, all in one place.

    Attributes:
        folder: the folder that holds them.
        source: which of the four places it was.
        identity: see `files_identity`.
    """

    model: LockedModel
    folder: Path
    source: Source
    identity: ModelIdentity


def digest_of(path: Path) -> str:
    """sha256 of a file as 64 hex digits, read piece by piece.

    Raises:
        ModelNotFoundError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelNotFoundError(
            str(path), f"cannot be read ({error.strerror})", "give a file that can be read"
        ) from None


def files_identity(name: str, digests: Iterable[tuple[str, str]]) -> ModelIdentity:
    """Identity of several files: the first 16 hex digits of the sha256 over their names and digests, in the order of the names.

    >>> files_identity("m", [("b", "2"), ("a", "1")]) == files_identity("m", [("a", "1"), ("b", "2")])
    True
    """
    text = "".join(f"{file}\0{digest}\n" for file, digest in sorted(digests))
    return ModelIdentity(name, sha256(text.encode()).hexdigest()[:16])


def locate_folder(
    model: LockedModel, *, path: str | os.PathLike[str] | None = None, environment: Mapping[str, str] | None = None
) -> LocatedFolder:
    """Find the files of a model and check those that Jianwei put there itself.

    Args:
        model: which model.
        path: a models folder to look in first.
        environment: variables to read, those of the process by default.

    Raises:
        ModelNotFoundError: the files are nowhere.
        DamagedModelError: a file is missing or damaged.
    """
    first = model.entries[0]
    place = find(first, path=path, environment=environment)
    root = place.path.parents[first.file.count("/")]
    digests = []
    for file in model.files:
        here = root / file.file
        if not here.is_file():
            raise DamagedModelError(str(here), f"is missing: {model.name} is not complete", model.hint)
        digest = digest_of(here)
        if place.pinned and digest != file.sha256:
            what = f"its sha256 is {digest[:16]}…, the {model.name} model needs {file.sha256[:16]}…"
            raise DamagedModelError(str(here), what, model.hint)
        digests.append((here.name, digest))
    return LocatedFolder(model, place.path.parent, place.source, files_identity(model.name, digests))


def checked_places(model: LockedModel, *, environment: Mapping[str, str] | None = None) -> tuple[Place, ...]:
    """Where the files of a model lie, each for itself: packages may share them out.

    Args:
        model: which model.
        environment: variables to read, those of the process by default.

    Raises:
        ModelNotFoundError: a file is nowhere.
        DamagedModelError: a file is another one than it must be.
    """
    places = tuple(find(entry, environment=environment) for entry in model.entries)
    for place, file in zip(places, model.files, strict=True):
        if place.pinned and (digest := digest_of(place.path)) != file.sha256:
            what = f"its sha256 is {digest[:16]}…, the {model.name} model needs {file.sha256[:16]}…"
            raise DamagedModelError(str(place.path), what, model.hint)
    return places
