"""Pictures of how good a classifier is."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from jianwei.common.i18n import LANGUAGES, catalog
from jianwei.models import ModelIdentity
from jianwei.render import charts
from jianwei.render.draw import Painter
from jianwei.text.evaluation import Scores, evaluate


class Guess:
    identity = ModelIdentity("guess", "1")

    def __init__(self, classes: int) -> None:
        self.classes = tuple(f"类{at:02d}" for at in range(classes))

    def probabilities(self, texts: pa.StringArray) -> NDArray[np.float32]:
        random = np.random.default_rng(0).random((len(texts), len(self.classes))).astype(np.float32) ** 8
        return random / random.sum(axis=1, keepdims=True)


def scores(classes: int = 3, rows: int = 200) -> Scores:
    model = Guess(classes)
    labels = [model.classes[at % classes] for at in range(rows)]
    return evaluate({"m": model}, [str(at) for at in range(rows)], labels).of("m")


def test_reliability_shows_every_bin_that_has_rows() -> None:
    one = scores()
    chart = charts.reliability(one)
    points = chart.option["series"][1]["data"]
    assert one.reliability is not None
    bins = [row for row in one.reliability.to_pylist() if row["rows"]]
    assert [point["value"] for point in points] == [[round(b["confidence"], 4), round(b["accuracy"], 4)] for b in bins]
    largest = max(range(len(bins)), key=lambda at: bins[at]["rows"])
    assert points[largest]["symbolSize"] == 30
    assert chart.table is one.reliability


@pytest.mark.parametrize(("classes", "shown"), [(2, 2), (20, 20), (23, 20)])
def test_confusion_shows_the_matrix(classes: int, shown: int) -> None:
    one = scores(classes)
    chart = charts.confusion(one)
    cells = chart.option["series"][0]["data"]
    assert one.confusion is not None
    assert len(cells) == shown * shown
    if shown == classes:
        assert [cell["value"][2] for cell in cells] == one.confusion.ravel().tolist()
        shares = one.confusion / one.confusion.sum(axis=1, keepdims=True)
        assert [cell["value"][3] for cell in cells] == pytest.approx(shares.ravel().tolist(), abs=1e-4)
    assert chart.table.num_rows == classes


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_are_drawn(language: str) -> None:
    painter = Painter(language)
    one = scores()
    for chart in (charts.reliability(one), charts.confusion(one)):
        assert catalog(language).text(chart.title_key) in painter.svg(chart)


def test_what_is_not_there_is_not_drawn() -> None:
    one = evaluate({"m": lambda texts: [["a"] for _ in texts]}, ["x"], [["a"]], multi_label=True).of("m")
    for chart in (charts.reliability, charts.confusion):
        with pytest.raises(ValueError, match=r"probabilities|labels"):
            chart(one)
