"""One door to classifiers: whatever was saved, pulled or packaged comes back as what it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from jianwei.errors import InputError, ModelNotFoundError, UsageError
from jianwei.models.pull import pull_own
from jianwei.text.classifier import TextClassifier
from jianwei.text.loading import load_classifier
from jianwei.text.pretrained.few_shot import FewShotClassifier

TEXTS, LABELS = ["好吃", "很好", "难吃", "太差"] * 5, ["good", "good", "bad", "bad"] * 5


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize("kind", [TextClassifier, FewShotClassifier])
def test_files_that_were_saved(tmp_path: Path, kind: type[TextClassifier] | type[FewShotClassifier]) -> None:
    trained = kind().fit(TEXTS, LABELS)
    trained.save(tmp_path / "mine.model")
    texts = pa.array(["好吃极了", None])
    expected = trained.probabilities(texts)
    by_file = load_classifier(tmp_path / "mine.model")
    assert by_file.classes == ("bad", "good")
    np.testing.assert_array_equal(by_file.probabilities(texts), expected)
    pull_own("mine", [str(tmp_path / "mine.model")])
    by_name = load_classifier("mine")
    np.testing.assert_array_equal(by_name.probabilities(texts), expected)


def test_packaged_models() -> None:
    assert load_classifier("emotion", threads=2).probabilities(pa.array(["好开心"])).shape == (1, 6)


def test_what_is_none(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="no model is called"):
        load_classifier("nobody")
    with pytest.raises(UsageError, match="embedding"):
        load_classifier("bge-small-zh")
    (tmp_path / "x.model").write_bytes(b"nonsense")
    with pytest.raises(InputError):
        load_classifier(tmp_path / "x.model")
    with pytest.raises(InputError, match=r"model\.onnx"):
        load_classifier(tmp_path)
