"""The verdict on a file: who speaks, what they say together, and what nobody looks for."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.enrich.stages.unsafe import NOT_DETECTED, NOT_LOOKED, UNSAFE, UNSURE, Evidence, UnsafeStage, judge_evidence
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
            ("part", pa.int32()), ("kind", pa.string()), ("mime", pa.string()), ("direction", pa.string()),
            ("nsfw", pa.float32()), ("ocr", pa.string()), ("transcript", pa.string()),
            ("codes", pa.list_(pa.string())), ("formats", pa.list_(pa.string())), ("looked", pa.string()),
            ("unseen", pa.string()), ("unheard", pa.string()),
        ]
    )  # fmt: skip
    own = {"account": "shop", "part": 0, "kind": "image", "mime": "image/png"}
    filled = [{**own, "record_id": f"m:{at}", **row} for at, row in enumerate(rows)]
    return pa.RecordBatch.from_pylist(filled, schema)


Function = Callable[[pa.RecordBatch], pa.RecordBatch]
VIDEO = {"kind": "video", "mime": "video/mp4"}
VOICE = {"kind": "voice", "mime": "audio/amr"}
SPAM_TEXT = "刷单兼职日赚五百，先垫付后返佣，加微信abc12345"


def stage(*known: str) -> Function:
    return UnsafeStage(None, tuple((task, "m", "1") for task in known)).open()


def told(function: Function, *rows: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """(status, label, value) of every row."""
    found = function(batch(list(rows))).to_pylist()
    return [(row["status"], row["label"], json.loads(row["value"])) for row in found]


@pytest.fixture(scope="module")
def everybody() -> Function:
    return stage("picture", "nsfw", "ocr", "code", "transcript")


def test_files_are_judged_by_what_is_known_of_them(everybody: Function) -> None:
    assert judge([SPAM_TEXT]).rows["label"].to_pylist() != ["normal"]
    found = told(
        everybody,
        {"nsfw": 0.95},
        {"nsfw": 0.01, "ocr": "今天天气很好"},
        {"nsfw": 0.01, "ocr": SPAM_TEXT, "codes": [FRIEND[0]], "formats": [FRIEND[1]]},
        {"transcript": "  ", **VOICE},
        {"unheard": "damaged", **VOICE},
        {"unseen": "unsupported", "transcript": "你好", **VIDEO},
        {"unseen": "error"},
        {"nsfw": 0.01, "looked": '{"failed": ["codes", "things"], "missing": ["text", "scenes"]}'},
        {"nsfw": 0.9, "unheard": "damaged", **VIDEO},
    )
    assert [(status, label) for status, label, _ in found] == [
        ("ok", "unsafe"), ("ok", "safe"), ("ok", "unsafe"), ("ok", "safe"), ("rejected", "damaged"), ("ok", "unsure"),
        ("rejected", "error"), ("ok", "unsure"), ("ok", "unsafe"),
    ]  # fmt: skip
    values = [value for *_, value in found]
    assert [one["by"] for one in values[2]["spoke"]] == ["nsfw", "ocr", "code"]
    assert [value["failed"] for value in values] == [
        [], [], [], [], ["speech"], ["nsfw", "ocr", "code"], ["nsfw", "ocr", "code"], ["code"], ["speech"],
    ]  # fmt: skip
    assert [value["not_detected"][len(NOT_DETECTED) :] for value in values] == [[]] * 7 + [["ocr"], []]
    eyes = ["nsfw", "ocr", "code"]
    assert [value["looked"] for value in values] == [eyes, eyes, eyes, ["speech"], [], ["speech"], [], ["nsfw"], eyes]
    assert all(tuple(value["not_detected"][: len(NOT_DETECTED)]) == NOT_DETECTED for value in values)


def test_a_recording_that_is_kept_as_a_video_has_one_witness(everybody: Function) -> None:
    recording = {"unseen": "no_picture", **VIDEO}
    found = told(
        everybody,
        {"transcript": "你好", **recording},
        {"transcript": "", **recording},
        {"transcript": SPAM_TEXT, **recording},
        {"unheard": "damaged", **recording},
    )
    assert [(status, label) for status, label, _ in found[:2]] == [("ok", "safe")] * 2
    assert found[2][1] != "safe"
    assert [value["looked"] for *_, value in found] == [["speech"]] * 3 + [[]]
    assert [value["failed"] for *_, value in found] == [[]] * 3 + [["speech"]]
    assert found[3][0] == "rejected"
    (alone,) = told(stage("picture", "nsfw", "ocr", "code"), recording)
    assert alone[:2] == ("rejected", "no_picture"), "nobody has listened"


def test_nobody_judges_what_is_said_in_another_language(everybody: Function) -> None:
    english = "Buy now, add me, you will earn five hundred a day"
    voice, film = told(everybody, {"transcript": english, **VOICE}, {"transcript": english, "nsfw": 0.01, **VIDEO})
    assert voice[:2] == ("rejected", "not_looked")
    assert film[:2] == ("ok", "safe")
    for *_, value in (voice, film):
        assert "speech" in value["not_detected"]
        assert "speech" not in value["looked"]


def test_nothing_to_see_is_safe_where_nobody_looked_for_nakedness(everybody: Function) -> None:
    nobody = '{"missing": ["text", "faces", "avatar", "codes", "things", "scenes", "safety"]}'
    clothed = '{"missing": ["safety"], "failed": ["codes"]}'
    found = told(
        everybody,
        {"looked": nobody},
        {"looked": clothed, "ocr": "今天天气很好"},
        {"looked": clothed, "transcript": "你好", **VIDEO},
        {"looked": clothed, "ocr": SPAM_TEXT, "codes": [FRIEND[0]], "formats": [FRIEND[1]]},
        {"looked": clothed, "codes": [PAY[0]], "formats": [PAY[1]]},
    )
    assert [(status, label) for status, label, _ in found] == [
        *[("rejected", NOT_LOOKED)] * 3, ("ok", "unsafe"), ("ok", "unsure"),
    ]  # fmt: skip
    lacking = [value["not_detected"][len(NOT_DETECTED) :] for *_, value in found]
    assert lacking == [["nsfw", "ocr", "code"], ["nsfw"], ["nsfw"], ["nsfw"], ["nsfw"]]
    assert found[0][2]["code"] == NOT_LOOKED
    ((_, label, value),) = told(everybody, {"looked": clothed, "nsfw": 0.1})  # by a model that was here earlier
    assert (label, value["looked"], value["failed"]) == ("unsure", ["nsfw", "ocr"], ["code"])


def test_who_is_not_here_at_all_is_named_where_a_file_could_hold_it() -> None:
    eyes = told(stage("picture", "nsfw", "ocr", "code"), {"nsfw": 0.1}, {"nsfw": 0.1, **VIDEO})
    assert [(label, value["not_detected"][len(NOT_DETECTED) :]) for _, label, value in eyes] == [
        ("safe", []), ("safe", ["speech"]),
    ]  # fmt: skip
    ears = told(stage("transcript"), {"transcript": "你好", **VOICE}, {"transcript": "你好", **VIDEO})
    assert [(label, value["not_detected"][len(NOT_DETECTED) :]) for _, label, value in ears] == [
        ("safe", []), (NOT_LOOKED, ["nsfw", "ocr", "code"]),
    ]  # fmt: skip


def test_a_new_model_behind_the_verdict_is_a_new_verdict() -> None:
    first, second = (UnsafeStage(None, (("nsfw", "opennsfw", version),)) for version in ("1", "2"))
    assert first.identities() == UnsafeStage(None, (("nsfw", "opennsfw", "1"),)).identities() != second.identities()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("https://work.weixin.qq.com/ca/cawcde", "wecom"), ("sms:10086?body=hi", "sms"), ("MATMSG:TO:a@b.example;;", "mail"),
        ("WIFI:T:WPA;S:shop;P:1;;", "wifi"), ("tel:10086", "phone"), ("https://a.example/", "url"), ("myapp://x", "app"),
        ("https://weixin.qq.com/g/x", "wechat_group"), ("https://wxaurl.cn/x", "mini_program"),
        ("https://weixin.qq.com/r/x", "wechat_account"),
    ],
)  # fmt: skip
def test_codes_that_lead_elsewhere_are_what_spam_looks_like(text: str, kind: str) -> None:
    code = (text, "QRCode")
    label, _, spoke = judge_evidence(Evidence(texts={"ocr": SPAM}, codes=[code]))
    assert (label, [(one.label, one.why) for one in spoke if one.by == "code"]) == ("unsafe", [("unsafe", (kind,))])
    assert judge_evidence(Evidence(texts={"ocr": FINE}, codes=[code]))[0] == "safe"
    assert judge_evidence(Evidence(texts={"ocr": SPAM}, codes=[code], own=True))[0] == "unsure"


@pytest.mark.parametrize(
    ("text", "kind"), [("geo:30.2,120.1", "place"), ("BEGIN:VCARD\nEND:VCARD", "contact"), ("晚安", "text")]
)
def test_codes_that_lead_nowhere_are_none_of_it(text: str, kind: str) -> None:
    label, _, spoke = judge_evidence(Evidence(texts={"ocr": SPAM}, codes=[(text, "QRCode")]))
    assert (label, [(one.label, one.why) for one in spoke if one.by == "code"]) == ("unsure", [("safe", (kind,))])
