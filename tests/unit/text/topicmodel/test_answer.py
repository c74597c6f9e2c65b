"""Topics of texts: shares, shares over time, examples."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.planted import planted

from jianwei.common.results import Unavailable
from jianwei.errors import UsageError
from jianwei.text.topicmodel.answer import OVER_TIME_SCHEMA, TOPICS_SCHEMA, topics

TEXTS, TRUTH = planted(600)


def test_shares_and_examples() -> None:
    found = topics([*TEXTS, "。"], 4)
    assert not isinstance(found, Unavailable)
    assert found.rows.schema.equals(TOPICS_SCHEMA)
    assert found.without == 1
    counts = Counter(found.assignment.topic.tolist())
    for row in found:
        assert row["texts"] == counts[row["topic"]]
        assert row["share"] == pytest.approx(row["texts"] / 600)
        assert len(row["words"]) == len(row["scores"]) > 5
        assert row["scores"] == sorted(row["scores"], reverse=True)
        places = [TEXTS.index(text) for text in row["examples"]]
        assert 1 <= len(places) <= 3
        assert {found.assignment.topic[at] for at in places} == {row["topic"]}
    assert len(found.over_time) == 0
    assert found.over_time.schema.equals(OVER_TIME_SCHEMA)


def test_texts_on_several_subjects_are_no_examples() -> None:
    mixed = [f"{a}，{b}，朋友" for a in ("茶叶", "茶壶", "物流", "快递") for b in ("酒店", "房间", "手机", "屏幕")]
    found = topics([*mixed, *TEXTS], 4)
    assert not isinstance(found, Unavailable)
    assert not set(mixed) & {text for row in found for text in row["examples"]}


def test_shares_over_time() -> None:
    rng = np.random.default_rng(2)
    months = [f"2024-{1 + int(m):02d}" for m in rng.integers(0, 6, 600)]
    periods: list[str | None] = [*months, None]
    found = topics([*TEXTS, TEXTS[0]], 4, periods=periods)
    assert not isinstance(found, Unavailable)
    counts = Counter(zip(months, found.assignment.topic.tolist(), strict=False))
    rows = found.over_time.to_pylist()
    assert [(row["period"], row["topic"]) for row in rows] == [(m, t) for m in sorted(set(months)) for t in range(4)]
    for row in rows:
        assert row["texts"] == counts[row["period"], row["topic"]]
        assert row["share"] == pytest.approx(row["texts"] / months.count(row["period"]))
        assert row["name"] == found.model.topics[row["topic"]].name


def test_a_period_without_topics_has_no_shares() -> None:
    found = topics([*TEXTS, "。"], 2, periods=["2024-01"] * 600 + ["2024-02"])
    assert not isinstance(found, Unavailable)
    assert found.over_time["share"].to_pylist()[2:] == [None, None]


def test_arrow_columns_are_texts_too() -> None:
    one, other = topics(TEXTS, 3), topics(pa.chunked_array([TEXTS[:100], TEXTS[100:]]), 3)
    assert not isinstance(one, Unavailable)
    assert not isinstance(other, Unavailable)
    assert one.rows.equals(other.rows)


def test_wrong_calls() -> None:
    with pytest.raises(UsageError, match="1 periods for 600 texts"):
        topics(TEXTS, periods=["2024"])
    with pytest.raises(UsageError, match="one text"):
        topics("物流")
    none = topics([])
    assert isinstance(none, Unavailable)
    assert none.reason.values == {"texts": 0, "needed": 30}


def test_news_titles_fall_into_their_sections(data_dir: Path) -> None:
    table = pq.read_table(data_dir / "thucnews_title10" / "data.parquet", filters=[("split", "=", "train")])
    table = table.take(np.random.default_rng(0).permutation(len(table))[:12_000])
    found = topics(table["text"], 10)
    assert not isinstance(found, Unavailable)
    sections = table["label"].to_numpy()
    pure = sum(np.bincount(sections[found.assignment.topic == t]).max() for t in range(len(found)))
    assert pure / len(table) > 0.55
