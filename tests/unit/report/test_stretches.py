"""Stretches in which something is wanted, or blamed, far more than otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from support import answers

from jianwei.common.i18n import LANGUAGES, catalog
from jianwei.report._base import Finding
from jianwei.report.stretches import stretches, strongest


def wants(refunds: list[int], total: int = 100) -> Any:
    rows = [
        {
            "period_us": answers.FIRST_US + at * answers.DAY_US, "label": answers.day(at), "id": "", "name": "", "want": want, "rows": many,
            "total": total, "share": many / total, "low": 0.0, "high": 1.0,
        }
        for at, refund in enumerate(refunds)
        for want, many in (("refund", refund), ("price", 10))
    ]  # fmt: skip
    return replace(answers.wants(), rows=pa.Table.from_pylist(rows, answers.wants().rows.schema))


def told(refunds: list[int], total: int = 100) -> list[Finding]:
    return list(stretches({"wants_time": wants(refunds, total), "aspects_time": answers.NO_MESSAGES}))


def text(finding: Finding, aspect: str, language: str = "en") -> str:
    message = getattr(finding, aspect)
    return str(message.text(catalog(language)))


def test_refunds_that_double_are_told_with_their_beginning() -> None:
    (found,) = told([4, 5, 4, 5, 4, 5, 4, 5, 18, 20])
    assert found.code == "wanted"
    said = f"Since {answers.day(8)}, 19% of the messages were about “Refunds”, 4.5% at other times."
    assert text(found, "what") == said
    assert text(found, "since") == f"It began on {answers.day(8)} and lasts to the end of the data."
    assert "38 of 200 messages" in text(found, "evidence")
    assert answers.day(8) in text(found, "next")
    assert "退款" in text(found, "what", "zh_CN")


def test_what_is_over_is_told_with_its_end() -> None:
    (found,) = told([4, 5, 4, 40, 38, 5, 4, 5, 4, 5])
    assert text(found, "since") == f"It lasted from {answers.day(3)} to {answers.day(4)} (2 periods)."


@pytest.mark.parametrize(
    "refunds",
    [[5] * 10, [5, 6, 5, 7, 8, 7, 9, 5, 6, 5], [0] * 9 + [12], [0] * 10, [30, 5], []],
    ids=["flat", "wavering", "few", "none", "two periods", "no periods"],
)
def test_nothing_is_made_of_little(refunds: list[int]) -> None:
    assert told(refunds) == []


def test_greetings_are_nothing_to_look_after() -> None:
    rows = [row | {"want": "greeting" if row["want"] == "refund" else "price"} for row in wants([4] * 8 + [40, 40])]
    table = pa.Table.from_pylist(rows, answers.wants().rows.schema)
    given = {"wants_time": replace(answers.wants(), rows=table), "aspects_time": answers.NO_MESSAGES}
    assert list(stretches(given)) == []


def test_blame_is_a_share_of_all_that_is_spoken_of() -> None:
    rows = answers.aspects().rows.to_pylist()
    for row in rows:
        bad = 40 if row["aspect"] == "delivery" and row["label"] in (answers.day(6), answers.day(7)) else 2
        row |= {"negative": bad, "positive": 20, "neutral": 0, "total": 20 + bad}
    table = pa.Table.from_pylist(rows, answers.aspects().rows.schema)
    (found,) = stretches({"wants_time": answers.NO_MESSAGES, "aspects_time": replace(answers.aspects(), rows=table)})
    assert found.code == "blamed"
    assert "blame of “Delivery” was 32%" in text(found, "what")
    for language in LANGUAGES:
        for aspect in ("what", "since", "evidence", "next"):
            assert "{" not in text(found, aspect, language)


def test_the_strongest_stretch_is_the_one_that_was_planted() -> None:
    random = np.random.default_rng(3)
    for _ in range(20):
        first = int(random.integers(0, 50))
        last = first + int(random.integers(2, 8))
        rate = np.full(60, 0.05)
        rate[first : last + 1] = 0.4
        rows = random.binomial(200, rate)
        found = strongest(rows.tolist(), [200] * 60)
        assert found is not None
        assert (found.first, found.last) == (first, last)
        assert found.p_value < 1e-9


def test_chance_alone_is_hardly_ever_told() -> None:
    random = np.random.default_rng(4)
    found = [strongest(random.binomial(40, 0.3, 30).tolist(), [40] * 30) for _ in range(200)]
    assert sum(f is not None and f.p_value <= 0.001 for f in found) <= 2
