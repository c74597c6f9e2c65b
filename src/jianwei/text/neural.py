"""The packaged neural model "reader": one small encoder, many questions about a short Chinese text.

A text is cut into pieces (SentencePiece's unigram rule, Kudo 2018), a few layers of a BERT encoder read them, and every question
is a linear layer on the mean and the maximum of what they say. It needs `pip install "jianwei[neural]"`. How it was trained, on what,
and how well it does stands in docs/models/reader.md; `tools/train_neural.py` trains it again.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.errors import InputError, MissingExtraError, UsageError
from jianwei.models import Located, ModelIdentity, known_model, locate
from jianwei.text.inputs import portions

__all__ = [
    "ENTRIES",
    "LONGEST",
    "UNKNOWN",
    "NeuralClassifier",
    "NeuralModel",
    "default_reader",
    "encode",
    "pack",
    "pieces_tokenizer",
]

_HINT = "install jianwei again, or make the files with tools/train_neural.py"
# In this order: the pieces, their vectors and the questions; the layers that read them.
ENTRIES = known_model("reader").entries
START, PAD, END, UNKNOWN = range(4)
LONGEST = 128  # pieces that are read of a text, with START and END
_FIRST = 96  # of them from its beginning; the others are its last
_CHARACTERS = (1024, 512)  # what is looked at of a text without end: its beginning, its end
_BATCH = 4096  # pieces that the encoder reads at once
_FORMAT = 1


def pieces_tokenizer(pieces: Sequence[str], scores: Sequence[float]) -> Any:
    """A `tokenizers.Tokenizer` that cuts a text into the pieces whose scores (log-probabilities) sum to most.

    Raises:
        MissingExtraError: `tokenizers` is not installed.
    """
    try:
        from tokenizers import Regex, Tokenizer, models, normalizers
    except ImportError as error:
        raise MissingExtraError.named("text.neural", "neural") from error

    made = Tokenizer(models.Unigram(list(zip(pieces, scores, strict=True)), unk_id=UNKNOWN))
    blank = [normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    mark = [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    made.normalizer = normalizers.Sequence([normalizers.NFKC(), *blank, *mark])
    return made


def encode(tokenizer: Any, texts: Sequence[str | None]) -> list[list[int]]:
    """Indices of the pieces of every text, at most LONGEST: of a longer text its beginning and its end."""
    found = []
    last = LONGEST - 2 - _FIRST
    for text in texts:
        shown = text or ""
        if len(shown) > sum(_CHARACTERS):
            shown = shown[: _CHARACTERS[0]] + shown[-_CHARACTERS[1] :]
        ids = tokenizer.encode(shown).ids
        found.append([START, *(ids if len(ids) <= LONGEST - 2 else ids[:_FIRST] + ids[-last:]), END])
    return found


@dataclass(frozen=True, eq=False)
class NeuralModel:
    """The encoder with all its questions.

    Attributes:
        identity: ("reader", version); the version is the beginning of the sha256 over its files.
        questions: name → classes.
        tokenizer: cuts texts, `pieces_tokenizer`.
        vectors: int8 [pieces, w], what every piece is taken for before reading, with a scale each in `scales`, float32 [pieces].
        places: float32 [LONGEST, w], added by place in the text.
        gain, shift: float32 [w] of the normalisation after that.
        weights: float32 [2 w, classes of all questions]; divided by the temperatures that calibrate them.
        intercept: float32 [classes of all questions].
        layers: a session of ONNX Runtime, float32 [n, length, w] in and out.
    """

    identity: ModelIdentity
    questions: Mapping[str, tuple[str, ...]]
    tokenizer: Any
    vectors: NDArray[np.int8]
    scales: NDArray[np.float32]
    places: NDArray[np.float32]
    gain: NDArray[np.float32]
    shift: NDArray[np.float32]
    weights: NDArray[np.float32]
    intercept: NDArray[np.float32]
    layers: Any

    @classmethod
    def load(cls, located: Sequence[Located], threads: int = 1) -> NeuralModel:
        """The model in files that `tools/train_neural.py` wrote, in the order of `ENTRIES`.

        Raises:
            MissingExtraError: the extra "neural" is not installed.
            InputError: a file is something else, or the files do not belong together.
        """
        main, layers = located
        try:
            with np.load(io.BytesIO(main.data), allow_pickle=False) as stored:
                parts = {name: stored[name] for name in stored.files}
            if int(parts["format"]) != _FORMAT:
                raise ValueError(f"format {int(parts['format'])}, this version reads {_FORMAT}")
            pieces = parts["pieces"].tobytes().decode().split("\n")
            questions = {name: tuple(classes) for name, classes in json.loads(parts["questions"].tobytes()).items()}
            arrays = {name: parts[name].astype(np.float32) for name in _ARRAYS}
            scores, vectors = parts["scores"].astype(float).tolist(), parts["vectors"]
            wide, classes = vectors.shape[1], sum(map(len, questions.values()))
            expected = ((len(pieces),), (LONGEST, wide), (wide,), (wide,), (2 * wide, classes), (classes,))
            if tuple(array.shape for array in arrays.values()) != expected or vectors.shape[0] != len(scores):
                raise ValueError("its parts differ in length")
        except (
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            IndexError,
            EOFError,
            OSError,
            zipfile.BadZipFile,
            zlib.error,
        ) as error:
            raise InputError(main.where, f"this is no neural model ({error})", _HINT) from error
        version = sha256("".join(sha256(one.data).hexdigest() for one in located).encode()).hexdigest()[:16]
        return cls(
            identity=ModelIdentity(main.entry.name, version),
            questions=questions,
            tokenizer=pieces_tokenizer(pieces, scores),
            vectors=vectors,
            layers=_session(layers, threads),
            **arrays,
        )

    def features(self, texts: pa.StringArray) -> NDArray[np.float32]:
        """float32 [n, 2 w]: mean and maximum over the pieces of every text.

        Nothing is padded, so a row depends on its own text only. What stands beside it can change how sums of eight-bit numbers are
        rounded: features by up to 0.03 (of 3), probabilities by up to 0.005 on 300 real reviews.
        """
        found = np.zeros((len(texts), 2 * self.vectors.shape[1]), np.float32)
        start = 0
        for portion in portions(texts):
            ids = encode(self.tokenizer, portion.to_pylist())
            for rows in _same_length(ids):
                found[start + rows] = self._read(np.array([ids[row] for row in rows]))
            start += len(portion)
        return found

    def logits(self, texts: pa.StringArray, question: str) -> NDArray[np.float32]:
        """float32 [n, classes of the question], calibrated: their softmax are probabilities.

        Raises:
            UsageError: there is no such question.
        """
        return self.answer(self.features(texts), question)

    def answer(self, features: NDArray[np.float32], question: str) -> NDArray[np.float32]:
        """`logits` of texts that were read before: `features` serve every question.

        Raises:
            UsageError: there is no such question.
        """
        if question not in self.questions:
            raise UsageError("text.neural", f"no question {question!r}", f"ask one of {', '.join(self.questions)}")
        start = 0
        for name, classes in self.questions.items():
            if name == question:
                break
            start += len(classes)
        own = slice(start, start + len(self.questions[question]))
        logits: NDArray[np.float32] = features @ self.weights[:, own] + self.intercept[own]
        return logits

    def classifier(self, question: str) -> NeuralClassifier:
        """One question behind the Protocol `Classifier`.

        Raises:
            UsageError: there is no such question.
        """
        self.answer(np.zeros((0, len(self.weights)), np.float32), question)
        return NeuralClassifier(self, question)

    def _read(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        x = self.vectors[ids] * self.scales[ids][:, :, None] + self.places[: ids.shape[1]]
        x -= x.mean(axis=2, keepdims=True)
        x = x / np.sqrt((x * x).mean(axis=2, keepdims=True) + 1e-12) * self.gain + self.shift
        x = self.layers.run(None, {"x": x})[0]
        both: NDArray[np.float32] = np.concatenate([x.mean(axis=1), x.max(axis=1)], axis=1)
        return both


_ARRAYS = ("scales", "places", "gain", "shift", "weights", "intercept")


@dataclass(frozen=True, eq=False)
class NeuralClassifier:
    """One question of a `NeuralModel`, as a `Classifier`."""

    model: NeuralModel
    question: str

    @property
    def identity(self) -> ModelIdentity:
        """Name "reader/<question>", and the version of the model."""
        return ModelIdentity(f"{self.model.identity.name}/{self.question}", self.model.identity.version)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self.model.questions[self.question]

    def probabilities(self, texts: pa.StringArray) -> NDArray[np.float32]:
        """float32 [n, classes], rows sum to 1."""
        logits = self.model.logits(texts, self.question)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        chances: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
        return chances


def _same_length(ids: list[list[int]]) -> Iterator[NDArray[np.int64]]:
    """Rows with equally many pieces, _BATCH pieces at once: nothing is padded, so nothing beside a text has a say in it."""
    lengths = np.array([len(row) for row in ids])
    order = np.argsort(lengths, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(lengths[order])) + 1):
        if len(group):
            many = max(_BATCH // int(lengths[group[0]]), 1)
            yield from np.split(group, range(many, len(group), many))


def _session(located: Located, threads: int) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtraError.named("text.neural", "neural") from error

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(located.data, options, providers=["CPUExecutionProvider"])
        if [one.name for one in session.get_inputs()] != ["x"]:
            raise ValueError("its inputs are others")
    except Exception as error:  # ONNX Runtime's own errors have no common parent
        raise InputError(located.where, "these are no layers that this ONNX Runtime can run", _HINT) from error
    return session


def pack(
    pieces: Sequence[str],
    scores: NDArray[np.float32],
    vectors: NDArray[np.float32],
    questions: Mapping[str, Sequence[str]],
    arrays: Mapping[str, NDArray[np.float32]],
) -> bytes:
    """The bytes of the main file: vectors as int8 with a scale each, everything else as float16; same arguments, same bytes.

    Args:
        pieces: START, PAD, END, UNKNOWN, then the others; none holds a line break.
        scores: float [pieces].
        vectors: float [pieces, w].
        questions: name → classes.
        arrays: places, gain, shift, weights and intercept of `NeuralModel`.
    """
    scales = np.abs(vectors).max(axis=1) / 127
    scales[scales == 0] = 1
    parts: dict[str, Any] = {
        "format": np.int64(_FORMAT),
        "pieces": np.frombuffer("\n".join(pieces).encode(), np.uint8),
        "scores": scores.astype(np.float32),
        "questions": np.frombuffer(json.dumps({k: list(v) for k, v in questions.items()}).encode(), np.uint8),
        "vectors": np.rint(vectors / scales[:, None]).astype(np.int8),
        "scales": scales.astype(np.float32),
        **{name: array.astype(np.float16) for name, array in arrays.items()},
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **parts)
    return buffer.getvalue()


@cache
def default_reader(path: str | os.PathLike[str] | None = None, threads: int = 1) -> NeuralModel:
    """The reader in the folder `path`; without it the one that `models.locate` finds, at last the packaged one.

    Raises:
        MissingExtraError: the extra "neural" is not installed.
        ModelNotFoundError: a file is nowhere, or a packaged one is damaged.
        InputError: a file is no part of a neural model.
    """
    return NeuralModel.load([locate(entry, path=path) for entry in ENTRIES], threads)
