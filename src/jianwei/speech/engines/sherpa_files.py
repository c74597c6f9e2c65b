"""Models for sherpa-onnx: found, and looked at before sherpa-onnx sees them, which ends the whole process over a file it cannot read.

What a model needs was taken from sherpa-onnx 2.0 (`offline-sense-voice-model.cc`, `offline-paraformer-model.cc`, `symbol-table.cc`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from jianwei.errors import DamagedModelError, ModelNotFoundError
from jianwei.models import Located, ModelEntry, ModelIdentity, known_model, locate_folder
from jianwei.models.folders import digest_of, files_identity
from jianwei.models.locate import MODELS_VARIABLE, Source
from jianwei.models.onnx import open_session

__all__ = ["Kind", "SherpaFiles", "check_files", "find_files"]

Kind = Literal["sense-voice", "paraformer"]

MODELS = ("model.int8.onnx", "model.onnx")
TOKENS = "tokens.txt"

_BANDS = 80
_COUNTS = ("vocab_size", "lfr_window_size", "lfr_window_shift")
_SENSE_COUNTS = (
    "normalize_samples", "with_itn", "without_itn", "lang_auto", "lang_zh", "lang_en", "lang_ja", "lang_ko", "lang_yue",
)  # fmt: skip
_HINT = "use the files that were exported for sherpa-onnx: model.int8.onnx or model.onnx, and its tokens.txt"


@dataclass(frozen=True, slots=True)
class SherpaFiles:
    """A model and its tokens."""

    model: Path
    tokens: Path
    source: Source
    identity: ModelIdentity


def find_files(
    name: str, models: str | os.PathLike[str] | None = None, environment: Mapping[str, str] | None = None
) -> SherpaFiles:
    """Find a model of sherpa-onnx: path → JIANWEI_MODELS → cache.

    Args:
        name: of the lock file, or of a model of one's own that was pulled.
        models: a models folder to look in first, or the folder of the model itself.
        environment: variables to read, those of the process by default.

    Raises:
        ModelNotFoundError: the files are nowhere.
        DamagedModelError: one is missing, or not what the lock file says.
    """
    env = os.environ if environment is None else environment
    for folder, source in _folders(name, models, env):
        if found := next((folder / file for file in MODELS if (folder / file).is_file()), None):
            return _given(name, found, source)
    known = known_model(name, env)
    names = {file.file.rpartition("/")[2] for file in known.files}
    model = next((file for file in MODELS if file in names), None)
    if model is None or TOKENS not in names:
        raise DamagedModelError(name, "is no model of sherpa-onnx", _HINT)
    located = locate_folder(known, path=models, environment=env)
    return SherpaFiles(located.folder / model, located.folder / TOKENS, located.source, located.identity)


def _folders(
    name: str, models: str | os.PathLike[str] | None, environment: Mapping[str, str]
) -> Iterator[tuple[Path, Source]]:
    if models is not None:
        yield Path(models), "path"
        yield Path(models) / name, "path"
    if given := environment.get(MODELS_VARIABLE):
        yield Path(given) / name, "environment"


def _given(name: str, model: Path, source: Source) -> SherpaFiles:
    tokens = model.with_name(TOKENS)
    if not tokens.is_file():
        raise DamagedModelError(str(tokens), f"is missing: {name} is not complete", _HINT)
    digests = [(path.name, digest_of(path)) for path in (model, tokens)]
    return SherpaFiles(model, tokens, source, files_identity(name, digests))


def check_files(files: SherpaFiles) -> Kind:
    """See that sherpa-onnx can load a model, and which kind it is.

    Raises:
        MissingExtraError: onnxruntime is not installed.
        DamagedModelError: the model or its tokens are damaged, or were made for something else.
    """
    _check_tokens(files.tokens)
    try:
        data = files.model.read_bytes()
    except OSError as error:
        raise ModelNotFoundError(str(files.model), f"cannot be read ({error.strerror})", _HINT) from None
    entry = ModelEntry(files.identity.name, files.model.name, "")
    session = open_session(Located(entry, data, files.source, str(files.model)), extra="speech")
    kind: Kind | None = {4: "sense-voice", 2: "paraformer"}.get(len(session.get_inputs()))  # type: ignore[assignment]
    if kind is None:
        raise DamagedModelError(str(files.model), "is neither SenseVoice nor Paraformer", _HINT)
    written = session.get_modelmeta().custom_metadata_map
    for key in (*_COUNTS, *(_SENSE_COUNTS if kind == "sense-voice" else ())):
        if not written.get(key, "").isdecimal():
            raise DamagedModelError(str(files.model), f"its metadata lack the number '{key}'", _HINT)
    window, shift = int(written["lfr_window_size"]), int(written["lfr_window_shift"])
    if not (0 < window <= 100 and 0 < shift <= 100):
        raise DamagedModelError(str(files.model), "its windows have no sensible length", _HINT)
    for key in ("neg_mean", "inv_stddev"):
        if not _is_vector(written.get(key, ""), window * _BANDS):
            raise DamagedModelError(str(files.model), f"its metadata lack the {window * _BANDS} numbers '{key}'", _HINT)
    _check_shapes(session, kind, files.model, window * _BANDS)
    return kind


def _check_tokens(path: Path) -> None:
    """A symbol and its number a line; a line of one field is a number, that of a blank."""
    try:
        content = path.read_bytes()
        content.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise DamagedModelError(str(path), f"is no list of tokens ({type(error).__name__})", _HINT) from None
    lines = [line.split() for line in content.split(b"\n")]  # bytes: only ASCII blanks part the fields, as in C++
    filled = [line for line in lines if line]
    bad = next((number for number, line in enumerate(lines, 1) if line and not _is_token(line)), None)
    if bad is not None or not filled:
        what = "is no list of tokens (" + (f"line {bad})" if bad else "it is empty)")
        raise DamagedModelError(str(path), what, _HINT)


def _is_token(fields: list[bytes]) -> bool:
    return len(fields) <= 2 and fields[-1].isdigit() and len(fields[-1]) < 10


def _is_vector(text: str, length: int) -> bool:
    try:
        numbers = np.array([float(part) for part in text.split(",") if part.strip()])
    except ValueError:
        return False
    return len(numbers) == length and bool(np.isfinite(numbers).all())


def _check_shapes(session: Any, kind: Kind, path: Path, width: int) -> None:
    """sherpa-onnx would answer every piece with silence. Running the model tells nothing: Paraformer's fails where nobody speaks."""
    features, *others = session.get_inputs()
    logits, *_ = session.get_outputs()
    fits = (
        features.type == logits.type == "tensor(float)"
        and len(features.shape) == 3
        and (not isinstance(features.shape[2], int) or features.shape[2] == width)
        and all(one.type == "tensor(int32)" for one in others)
    )
    if not fits:
        raise DamagedModelError(str(path), f"takes or gives other numbers than {kind}", _HINT)
