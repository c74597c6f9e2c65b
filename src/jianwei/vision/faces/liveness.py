"""Whether a camera capture shows a live face, or a print or a screen of one. A picture that somebody uploads cannot answer that.

Two small networks look at the largest face with 2.7 and 4 times its size around it (Minivision, Silent-Face-Anti-Spoofing 2020:
MiniFASNetV2, MiniFASNetV1SE); the probabilities of their three classes are averaged, and class 1 is "live".
`tools/export_liveness.py` makes the files from what they published.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jianwei.common.media import MediaLimits, OpenMedia
from jianwei.common.results import Reason, Unavailable
from jianwei.errors import DamagedModelError, MissingExtraError, ModelNotFoundError, UsageError
from jianwei.models import ModelIdentity, known_model, locate
from jianwei.models.folders import files_identity
from jianwei.models.onnx import open_session
from jianwei.vision._base import Box, Face, Liveness
from jianwei.vision.faces._base import Pixels
from jianwei.vision.faces.finding import FaceFinder, open_finder
from jianwei.vision.libraries import opencv

__all__ = ["RULES", "LivenessJudge", "capture_liveness", "open_liveness"]

RULES = "1"
"""Edition of what is done around the networks: which part they see, how it is resized, how their answers are joined, from where on a face
is live. A new one is a new version of whoever judges."""

_SIDE, _LIVE = 80, 1
_AROUND = {"2.7_80x80_MiniFASNetV2.onnx": 2.7, "4_0_0_80x80_MiniFASNetV1SE.onnx": 4.0}
"""The networks, and how much larger than the face the part is that each sees."""


@dataclass(frozen=True, slots=True)
class LivenessJudge:
    """The loaded model."""

    identity: ModelIdentity
    _sessions: tuple[tuple[float, Any], ...]

    def judge(self, pixels: Pixels, face: Face) -> Liveness:
        """Whether a face is live.

        Args:
            pixels: uint8 [h, w, 3], RGB, as the camera gave it.
            face: one of its faces.
        """
        answers = []
        for around, session in self._sessions:
            shown = {session.get_inputs()[0].name: _seen(pixels, face.box, around)}
            answers.append(_probabilities(session.run(None, shown)[0][0]))
        probabilities = np.mean(answers, axis=0)
        return Liveness(int(probabilities.argmax()) == _LIVE, float(probabilities[_LIVE]), face, self.identity)


def open_liveness(models: Path | None = None, *, threads: int = 1) -> LivenessJudge:
    """Load the model.

    Args:
        models: a folder of models that goes before all other places.
        threads: of one call.

    Raises:
        MissingExtraError: onnxruntime is not installed.
        ModelNotFoundError: the weights are nowhere.
        DamagedModelError: they are not what they must be.
    """
    model = known_model("minifasnet")
    sessions, digests = [], []
    for entry in model.entries:
        found = locate(entry, path=models)
        session = open_session(found, extra="vision", threads=threads)
        shapes = [one.shape[1:] for one in (session.get_inputs()[0], session.get_outputs()[0])]
        if shapes != [[3, _SIDE, _SIDE], [3]]:
            raise DamagedModelError(found.where, f"is another model (input and output {shapes})", entry.hint)
        name = entry.file.rpartition("/")[2]
        sessions.append((_AROUND[name], session))
        digests.append((name, sha256(found.data).hexdigest()))
    return LivenessJudge(files_identity(model.name, [*digests, ("rules", RULES)]), tuple(sessions))


def capture_liveness(
    source: str | os.PathLike[str] | bytes | OpenMedia,
    *,
    camera: bool = True,
    models: Path | None = None,
    limits: MediaLimits | None = None,
) -> Liveness | Unavailable:
    """Whether a picture that a camera just took shows a live face.

    It tells prints and screens held before a camera from faces; it is no proof of who somebody is, does not notice a picture that is fed in
    behind the camera, and says nothing of pictures that were uploaded, cropped or filtered.

    Args:
        source: a path, the bytes, or an opened file.
        camera: True, the caller's word that the picture comes from a camera at this moment.
        models: a folder of models that goes before all other places.
        limits: bounds on the file.

    Returns:
        the verdict on the largest face; `Unavailable` with the reason "no_face", or "missing_extra", "missing_model", "damaged_model"
        (values: part, command).

    Raises:
        UsageError: the picture is no camera capture.
        RejectedMediaError: it cannot be read as a picture.
    """
    if not camera:
        what = "liveness is asked only of camera captures: an uploaded picture is a reproduction by nature"
        raise UsageError("liveness", what, "ask `look` about the avatar, or capture a picture and pass camera=True")
    from jianwei.vision.decoding import read_picture

    try:
        judge, finder = _opened(models)
    except MissingExtraError as error:
        return _lacking("missing_extra", error.hint)
    except DamagedModelError as error:
        return _lacking("damaged_model", error.hint)
    except ModelNotFoundError as error:
        return _lacking("missing_model", error.hint)
    pixels = read_picture(source, limits).pixels
    faces = finder.find(pixels)
    return judge.judge(pixels, faces[0]) if faces else Unavailable(Reason("no_face", {"part": "liveness"}))


@cache
def _opened(models: Path | None) -> tuple[LivenessJudge, FaceFinder]:
    """What judges captures, kept once it could be loaded."""
    return open_liveness(models), open_finder(models)


def _lacking(code: str, command: str) -> Unavailable:
    return Unavailable(Reason(code, {"part": "liveness", "command": command}))


def _probabilities(answer: NDArray[np.float32]) -> NDArray[np.float32]:
    """Softmax of logits; exports that do it themselves are left alone."""
    if answer.min() >= 0 and abs(float(answer.sum()) - 1) < 1e-4:
        return answer
    raised = np.exp(answer - answer.max())
    return np.asarray(raised / raised.sum(), np.float32)


def _seen(pixels: Pixels, box: Box, around: float) -> NDArray[np.float32]:
    """What a network sees: float32 [1, 3, 80, 80], blue first, 0 to 255.

    The part keeps the face's proportions. It is shifted into the picture, and made smaller where the picture is.
    """
    height, width = pixels.shape[:2]
    wide, high = max(1.0, box[2] - box[0]), max(1.0, box[3] - box[1])
    factor = min(around, (height - 1) / high, (width - 1) / wide)
    left, right = _inside((box[0] + box[2]) / 2, wide * factor, width)
    top, bottom = _inside((box[1] + box[3]) / 2, high * factor, height)
    # Bilinear without averaging, as the networks were trained: what a screen's dots leave behind must stay.
    shown = opencv("liveness").resize(np.ascontiguousarray(pixels[top : bottom + 1, left : right + 1]), (_SIDE, _SIDE))
    return np.ascontiguousarray(shown[:, :, ::-1].astype(np.float32).transpose(2, 0, 1)[None])


def _inside(middle: float, length: float, end: int) -> tuple[int, int]:
    """First and last pixel of a stretch, shifted so that it begins at 0 or later and ends before `end`."""
    first, last = middle - length / 2, middle + length / 2
    if first < 0:
        first, last = 0.0, last - first
    if last > end - 1:
        first, last = first - (last - end + 1), float(end - 1)
    return max(0, int(first)), int(last)
