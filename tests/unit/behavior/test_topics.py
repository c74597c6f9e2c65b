"""Topics of messages, with planted ones to be found, one of which swells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from jianwei.behavior.topics import Topics
from jianwei.common.results import Unavailable
from jianwei.errors import UsageError

Make = Callable[..., Any]
DAY = 86_400_000_000
SUBJECTS = (
    ["茶叶", "茶壶", "茶杯", "龙井", "普洱", "香气", "口感", "泡茶"],
    ["物流", "快递", "包裹", "发货", "配送", "签收", "仓库", "地址"],
    ["酒店", "房间", "早餐", "前台", "床单", "空调", "隔音", "大堂"],
)


def talk(*, timed: bool = True) -> tuple[list[dict[str, Any]], list[int]]:
    """900 messages in 30 days; from day 20 on most are on the second subject."""
    rng = np.random.default_rng(7)
    rows, truth = [], []
    for n in range(900):
        day = int(rng.integers(0, 30))
        subject = int(rng.choice(3, p=[0.2, 0.6, 0.2] if day >= 20 else [0.5, 0.2, 0.3]))
        text = " ".join(rng.choice(SUBJECTS[subject], 3, replace=False))
        common = {"record_id": f"m:{n:03d}", "ts_us": day * DAY + n if timed else None}
        rows.append(common | {"task": "words", "text": text})
        truth.append(subject)
    return rows, truth


def test_planted_topics_and_their_share_over_time(memory_reader: Make) -> None:
    rows, truth = talk()
    silent = [{"record_id": f"m:x{text}", "task": "words", "text": text, "ts_us": 5} for text in ("好", None)]
    found = Topics(every="day").compute(memory_reader(annotations=[*rows, *silent]))
    assert not isinstance(found, Unavailable)
    assert (found.every, found.without) == ("day", 2)
    whole = [row for row in found if row["period_us"] is None]
    assert [row["topic"] for row in whole] == [1, 2, 3]
    counts = Counter(truth)
    subject = [next(n for n, words in enumerate(SUBJECTS) if row["name"].split("·")[0] in words) for row in whole]
    assert sorted(subject) == [0, 1, 2]
    assert [row["rows"] for row in whole] == [counts[n] for n in subject]
    for row, n in zip(whole, subject, strict=True):
        assert set(row["words"].split()) <= set(SUBJECTS[n])
        assert row["share"] == pytest.approx(counts[n] / 900)
        assert truth[int(row["example"].split(":")[1])] == n
    by_day = Counter((row["ts_us"] // DAY, n) for row, n in zip(rows, truth, strict=True))
    each = [row for row in found if row["period_us"] is not None]
    assert len(each) == 3 * 30
    for row in each:
        day = (row["period_us"] + 8 * 3_600_000_000) // DAY
        n = subject[row["topic"] - 1]
        assert row["example"] is None
        assert row["share"] == pytest.approx(row["rows"] / sum(by_day[day, m] for m in range(3)))
        assert row["rows"] == by_day[day, n]


def test_messages_without_times_have_topics_too(memory_reader: Make) -> None:
    found = Topics(topics=3).compute(memory_reader(annotations=talk(timed=False)[0]))
    assert not isinstance(found, Unavailable)
    assert found.every == ""
    assert [row["period_us"] for row in found] == [None] * 3


def test_periods_in_which_nothing_is_on_a_topic_have_no_shares(memory_reader: Make) -> None:
    rows, _ = talk()
    rows = [row for row in rows if not 10 * DAY - 8 * 3_600_000_000 <= row["ts_us"] < 11 * DAY]
    found = Topics(topics=3, every="day").compute(memory_reader(annotations=rows))
    assert not isinstance(found, Unavailable)
    empty = [row for row in found if row["label"] == "1970-01-11"]
    assert [(row["rows"], row["share"]) for row in empty] == [(0, None)] * 3


def test_too_few_messages_have_no_topics(memory_reader: Make) -> None:
    found = Topics().compute(memory_reader(annotations=talk()[0][:20]))
    assert isinstance(found, Unavailable)
    assert found.reason.code == "few_texts"
    assert found.reason.values["texts"] == 20


def test_bounds() -> None:
    with pytest.raises(UsageError, match="below the minimum"):
        Topics(topics=1)
