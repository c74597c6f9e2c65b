"""Finding the faces of a picture with the best detector that is there.

In this order: YuNet, when it was pulled (its authors' thresholds); UltraFace, when it was pulled, confirmed by dlib's network where dlib is
installed; dlib alone, its frontal detector confirmed by its network.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from jianwei.errors import DamagedModelError, MissingExtraError, ModelNotFoundError, UsageError
from jianwei.models import ModelIdentity
from jianwei.models.folders import files_identity
from jianwei.vision._base import Box, Face
from jianwei.vision.boxes import turned_back
from jianwei.vision.faces._base import Detector, Embedder, Pixels, Pointer
from jianwei.vision.faces.avatars import photographic
from jianwei.vision.faces.confirming import ConfirmedDetector
from jianwei.vision.faces.dlib_models import FrontalDetector, open_network, open_pointer
from jianwei.vision.faces.embedding import open_best_embedder
from jianwei.vision.faces.onnx_detectors import open_ultraface, open_yunet
from jianwei.vision.faces.resizing import fitted

__all__ = ["DETECTORS", "RULES", "FaceFinder", "open_finder"]

DETECTORS = ("yunet", "ultraface", "dlib")
"""In the order in which they are tried."""

RULES = "3"
"""Edition of what is done around the networks: sizes, thresholds, turns. A new one is a new version of whoever finds."""

_LONGEST = 1600
"""Longer side to which pictures are reduced before faces are looked for."""

_WHOLE = 500
"""Longer side at which dlib's network sees the whole picture, where its frontal detector proposes: profiles are found so."""

_FRONTAL, _PROPOSED, _ALONE = -0.3, 0.3, 0.9
"""Thresholds: of dlib's frontal detector; of UltraFace where the network confirms, and where it has to do alone."""


@dataclass(frozen=True)
class FaceFinder:
    """Finds faces with models that are loaded once. Made by `open_finder`.

    Attributes:
        identity: who finds them.
        detector: finds boxes.
        turned: finds boxes in the picture turned by quarters, where the first finds none upright.
        pointer: finds the points where the detector tells none; None where nothing does.
        models: the folder in which an embedding is looked for.
        with_mouth: whether the detector tells the eyes, the nose and the corners of the mouth, as SFace needs them.
    """

    identity: ModelIdentity
    detector: Detector
    turned: Detector
    pointer: Pointer | None = None
    models: Path | None = None
    threads: int = 1
    with_mouth: bool = False

    @cached_property
    def embedder(self) -> Embedder:
        """What embeds faces, loaded when it is asked for.

        Raises:
            ModelNotFoundError: the weights are nowhere, or damaged.
            MissingExtraError: the extra is not installed.
        """
        return open_best_embedder(self.models, with_mouth=self.with_mouth, threads=self.threads)

    def find(self, pixels: Pixels, *, embed: bool = False) -> tuple[Face, ...]:
        """The faces of a picture, largest first.

        Args:
            pixels: uint8 [h, w, 3], RGB.
            embed: also tell their embeddings. They say who somebody is: ask only under a consent, and do not keep them.

        Returns:
            boxes inside the picture.
        """
        small, factor = fitted(pixels, longest=_LONGEST)
        height, width = pixels.shape[:2]
        faces = [_enlarged(face, 1 / factor, width, height) for face in self._anyhow(small, embed)]
        return tuple(sorted(faces, key=lambda face: (-_area(face.box), face.box)))

    def _anyhow(self, pixels: Pixels, embed: bool) -> tuple[Face, ...]:
        """Faces of the picture as it is; where there are none, of a photograph lying on a side or upside down. What is surely no photograph
        (a screen, a drawing) is looked at once and quickly: whoever stands in it stands upright.
        """
        height, width = pixels.shape[:2]
        drawn = photographic(pixels) < _DRAWN
        for turns in _TURNS[:1] if drawn else _TURNS:
            shown = np.ascontiguousarray(np.rot90(pixels, turns))
            if found := (self.turned if turns or drawn else self.detector).detect(shown):
                return tuple(_back(face, turns, width, height) for face in self._told(shown, found, embed))
        return ()

    def _told(self, pixels: Pixels, faces: tuple[Face, ...], embed: bool) -> tuple[Face, ...]:
        """The same faces with their points, and with their embeddings where these are asked for."""
        if mark := self.pointer:
            faces = tuple(face if face.points else replace(face, points=mark.points(pixels, face)) for face in faces)
        if not embed:
            return faces
        rows = self.embedder.embed(pixels, faces)
        return tuple(replace(face, embedding=row) for face, row in zip(faces, rows, strict=True))


_TURNS = (0, 1, 3, 2)

_DRAWN = -1.0
"""Logits of `photographic` below which a picture is no photograph."""


def open_finder(models: Path | None = None, *, threads: int = 1, only: str = "") -> FaceFinder:
    """Load the best detector that is there.

    Args:
        models: a folder of models that goes before all other places.
        threads: of one model; dlib always uses one.
        only: one of `DETECTORS` that has to be used; "" for the first that is there.

    Raises:
        MissingExtraError: no detector was pulled, and dlib is not installed.
        ModelNotFoundError: `only` names a detector that is not here.
        DamagedModelError: the weights are not what they must be.
        UsageError: there is no such detector.
    """
    if only and only not in DETECTORS:
        raise UsageError("faces", f"there is no detector {only!r}", f"choose from {', '.join(DETECTORS)}")
    for name in DETECTORS[:-1]:
        if only in ("", name):
            try:
                return _OPENERS[name](models, threads)
            except DamagedModelError:
                raise
            except (ModelNotFoundError, MissingExtraError):
                if only:
                    raise
    return _with_dlib(models, threads)


def _with_yunet(models: Path | None, threads: int) -> FaceFinder:
    detector = open_yunet(models, threads=threads)
    identity = _joined("yunet", detector.identity)
    return FaceFinder(identity, detector, detector, None, models, threads, with_mouth=True)


def _with_ultraface(models: Path | None, threads: int) -> FaceFinder:
    """Confirmed by dlib's network; without dlib by a higher threshold only."""
    try:
        network, pointer = open_network(models), open_pointer(models)
    except DamagedModelError:
        raise
    except (ModelNotFoundError, MissingExtraError):
        alone = open_ultraface(models, threshold=_ALONE, threads=threads)
        return FaceFinder(_joined("ultraface", alone.identity), alone, alone, None, models, threads)
    proposing = open_ultraface(models, threshold=_PROPOSED, threads=threads)
    identity = _joined("ultraface+dlib", proposing.identity, network.identity)
    detector = ConfirmedDetector(identity, proposing, network, 0)
    return FaceFinder(identity, detector, detector, pointer, models, threads)


def _with_dlib(models: Path | None, threads: int) -> FaceFinder:
    network, pointer = open_network(models), open_pointer(models)
    proposing = FrontalDetector.opened(_FRONTAL)
    identity = _joined("dlib-faces", proposing.identity, network.identity)
    turned = ConfirmedDetector(identity, proposing, network, 0)
    return FaceFinder(identity, replace(turned, whole=_WHOLE), turned, pointer, models, threads)


_OPENERS = {"yunet": _with_yunet, "ultraface": _with_ultraface}


def _joined(name: str, *identities: ModelIdentity) -> ModelIdentity:
    return files_identity(name, [*((one.name, one.version) for one in identities), ("rules", RULES)])


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _back(face: Face, turns: int, width: int, height: int) -> Face:
    box = turned_back(face.box, turns, width, height)
    points = tuple(turned_back((x, y, x, y), turns, width, height)[:2] for x, y in face.points)
    return replace(face, box=box, points=points)


def _enlarged(face: Face, factor: float, width: int, height: int) -> Face:
    left, top, right, bottom = (value * factor for value in face.box)
    inside = (max(0.0, left), max(0.0, top), min(float(width), right), min(float(height), bottom))
    return replace(face, box=inside, points=tuple((x * factor, y * factor) for x, y in face.points))
