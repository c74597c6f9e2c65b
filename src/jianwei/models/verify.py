"""What is here of the models that the lock files name, and whether it is whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from jianwei.errors import ModelNotFoundError
from jianwei.models.folders import digest_of
from jianwei.models.locate import Place, Source, find
from jianwei.models.lock import LockedModel, own_lock, shipped_lock

__all__ = ["ModelState", "check_model", "known_models"]


@dataclass(frozen=True, slots=True)
class ModelState:
    """What is here of one model.

    Attributes:
        state: "ok", all files are what they must be; "given", the user put other files in their place (JIANWEI_MODELS), which are taken as
            they are; "missing"; "damaged", a file is another one than it must be, or some files are missing.
        source: where the first file was found; None when it is nowhere.
        where: its path; for a damaged model that of the first bad file.
    """

    model: LockedModel
    state: Literal["ok", "given", "missing", "damaged"]
    source: Source | None = None
    where: str = ""


def known_models(environment: Mapping[str, str] | None = None) -> tuple[LockedModel, ...]:
    """Every model of both lock files, the shipped ones first.

    Raises:
        InputError: the user's lock file is damaged.
    """
    shipped = shipped_lock()
    own = tuple(model for model in own_lock(environment).models if shipped.get(model.name) is None)
    return shipped.models + own


def check_model(model: LockedModel, environment: Mapping[str, str] | None = None) -> ModelState:
    """Look for the files of a model and read them all."""
    places: list[Place] = []
    absent: list[str] = []
    for entry in model.entries:
        try:
            places.append(find(entry, environment=environment))
        except ModelNotFoundError:
            absent.append(entry.file)
    if not places:
        return ModelState(model, "missing")
    if absent:
        return ModelState(model, "damaged", places[0].source, absent[0])
    for place, file in zip(places, model.files, strict=True):
        if place.pinned and digest_of(place.path) != file.sha256:
            return ModelState(model, "damaged", place.source, str(place.path))
    whole = all(place.pinned for place in places)
    return ModelState(model, "ok" if whole else "given", places[0].source, str(places[0].path))
