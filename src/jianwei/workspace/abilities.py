"""What this installation can hear and see, ability by ability: the libraries and the models that each takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Literal

from jianwei.models import known_model
from jianwei.models.verify import check_model

__all__ = ["ABILITIES", "Ability", "Finding", "lacking", "look_up"]


@dataclass(frozen=True, slots=True)
class Ability:
    """Something that works when its libraries are installed and one of its models is there.

    Attributes:
        name: its words are `doctor.part.<name>` in the locale.
        extra: of Jianwei, which brings the libraries; several are separated by commas, as pip takes them.
        modules: import names of the libraries.
        models: names of models of which the first that is there is used; none where no model is needed.
        adds: the model to bring in where none is there; the first of `models` by default.
    """

    name: str
    extra: str
    modules: tuple[str, ...]
    models: tuple[str, ...] = ()
    adds: str = ""


_HEARING = ("faster_whisper", "onnxruntime", "av")
"""What finds speech in any sound, whoever then recognises it; of the extra "speech"."""

ABILITIES = (
    Ability("sounds", "speech", ("av", "pysilk")),
    Ability("speech", "speech", _HEARING, ("whisper-base", "whisper-small", "whisper-large-v3-turbo")),
    Ability("sense_voice", "sherpa,speech", ("sherpa_onnx", *_HEARING), ("sense-voice",)),
    Ability("paraformer", "sherpa,speech", ("sherpa_onnx", *_HEARING), ("paraformer-zh",)),
    Ability("microphone", "microphone,speech", ("sounddevice", *_HEARING)),
    Ability("pictures", "vision", ("PIL", "pillow_heif", "av")),
    Ability("text", "vision", ("onnxruntime", "cv2"), ("ppocr",)),
    Ability("codes", "vision", ("zxingcpp", "cv2")),
    Ability("safety", "vision", ("onnxruntime", "PIL"), ("opennsfw",)),
    Ability("faces", "vision", ("onnxruntime", "cv2", "PIL"), ("yunet", "ultraface", "dlib-faces"), adds="dlib-faces"),
    Ability("same_person", "vision", ("onnxruntime", "cv2"), ("sface", "dlib-embedding"), adds="dlib-embedding"),
    Ability("liveness", "vision", ("onnxruntime", "cv2", "PIL"), ("minifasnet",)),
    Ability("objects", "vision", ("onnxruntime", "cv2"), ("yolox",)),
    Ability("scenes", "vision", ("onnxruntime", "cv2"), ("ppresnet",)),
)


_RUNS = {"dlib-faces": "dlib", "dlib-embedding": "dlib"}
"""Libraries that only some models of an ability need."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How it stands with an ability.

    Attributes:
        detail: what does it; the one command that adds what is missing; or what is damaged.
    """

    state: Literal["ok", "missing", "broken"]
    detail: str


def look_up(ability: Ability, environment: Mapping[str, str] | None = None) -> Finding:
    """Whether an ability works here. Models are compared with what they must be, but not loaded.

    Args:
        ability: one of `ABILITIES`.
        environment: variables to read, those of the process by default.
    """
    if not all(map(_installed, ability.modules)):
        return Finding("missing", f'pip install "jianwei[{ability.extra}]"')
    if not ability.models:
        return _library_of_the_system(ability) or Finding("ok", ", ".join(ability.modules))
    usable = [name for name in ability.models if _installed(_RUNS.get(name, ability.modules[0]))]
    states = [check_model(known_model(name), environment) for name in usable]
    for state in states:
        if state.state in ("ok", "given"):
            return Finding("ok", state.model.name)
        if state.state == "damaged":  # what is used would stop here, though another one is there
            return Finding("broken", f"{state.where}; {state.model.hint}")
    return Finding("missing", known_model(ability.adds or ability.models[0]).hint)


_ANSWERS = {"object": "objects", "scene": "scenes", "face": "faces", "avatar": "faces", "ocr": "text", "code": "codes"}
"""Task of pictures → the ability that answers it."""


def lacking(task: str, environment: Mapping[str, str] | None = None) -> str:
    """The command that adds what a task of pictures needs; "" where everything is here or the task needs nothing of its own.

    Args:
        task: "object", "scene", "face", "avatar", "ocr" or "code", as in `annotations`.
        environment: variables to read, those of the process by default.
    """
    found = next((look_up(one, environment) for one in ABILITIES if one.name == _ANSWERS.get(task)), None)
    return found.detail if found and found.state == "missing" else ""


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ValueError:  # something else stands under that name
        return False


def _library_of_the_system(ability: Ability) -> Finding | None:
    """The microphone's library loads one that pip does not bring."""
    if ability.name == "microphone":
        try:
            import_module("sounddevice")
        except OSError:
            return Finding("missing", "apt install libportaudio2")
    return None
