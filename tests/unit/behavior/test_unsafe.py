"""How many files are unsafe, of what kind, by whom, and what spoke against them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jianwei.behavior.unsafe import Unsafe, UnsafeResult
from jianwei.common.results import Unavailable

Make = Callable[..., Any]
File = tuple[int, str | None, str, str | None]
DAY = 86_400_000_000
MIME = {"image": "image/png", "voice": "audio/amr", "video": "video/mp4", "file": "application/pdf"}


def judged(*files: File, spoke: tuple[str, ...] = ("nsfw",)) -> dict[str, list[dict[str, Any]]]:
    """Files of (day, person, kind, verdict), each in a message; without a verdict it was never judged."""
    tables: dict[str, list[dict[str, Any]]] = {"messages": [], "media": [], "annotations": []}
    for n, (day, user, kind, verdict) in enumerate(files):
        own = {"record_id": f"m:{n:03d}", "ts_us": day * DAY, "user_id": user, "seq": n}
        message = {"message_id": f"m:{n:03d}", "kind": kind, "ts_us": day * DAY, "user_id": user, "seq": n}
        tables["messages"].append(message)
        tables["media"].append(
            {"media_id": f"d:00000{n:03d}", "kind": kind, "mime": MIME[kind], "path": f"media/{n}", **own}
        )
        if verdict is not None:
            against = [{"by": who, "score": 0.9, "label": verdict, "why": ["x"]} for who in spoke]
            against.append({"by": "code", "score": 0.1, "label": "safe", "why": []})
            value = json.dumps({"spoke": [] if verdict == "safe" else against, "not_detected": ["weapons", "gore"]})
            row = {"task": "unsafe", "label": verdict, "score": 0.75, "value": value, "status": "ok", **own}
            tables["annotations"].append(row)
    return tables


def asked(reader: Any, **settings: Any) -> UnsafeResult:
    found = Unsafe(**settings).compute(reader)
    assert not isinstance(found, Unavailable)
    return found


FILES: tuple[File, ...] = (
    (0, "u:1", "image", "unsafe"), (0, "u:1", "image", "safe"), (0, "u:2", "voice", "unsure"), (2, "u:2", "image", "safe"),
    (2, "u:3", "video", None), (2, "u:3", "file", None),
)  # fmt: skip


def test_by_kind_with_who_spoke_and_what_nobody_looks_for(memory_reader: Make) -> None:
    found = asked(memory_reader(**judged(*FILES, spoke=("nsfw", "ocr"))))
    assert [(r["kind"], r["unsafe"], r["unsure"], r["judged"], r["share"]) for r in found] == [
        ("image", 1, 0, 3, pytest.approx(1 / 3)), ("voice", 0, 1, 1, 0.0),
    ]  # fmt: skip
    first = found.rows.to_pylist()[0]
    assert (first["low"], first["high"]) == (pytest.approx(0.0615, abs=1e-4), pytest.approx(0.7923, abs=1e-4))
    assert (found.unsafe, found.judged, found.unjudged) == (1, 4, 1)  # a PDF is nothing to see or to hear
    assert found.spoke.to_pylist() == [
        {"by": "nsfw", "unsafe": 1, "unsure": 1}, {"by": "ocr", "unsafe": 1, "unsure": 1},
    ]  # fmt: skip
    assert (found.not_detected, found.gaps.num_rows) == (("weapons", "gore"), 0)
    assert [(r["message_id"], r["verdict"], r["by"], r["path"]) for r in found.latest.to_pylist()] == [
        ("m:002", "unsure", ["nsfw", "ocr"], "media/2"), ("m:000", "unsafe", ["nsfw", "ocr"], "media/0"),
    ]  # fmt: skip
    assert found.latest["failed"].to_pylist() == [None, None]


def test_over_time_a_day_without_files_has_rows_too(memory_reader: Make) -> None:
    found = asked(memory_reader(**judged(*FILES)), every="day")
    assert [(r["label"], r["kind"], r["unsafe"], r["judged"], r["share"]) for r in found] == [
        ("1970-01-01", "image", 1, 2, 0.5), ("1970-01-01", "voice", 0, 1, 0.0),
        ("1970-01-02", "image", 0, 0, None), ("1970-01-02", "voice", 0, 0, None),
        ("1970-01-03", "image", 0, 1, 0.0), ("1970-01-03", "voice", 0, 0, None),
    ]  # fmt: skip


def test_only_those_with_something_unsafe_are_listed(memory_reader: Make) -> None:
    found = asked(memory_reader(**judged(*FILES)), by="person")
    assert [(r["id"], r["kind"], r["unsafe"], r["unsure"], r["judged"]) for r in found] == [
        ("u:1", "image", 1, 0, 2), ("u:2", "voice", 0, 1, 1), ("u:2", "image", 0, 0, 1),
    ]  # fmt: skip
    assert len(asked(memory_reader(**judged(*FILES)), by="person", limit=1)) == 1


def test_all_safe_nobody_known_and_never_judged_are_three_things(memory_reader: Make) -> None:
    safe = judged((0, "u:1", "image", "safe"))
    found = asked(memory_reader(**safe), by="person")
    assert (len(found), found.unsafe, found.judged) == (0, 0, 1)
    unknown = Unsafe(by="person").compute(memory_reader(**judged((0, None, "image", "safe"))))
    assert isinstance(unknown, Unavailable)
    assert unknown.reason.code == "no_person"
    never = Unsafe().compute(memory_reader(**judged((0, "u:1", "image", None))))
    assert isinstance(never, Unavailable)
    assert never.reason.code == "not_judged"


def test_what_could_not_be_read_was_not_judged(memory_reader: Make) -> None:
    tables = judged((0, "u:1", "image", "safe"), (0, "u:1", "image", "safe"))
    tables["annotations"][0] |= {"status": "rejected", "label": "truncated", "value": '{"code": "truncated"}'}
    found = asked(memory_reader(**tables))
    assert (found.judged, found.unjudged) == (1, 1)


def test_where_nothing_could_be_judged_that_is_said(memory_reader: Make) -> None:
    tables = judged((0, "u:1", "image", "safe"), (0, "u:1", "image", "safe"), (0, "u:1", "image", None))
    for row in tables["annotations"]:
        row |= {"status": "rejected", "label": "not_looked"}
    for asking in (Unsafe(), Unsafe(by="person"), Unsafe(every="day")):
        found = asking.compute(memory_reader(**tables))
        assert isinstance(found, Unavailable)
        assert (found.reason.code, found.reason.values) == ("none_judged", {"files": 3})


def test_what_nobody_looks_for_and_what_one_could_not_say_are_two_things(memory_reader: Make) -> None:
    day = (0, "u:1", "image", "safe")
    tables = judged(*[day] * 6)
    told: list[dict[str, Any]] = [
        {"looked": ["nsfw"], "not_detected": ["gore", "code"], "failed": ["ocr"]},
        {"looked": ["nsfw", "ocr"], "not_detected": ["gore", "code"], "failed": []},
        {"looked": ["ocr"], "not_detected": ["gore", "nsfw", "code"], "failed": []},
        {"looked": ["ocr"], "not_detected": ["gore", "nsfw", "code"]},
        {"looked": ["nsfw"], "not_detected": ["gore", "code"], "failed": ["ocr"]},
        {"looked": [], "not_detected": ["gore", "code"], "failed": ["nsfw", "ocr"]},
    ]
    for row, value in zip(tables["annotations"], told, strict=True):
        row["value"] = json.dumps({"spoke": [], **value})
    tables["annotations"][2] |= {"status": "rejected", "label": "not_looked"}
    tables["annotations"][4] |= {"label": "unsure"}
    found = asked(memory_reader(**tables))
    assert found.not_detected == ("gore", "code")
    assert found.gaps.to_pylist() == [{"failed": "nsfw", "files": 3}, {"failed": "ocr", "files": 3}]
    assert [(row["by"], row["failed"]) for row in found.latest.to_pylist()] == [([], ["ocr"])]


files = st.tuples(
    st.integers(0, 3),
    st.sampled_from(["u:1", "u:2"]),
    st.sampled_from(["image", "voice", "video"]),
    st.sampled_from(["safe", "unsure", "unsafe"]),
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.lists(files, min_size=1, max_size=20))
def test_counts_are_those_of_a_plain_loop(memory_reader: Make, sent: list[File]) -> None:
    found = asked(memory_reader(**judged(*sent)), by="person", every="day")
    bad = {user for _, user, _, verdict in sent if verdict != "safe"}
    counts = Counter((f"1970-01-0{day + 1}", user, kind, verdict) for day, user, kind, verdict in sent if user in bad)
    for row in found:
        place = row["label"], row["id"], row["kind"]
        assert (row["unsafe"], row["unsure"]) == (counts[*place, "unsafe"], counts[*place, "unsure"])
        assert row["judged"] == sum(counts[*place, verdict] for verdict in ("safe", "unsure", "unsafe"))
    assert sum(row["judged"] for row in found) == sum(counts.values())
    assert found.judged == len(sent)
    assert sum(found.spoke["unsafe"].to_pylist()) == sum(verdict == "unsafe" for *_, verdict in sent)
