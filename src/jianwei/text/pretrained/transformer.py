"""A transformer that was fine-tuned to classify, exported to ONNX, as a `Classifier`. Needs `pip install "jianwei[neural]"`.

Any BERT-like encoder will do, also with weights in int8; `onnx_folder` says which files are wanted.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.errors import InputError
from jianwei.models import ModelIdentity
from jianwei.text.inputs import portions
from jianwei.text.pretrained.onnx_folder import OnnxFolder

__all__ = ["TransformerClassifier"]

_MULTI_LABEL = "multi_label_classification"


@dataclass(frozen=True, eq=False)
class TransformerClassifier:
    """A transformer with one output a class.

    Attributes:
        folder: the network and its tokenizer.
        classes: names of the outputs, from config.json.
        exclusive: whether a text has exactly one class (softmax); otherwise every class is a question of its own (sigmoid).
    """

    folder: OnnxFolder
    classes: tuple[str, ...]
    exclusive: bool

    @classmethod
    def open(
        cls, folder: str | os.PathLike[str], *, name: str | None = None, longest: int | None = None, threads: int = 0
    ) -> TransformerClassifier:
        """Load a folder.

        Args:
            folder: see `onnx_folder`.
            name: what the model is called; the folder's name by default.
            longest: tokens of a text at most, the rest is cut off; 512 or what the network reads, if less.
            threads: of the network; 0 takes one per core.

        Raises:
            MissingExtraError: `onnxruntime` or `tokenizers` is not installed.
            InputError: a file is missing, or is something else.
        """
        opened = OnnxFolder.open(folder, name=name, longest=longest, threads=threads)
        if len(opened.config.classes) < 1:
            raise InputError(opened.where, "config.json names no classes (id2label)", "this is no classifier")
        made = cls(opened, opened.config.classes, opened.config.problem_type != _MULTI_LABEL)
        made.probabilities(pa.array(["试"]))  # better now than after a million texts
        return made

    @property
    def identity(self) -> ModelIdentity:
        """Name of the folder, and the beginning of the sha256 over its files."""
        return self.folder.identity

    def probabilities(self, texts: pa.StringArray) -> NDArray[np.float32]:
        """float32 [n, classes]; rows sum to 1 if the classes exclude each other. Null counts as an empty text.

        Raises:
            InputError: the network does not give one number a class.
        """
        found = np.zeros((len(texts), len(self.classes)), np.float32)
        start = 0
        for portion in portions(texts):
            for rows, said, _ in self.folder.run(portion.to_pylist()):
                if said.shape[1:] != (len(self.classes),):
                    what = f"gives {list(said.shape[1:])} a text for {len(self.classes)} classes"
                    raise InputError(self.folder.where, what, "see that id2label in config.json is the network's")
                found[start + rows] = self._chances(said.astype(np.float64))
            start += len(portion)
        return found

    def _chances(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        if not self.exclusive:
            chances: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(logits, -500, 500)))
            return chances
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
        return shares
