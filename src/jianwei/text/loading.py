"""One door to classifiers of every kind: by the name of a model, a file or a folder."""

from __future__ import annotations

import os
from pathlib import Path

from jianwei.errors import InputError, UsageError
from jianwei.models import known_model, locate_folder
from jianwei.text._base import Classifier

__all__ = ["load_classifier"]


def load_classifier(spec: str | os.PathLike[str], *, threads: int = 1) -> Classifier:
    """The classifier that a name or a path stands for.

    Args:
        spec: a file that `TextClassifier.save` or `FewShotClassifier.save` wrote; a folder with a transformer (see `onnx_folder`); the name
            of a packaged model ("sentiment", "emotion" …) or of a classifier that `jianwei models pull` brought in.
        threads: for predicting.

    Raises:
        ModelNotFoundError: there is no such file, folder or model, or its files are not here.
        InputError: it is no classifier.
        MissingExtraError: it needs an extra that is not installed.
        UsageError: the model of that name is none that classifies.

    >>> load_classifier("sentiment").classes
    ('negative', 'neutral', 'positive')
    """
    path = Path(spec)
    if path.is_dir():
        return _folder(path, None, threads)
    if path.is_file():
        return _file(path, threads)
    from jianwei.text.builtin import ACCURATE, BUILTINS, load_builtin
    from jianwei.text.classifier import TextClassifier
    from jianwei.text.linear.model import LinearModel

    name = os.fspath(spec)
    if name in BUILTINS or name in ACCURATE:
        model = load_builtin(name)
        if not isinstance(model, LinearModel):
            return model
        made = TextClassifier.of(model)
        made.threads = threads
        return made
    known = known_model(name)
    if known.use != "classifier":
        raise UsageError(
            name, f"is no classifier but a model for {known.use}", "jianwei models list shows what each is for"
        )
    folder = locate_folder(known).folder
    return (
        _file(folder / Path(known.files[0].file).name, threads)
        if len(known.files) == 1
        else _folder(folder, name, threads)
    )


def _folder(path: Path, name: str | None, threads: int) -> Classifier:
    from jianwei.text.pretrained.transformer import TransformerClassifier

    return TransformerClassifier.open(path, name=name, threads=threads)


def _file(path: Path, threads: int) -> Classifier:
    from jianwei.text.pretrained.few_shot_model import FewShotModel, is_few_shot

    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror})", "give a file that can be read") from None
    if not is_few_shot(data):
        from jianwei.text.classifier import TextClassifier, unpack

        made = TextClassifier.of(unpack(data, str(path), path.stem))
        made.threads = threads
        return made
    from jianwei.text.pretrained.embedders import open_embedder
    from jianwei.text.pretrained.few_shot import FewShotClassifier

    wanted = FewShotModel.unpack(data, str(path)).embedder
    return FewShotClassifier.load(path, None if wanted is None else open_embedder(wanted.name, threads=threads))
