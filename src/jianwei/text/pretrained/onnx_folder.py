"""A transformer in a folder, as it is exported to ONNX everywhere: its tokenizer, its network, its configuration.

    model.onnx                  inputs input_ids, attention_mask and, where it wants them, token_type_ids: int64 [n, length]
    tokenizer.json, or vocab.txt (WordPiece; `do_lower_case` in tokenizer_config.json)
    config.json                 id2label, problem_type, max_position_embeddings

Texts are read in batches of like length, so that little is padded. A text that is too long is cut at its end.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from jianwei.errors import InputError, MissingExtraError, UsageError
from jianwei.models import ModelIdentity
from jianwei.models.folders import digest_of, files_identity

__all__ = ["FolderConfig", "OnnxFolder", "folder_identity"]

_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_LONGEST = 512
_PIECES = 4096  # read at once: texts times their length
_EXPORT = "export it anew, with the inputs input_ids, attention_mask and token_type_ids"


C = TypeVar("C", bound=msgspec.Struct)


class _TokenizerConfig(msgspec.Struct, frozen=True):
    do_lower_case: bool = True


class FolderConfig(msgspec.Struct, frozen=True):
    """What is read of config.json.

    Attributes:
        id2label: name of every output, by its number.
        problem_type: "multi_label_classification" where the classes do not exclude each other.
        max_position_embeddings: how many tokens the network reads at most.
        pad_token_id: fills up the shorter texts of a batch.
    """

    id2label: dict[int, str] = {}
    problem_type: str | None = None
    max_position_embeddings: Annotated[int, msgspec.Meta(ge=1)] = _LONGEST
    pad_token_id: Annotated[int, msgspec.Meta(ge=0)] | None = 0

    @property
    def classes(self) -> tuple[str, ...]:
        """The names in the order of the outputs; empty when the numbers leave gaps."""
        names = tuple(self.id2label[number] for number in sorted(self.id2label))
        return names if sorted(self.id2label) == list(range(len(names))) else ()


@dataclass(frozen=True, eq=False)
class OnnxFolder:
    """An opened folder.

    Attributes:
        identity: name of the folder and the beginning of the sha256 over its files.
        where: the folder, for messages.
        inputs: which of the three inputs the network wants.
        longest: tokens that are read of a text, [CLS] and [SEP] with them.
    """

    identity: ModelIdentity
    where: str
    config: FolderConfig
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    longest: int
    tokenizer: Any
    session: Any

    @classmethod
    def open(
        cls, folder: str | os.PathLike[str], *, name: str | None = None, longest: int | None = None, threads: int = 0
    ) -> OnnxFolder:
        """Load a folder.

        Args:
            folder: see above.
            name: what the model is called; the folder's name by default.
            longest: tokens of a text at most; no more than the network reads.
            threads: of the network; 0 takes one per core.

        Raises:
            MissingExtraError: `onnxruntime` or `tokenizers` is not installed.
                InputError: a file is missing, or is something else.
            UsageError: an argument is out of bounds.
        """
        root = Path(folder)
        try:
            import onnxruntime
            import tokenizers
        except ImportError as error:
            raise MissingExtraError.named("text.transformer", "neural") from error
        if not (root / "model.onnx").is_file():
            raise InputError(str(root), "has no model.onnx", "export the model to ONNX into this folder")
        config = _json(root / "config.json", FolderConfig())
        most = min(longest or _LONGEST, config.max_position_embeddings)
        if most < 3 or threads < 0:
            raise UsageError(
                "text.transformer", f"longest={most}, threads={threads} will not do", "use 3 or more tokens"
            )
        tokenizer = _tokenizer(root, tokenizers, most)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 4  # what is wrong is said by our own errors
        try:
            session = onnxruntime.InferenceSession(
                root / "model.onnx", sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the runtime's errors have no common ground
            raise InputError(str(root / "model.onnx"), f"cannot be loaded ({_first_line(error)})", _EXPORT) from None
        inputs = tuple(wanted.name for wanted in session.get_inputs())
        if "input_ids" not in inputs or not set(inputs) <= set(_INPUTS):
            what = f"wants the inputs {', '.join(inputs)}; known are {', '.join(_INPUTS)}"
            raise InputError(str(root / "model.onnx"), what, _EXPORT)
        identity = folder_identity(root, name)
        outputs = tuple(given.name for given in session.get_outputs())
        return cls(identity, str(root), config, inputs, outputs, most, tokenizer, session)

    def run(
        self, texts: Sequence[str | None], output: str | None = None
    ) -> Iterator[tuple[NDArray[np.intp], Any, Any]]:
        """Read texts in batches.

        Args:
            texts: n texts; None counts as an empty one.
            output: name of the output to give; the first by default.

        Yields:
            rows, int [b]: which texts; what the network says, float [b, …]; the attention mask, int64 [b, length].

        Raises:
            InputError: the network fails on what its tokenizer makes.
        """
        encoded = self.tokenizer.encode_batch_fast([text or "" for text in texts])
        lengths = np.array([len(one.ids) for one in encoded], np.intp)
        order = np.argsort(lengths, kind="stable")
        start = 0
        while start < len(order):
            rows = order[start : start + _fitting(lengths[order[start:]])]
            start += len(rows)
            yield rows, *self._read([encoded[row] for row in rows], output)

    def _read(self, encoded: Sequence[Any], output: str | None) -> tuple[Any, NDArray[np.int64]]:
        length = max([1, *(len(one.ids) for one in encoded)])
        ids = np.full((len(encoded), length), self.config.pad_token_id or 0, np.int64)
        mask = np.zeros_like(ids)
        for row, one in enumerate(encoded):
            ids[row, : len(one.ids)] = one.ids
            mask[row, : max(1, len(one.ids))] = 1  # a network that sees nothing at all says nan
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        wanted = [output or self.outputs[0]]
        try:
            (said,) = self.session.run(wanted, {name: given[name] for name in self.inputs})
        except Exception as error:  # the runtime's errors have no common ground
            what = f"fails on what the tokenizer makes ({_first_line(error)})"
            raise InputError(self.where, what, "see that tokenizer and network belong together") from None
        if said.ndim == 0 or said.shape[0] != len(encoded):
            raise InputError(self.where, f"gives {said.shape} for {len(encoded)} texts", _EXPORT)
        return said, mask


def folder_identity(folder: Path, name: str | None = None) -> ModelIdentity:
    """Identity of all files of a folder; hidden ones and documents (.md) are none of the model's.

    Raises:
        ModelNotFoundError: a file cannot be read.
    """
    inside = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix.lower() != ".md"]
    parts = [(path.relative_to(folder), path) for path in inside]
    shown = [
        (part.as_posix(), digest_of(path)) for part, path in parts if not any(p.startswith(".") for p in part.parts)
    ]
    return files_identity(name or folder.resolve().name, shown)


def _fitting(lengths: NDArray[np.intp]) -> int:
    """How many of the ascending lengths make one batch."""
    sizes = np.arange(1, len(lengths) + 1) * np.maximum(lengths, 1)
    return max(1, int(np.searchsorted(sizes, _PIECES, side="right")))


def _tokenizer(root: Path, tokenizers: Any, longest: int) -> Any:
    whole, vocabulary = root / "tokenizer.json", root / "vocab.txt"
    try:
        if whole.is_file():
            made = tokenizers.Tokenizer.from_file(str(whole))
        elif vocabulary.is_file():
            made = _word_pieces(vocabulary, tokenizers, _json(root / "tokenizer_config.json", _TokenizerConfig()))
        else:
            raise InputError(
                str(root), "has neither tokenizer.json nor vocab.txt", "put the model's tokenizer beside it"
            )
        made.no_padding()
        made.enable_truncation(longest)
    except InputError:
        raise
    except BaseException as error:  # a panic of the library is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        raise InputError(str(root), f"its tokenizer cannot be read ({_first_line(error)})", "export it anew") from None
    return made


def _word_pieces(vocabulary: Path, tokenizers: Any, config: _TokenizerConfig) -> Any:
    lines = vocabulary.read_text("utf-8").split("\n")
    numbers = {
        line.rstrip("\r"): number for number, line in enumerate(lines) if line.strip() or number < len(lines) - 1
    }
    if missing := [token for token in ("[CLS]", "[SEP]", "[UNK]") if token not in numbers]:
        raise InputError(str(vocabulary), f"lacks {', '.join(missing)}", "take the vocabulary of a BERT model")
    made = tokenizers.Tokenizer(tokenizers.models.WordPiece(numbers, unk_token="[UNK]"))  # noqa: S106 - no password
    made.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=config.do_lower_case)
    made.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    made.post_processor = tokenizers.processors.BertProcessing(("[SEP]", numbers["[SEP]"]), ("[CLS]", numbers["[CLS]"]))
    return made


def _json(file: Path, default: C) -> C:
    """A configuration; the default where there is no file."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=type(default), strict=False)
    except FileNotFoundError:
        return default
    except (msgspec.MsgspecError, UnicodeDecodeError, OSError) as error:
        raise InputError(str(file), f"cannot be read ({error})", "export it anew") from None


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
