"""The verdict on a file: who speaks, what they say together, and what nobody looks for."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.enrich.stages.unsafe import NOT_DETECTED, UNSAFE, UNSURE, Evidence, UnsafeStage, judge_evidence
from jianwei.text import judge

PAY = ("wxp://f2f0AbCdEfGh", "QRCode")
FRIEND = ("https://u.wechat.com/EAbcd", "QRCode")
GOODS = ("6901234567892", "EAN13")
FRAUD = ("fraud", 0.9, ("money",))
SPAM = ("advertising", 0.95, ("contact",))
FINE = ("normal", 0.98, ())


@pytest.mark.parametrize(
    ("evidence", "label"),
    [
        (Evidence(), "safe"),
        (Evidence(nsfw=0.49), "safe"),
        (Evidence(nsfw=0.5), "unsure"),
        (Evidence(nsfw=0.8), "unsafe"),
        (Evidence(nsfw=0.1, texts={"ocr": FRAUD}), "unsafe"),
        (Evidence(nsfw=0.1, texts={"ocr": FINE, "speech": ("abuse", 0.6, ())}), "unsure"),
        (Evidence(texts={"ocr": ("fraud", 0.3, ("link",))}), "unsure"),
        (Evidence(texts={"ocr": SPAM}), "unsure"),
        (Evidence(texts={"ocr": SPAM}, codes=[FRIEND]), "unsafe"),
        (Evidence(texts={"ocr": SPAM}, codes=[GOODS]), "unsure"),
        (Evidence(texts={"ocr": FINE}, codes=[FRIEND]), "safe"),
        (Evidence(texts={"ocr": FINE}, codes=[PAY]), "unsure"),
        (Evidence(texts={"speech": FRAUD}, codes=[PAY]), "unsafe"),
        (Evidence(texts={"ocr": FINE}, codes=[PAY], own=True), "safe"),
        (Evidence(texts={"ocr": SPAM}, codes=[FRIEND], own=True), "unsure"),
        (Evidence(texts={"ocr": FINE}, codes=[GOODS]), "safe"),
    ],
)
def test_what_counts_as_what(evidence: Evidence, label: str) -> None:
    found, score, spoke = judge_evidence(evidence)
    assert found == label
    assert score == max((one.score for one in spoke), default=0.0)


chance = st.floats(0, 1, allow_nan=False)
word = st.tuples(st.sampled_from(["normal", "advertising", "fraud", "abuse"]), chance, st.just(()))
evidences = st.builds(
    Evidence,
    st.none() | chance,
    st.dictionaries(st.sampled_from(["ocr", "speech"]), word),
    st.lists(st.sampled_from([PAY, FRIEND, GOODS]), max_size=3),
    st.booleans(),
)


@settings(deadline=None, max_examples=100)
@given(evidences)
def test_labels_follow_from_scores_and_every_witness_is_named(evidence: Evidence) -> None:
    label, score, spoke = judge_evidence(evidence)
    assert label == ("unsafe" if score >= UNSAFE else "unsure" if score >= UNSURE else "safe")
    named = [one.by for one in spoke]
    due = [
        *(["nsfw"] if evidence.nsfw is not None else []),
        *(evidence.texts or {}),
        *(["code"] if evidence.codes else []),
    ]
    assert named == due
    assert 0 <= score <= 1


def batch(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    schema = pa.schema(
        [
            ("account", pa.string()), ("ts_us", pa.int64()), ("seq", pa.int64()), ("record_id", pa.string()), ("user_id", pa.string()),
            ("part", pa.int32()), ("direction", pa.string()), ("nsfw", pa.float32()), ("ocr", pa.string()), ("transcript", pa.string()),
            ("codes", pa.list_(pa.string())), ("formats", pa.list_(pa.string())), ("looked", pa.string()),
            ("unseen", pa.string()), ("unheard", pa.string()),
        ]
    )  # fmt: skip
    filled = [{"account": "shop", "record_id": f"m:{at}", "part": 0, **row} for at, row in enumerate(rows)]
    return pa.RecordBatch.from_pylist(filled, schema)


@pytest.fixture(scope="module")
def function() -> Callable[[pa.RecordBatch], pa.RecordBatch]:
    known = ("picture", "nsfw", "ocr", "code")
    return UnsafeStage(None, tuple((task, "m", "1") for task in known)).open()


def test_files_are_judged_by_what_is_known_of_them(function: Callable[[pa.RecordBatch], pa.RecordBatch]) -> None:
    fraud = "刷单兼职日赚五百，先垫付后返佣，加微信abc12345"
    assert judge([fraud]).rows["label"].to_pylist() != ["normal"]
    rows = [
        {"nsfw": 0.95},
        {"nsfw": 0.01, "ocr": "今天天气很好"},
        {"nsfw": 0.01, "ocr": fraud, "codes": [FRIEND[0]], "formats": [FRIEND[1]]},
        {"transcript": "  "},
        {"unheard": "damaged"},
        {"unseen": "unsupported", "transcript": "你好"},
        {"unseen": "error"},
        {"nsfw": 0.01, "looked": '{"failed": ["codes"], "missing": ["text"]}'},
        {"nsfw": 0.9, "unheard": "damaged"},
    ]
    found = function(batch(rows)).to_pylist()
    assert [row["label"] for row in found] == [
        "unsafe", "safe", "unsafe", "safe", "damaged", "unsure", "error", "unsure", "unsafe",
    ]  # fmt: skip
    assert [row["status"] for row in found] == ["ok"] * 4 + ["rejected", "ok", "rejected", "ok", "ok"]
    value = json.loads(found[2]["value"])
    assert [one["by"] for one in value["spoke"]] == ["nsfw", "ocr", "code"]
    assert value["not_detected"] == [*NOT_DETECTED, "speech"]
    unseen, half = (json.loads(found[at]["value"])["not_detected"] for at in (5, 7))
    assert unseen == [*NOT_DETECTED, "speech", "nsfw", "ocr", "code"]
    assert half == [*NOT_DETECTED, "speech", "ocr", "code"]


def test_a_new_model_behind_the_verdict_is_a_new_verdict() -> None:
    first, second = (UnsafeStage(None, (("nsfw", "opennsfw", version),)) for version in ("1", "2"))
    assert first.identities() == UnsafeStage(None, (("nsfw", "opennsfw", "1"),)).identities() != second.identities()
