"""Stand-ins for SenseVoice and Paraformer: ONNX models of the same inputs, outputs and metadata, which hear tones as characters.

What goes in are log mel energies, so that a character is likely where its tone's band is loud; quiet frames are blank.
"""

from __future__ import annotations

import wave
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

__all__ = [
    "TOKENS",
    "TONES",
    "paraformer",
    "sense_voice",
    "spoken",
    "voiced",
    "with_metadata",
    "write_model",
    "write_sound",
]

RATE = 16_000
BANDS, WINDOW = 80, 7
TONES: Mapping[str, float] = {"你": 300.0, "好": 1000.0, "。": 3000.0}
TOKENS = (
    "<blk>", "<s>", "</s>", *TONES, "<|zh|>", "<|en|>", "<|HAPPY|>", "<|Speech|>", "<|withitn|>", "<|woitn|>", "<|nospeech|>",
)  # fmt: skip
LANGUAGES = {"auto": 0, "zh": 1, "en": 2, "yue": 3, "ja": 4, "ko": 5}
ITN = {"with_itn": 14, "without_itn": 15}
NEVER = -100.0


def spoken(text: str, *, each: float = 0.25, pause: float = 0.18, silence: float = 0.2) -> NDArray[np.float32]:
    """A text as tones, float32 [n]."""
    time = np.arange(int(each * RATE)) / RATE
    gap, around = np.zeros(int(pause * RATE)), np.zeros(int(silence * RATE))
    parts = [around]
    for character in text:
        parts += [0.3 * np.sin(2 * np.pi * TONES[character] * time), gap]
    return np.concatenate([*parts, around]).astype(np.float32)


def voiced(text: str, *, each: float = 0.25, pause: float = 0.12, silence: float = 0.6) -> NDArray[np.float32]:
    """A text as vowels rather than tones, float32 [n]: a falling voice of about 130 Hz with one formant, which the network of pauses takes
    for speech where four or more characters follow each other.
    """
    time = np.arange(int(each * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(130 * (1 + 0.15 * np.sin(4 * np.pi * time) - 0.1 * time / each)) / RATE
    envelope = np.minimum(1, np.minimum(time, each - time) / 0.03)
    parts = [np.zeros(int(silence * RATE))]
    for character in text:
        gains = {k: 1 / (1 + ((130 * k - TONES[character]) / 150) ** 2) + 0.03 / k for k in range(1, 40)}
        sound = envelope * sum(gain * np.sin(k * phase) for k, gain in gains.items())
        parts += [0.4 * sound / np.abs(sound).max(), np.zeros(int(pause * RATE))]
    return np.concatenate([*parts, np.zeros(int(silence * RATE))]).astype(np.float32)


def write_sound(path: Path, samples: NDArray[np.float32]) -> Path:
    """Samples as a WAV file of 16 bits."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, len(samples), "NONE", ""))
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def _mel(hertz: float) -> float:
    return float(1127 * np.log1p(hertz / 700))


def _weights() -> NDArray[np.float32]:
    """[window * bands, tokens]: the mean over a window of a tone's band."""
    low, high = _mel(20), _mel(RATE / 2)
    weights = np.zeros((WINDOW * BANDS, len(TOKENS)), np.float32)
    for character, hertz in TONES.items():
        band = round((_mel(hertz) - low) / (high - low) * (BANDS + 1)) - 1
        weights[band::BANDS, TOKENS.index(character)] = 1 / WINDOW
    return weights


def _bias() -> NDArray[np.float32]:
    """Characters that were not heard are impossible; blank is as likely as a band of middling loudness."""
    bias = np.full(len(TOKENS), NEVER, np.float32)
    bias[[TOKENS.index(character) for character in TONES]] = 0
    bias[0] = 20
    return bias


def _always(*tokens: str) -> NDArray[np.float32]:
    """[n, tokens] of logits."""
    logits = np.full((len(tokens), len(TOKENS)), NEVER, np.float32)
    logits[np.arange(len(tokens)), [TOKENS.index(token) for token in tokens]] = 0
    return logits


def _model(
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    nodes: Sequence[onnx.NodeProto],
    constants: Mapping[str, NDArray[np.generic]],
    metadata: Mapping[str, object],
) -> onnx.ModelProto:
    kept = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(list(nodes), "tones", list(inputs), list(outputs), kept)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    numbers = WINDOW * BANDS
    common = {
        "vocab_size": len(TOKENS), "lfr_window_size": WINDOW, "lfr_window_shift": 6,
        "neg_mean": ",".join(["0"] * numbers), "inv_stddev": ",".join(["1"] * numbers),
    }  # fmt: skip
    return with_metadata(model, {**common, **metadata})


def with_metadata(model: onnx.ModelProto, metadata: Mapping[str, object]) -> onnx.ModelProto:
    """A copy with other metadata; None takes one away."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    kept = {one.key: one.value for one in model.metadata_props} | dict(metadata)
    del copy.metadata_props[:]
    for key, value in kept.items():
        if value is not None:
            copy.metadata_props.add(key=key, value=str(value))
    return copy


def _value(name: str, kind: int, *shape: str | int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, list(shape))


def sense_voice(quiet: bool = False) -> onnx.ModelProto:
    """Four tags (language, emotion, event, spelling), then a token a frame; with `quiet`, it always says that nobody speaks."""
    node, real, whole = helper.make_node, TensorProto.FLOAT, TensorProto.INT32
    languages = ["<|nospeech|>" if quiet else "<|en|>" if name == "en" else "<|zh|>" for name in LANGUAGES]
    tags = np.stack([_always(language, "<|HAPPY|>", "<|Speech|>") for language in languages])
    spelling = np.repeat(_always("<|woitn|>")[None], 16, axis=0)
    spelling[ITN["with_itn"]] = _always("<|withitn|>")
    nodes = [
        node("MatMul", ["x", "weights"], ["energies"]),
        node("Add", ["energies", "bias"], ["frames"]),
        node("Gather", ["tags", "language"], ["tag"], axis=0),
        node("Gather", ["spelling", "text_norm"], ["spelled"], axis=0),
        node("Concat", ["tag", "spelled", "frames"], ["logits"], axis=1),
    ]
    inputs = [
        _value("x", real, "N", "T", WINDOW * BANDS), _value("x_length", whole, "N"), _value("language", whole, "N"),
        _value("text_norm", whole, "N"),
    ]  # fmt: skip
    outputs = [_value("logits", real, "N", "L", len(TOKENS))]
    constants = {"weights": _weights(), "bias": _bias(), "tags": tags, "spelling": spelling}
    metadata = {"normalize_samples": 0, **ITN, **{f"lang_{name}": at for name, at in LANGUAGES.items()}}
    return _model(inputs, outputs, nodes, constants, metadata)


def paraformer(times: bool = True) -> onnx.ModelProto:
    """A token where a frame differs from the one before, an end, and peaks three to a frame; takes one recording at a time."""
    node, real, whole = helper.make_node, TensorProto.FLOAT, TensorProto.INT32
    nodes = [
        node("MatMul", ["speech", "weights"], ["energies"]),
        node("Add", ["energies", "bias"], ["frames"]),
        node("ArgMax", ["frames"], ["best"], axis=2, keepdims=0),
        node("Slice", ["best", "zero", "last", "one"], ["head"]),
        node("Concat", ["blank", "head"], ["before"], axis=1),
        node("Equal", ["best", "before"], ["same"]),
        node("Not", ["same"], ["new"]),
        node("Cast", ["best"], ["loud"], to=TensorProto.BOOL),
        node("And", ["new", "loud"], ["begins"]),
        node("Squeeze", ["begins", "zero"], ["where"]),
        node("Compress", ["frames", "where"], ["picked"], axis=1),
        node("Concat", ["picked", "end"], ["logits"], axis=1),
        node("Cast", ["begins"], ["counted"], to=real),
        node("ReduceSum", ["counted", "one"], ["count"], keepdims=0),
        node("Cast", ["count"], ["token_num"], to=whole),
    ]
    outputs = [_value("logits", real, "N", "L", len(TOKENS)), _value("token_num", whole, "N")]
    constants: dict[str, NDArray[np.generic]] = {
        "weights": _weights(), "bias": _bias(), "zero": np.array([0]), "one": np.array([1]), "last": np.array([-1]),
        "blank": np.array([[0]]), "end": _always("</s>")[None],
    }  # fmt: skip
    if times:
        nodes += [
            node("Unsqueeze", ["counted", "two"], ["column"]),
            node("Mul", ["column", "pulse"], ["pulses"]),
            node("Reshape", ["pulses", "flat"], ["us_alphas"]),
            node("Concat", ["us_alphas", "peak"], ["us_cif_peak"], axis=1),
        ]
        outputs += [_value("us_alphas", real, "N", "U"), _value("us_cif_peak", real, "N", "P")]
        constants |= {
            "two": np.array([2]), "pulse": np.array([[[1, 0, 0]]], np.float32), "flat": np.array([1, -1]),
            "peak": np.array([[1]], np.float32),
        }  # fmt: skip
    inputs = [_value("speech", real, "N", "T", WINDOW * BANDS), _value("speech_lengths", whole, "N")]
    return _model(inputs, outputs, nodes, constants, {})


def write_model(folder: Path, model: onnx.ModelProto, *, name: str = "model.onnx") -> Path:
    """The model and its tokens in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(model, folder / name)
    lines = "".join(f"{token} {number}\n" for number, token in enumerate(TOKENS))
    (folder / "tokens.txt").write_text(lines, "utf-8")
    return folder
