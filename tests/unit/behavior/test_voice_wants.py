"""What voices say beside typed messages, against a plain loop and textbook numbers."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from jianwei.behavior.voice_wants import VoiceWants, VoiceWantsResult
from jianwei.common.results import Unavailable

Make = Callable[..., Any]
Said = tuple[str, str, list[str]]


def told(said: list[Said], *, direction: str = "in") -> dict[str, list[dict[str, Any]]]:
    """Messages of (kind, sentiment, wants)."""
    tables: dict[str, list[dict[str, Any]]] = {"messages": [], "annotations": []}
    for n, (kind, mood, wants) in enumerate(said):
        common = {"ts_us": n, "seq": n, "user_id": "u:1"}
        tables["messages"].append({"message_id": f"m:{n:04d}", "kind": kind, "direction": direction, **common})
        own = {"record_id": f"m:{n:04d}", **common}
        tables["annotations"].append({"task": "sentiment", "label": mood, **own})
        for part, want in enumerate(wants):
            tables["annotations"].append({"task": "topic", "part": part, "label": want, **own})
    return tables


def asked(reader: Any, **settings: Any) -> VoiceWantsResult:
    found = VoiceWants(**settings).compute(reader)
    assert not isinstance(found, Unavailable)
    return found


def test_a_difference_that_is_there_comes_first(memory_reader: Make) -> None:
    said: list[Said] = [("voice", "neutral", ["refund"] * (n < 56)) for n in range(70)]
    said += [("text", "neutral", ["refund"] * (n < 48)) for n in range(80)]
    found = asked(memory_reader(**told(said)))
    first, second = found.rows.to_pylist()
    assert (first["of"], first["code"], first["voice_rows"], first["text_rows"]) == ("want", "refund", 56, 48)
    assert (first["voice_share"], first["text_share"]) == (0.8, 0.6)
    # Newcombe 1998, table II, (a): 56/70 and 48/80 by method 10
    assert (first["difference"], first["low"], first["high"]) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
    pearson = 150 * (56 * 32 - 14 * 48) ** 2 / (70 * 80 * 104 * 46)
    assert first["q_value"] == pytest.approx(2 * chi2.sf(pearson * 149 / 150, 1))  # two rows are tested
    assert (second["of"], second["code"], second["difference"], second["q_value"]) == ("mood", "neutral", 0.0, 1.0)
    assert first["example_ids"] == ["m:0055", "m:0054", "m:0053"]
    assert (found.voices, found.texts, found.missing) == (70, 80, ("blamed", "emotion"))


def test_an_aspect_counts_where_it_is_blamed(memory_reader: Make) -> None:
    tables = told([("voice", "negative", []), ("voice", "positive", []), ("text", "negative", [])])
    for n, mood in enumerate(("negative", "positive", "negative")):
        value = f'{{"sentiment": "{mood}", "probability": 0.9}}'
        tables["annotations"].append({"record_id": f"m:{n:04d}", "task": "aspect", "label": "delivery", "value": value})
    rows = {(r["of"], r["code"]): r for r in asked(memory_reader(**tables), examples=1)}
    assert (rows["blamed", "delivery"]["voice_rows"], rows["blamed", "delivery"]["text_rows"]) == (1, 1)
    assert rows["blamed", "delivery"]["example_ids"] == ["m:0000"]


def test_without_typed_messages_there_is_nothing_to_compare(memory_reader: Make) -> None:
    (row,) = asked(memory_reader(**told([("voice", "negative", [])])), examples=0)
    assert (row["voice_share"], row["text_share"], row["difference"], row["low"]) == (1.0, None, None, None)
    assert (row["q_value"], row["example_ids"]) == (1.0, [])


def test_no_voices_none_in_words_and_nobody_read_are_three_things(memory_reader: Make) -> None:
    def reason(**tables: Any) -> str:
        found = VoiceWants().compute(memory_reader(**tables))
        assert isinstance(found, Unavailable)
        return found.reason.code

    assert reason(**told([("text", "neutral", [])])) == "no_voices"
    assert reason(**told([("voice", "neutral", [])], direction="out")) == "no_voices"
    assert reason(messages=told([("voice", "neutral", [])])["messages"]) == "no_annotations"
    tables = told([("voice", "neutral", []), ("text", "neutral", [])])
    assert reason(messages=tables["messages"], annotations=tables["annotations"][1:]) == "no_transcripts"


def test_what_is_not_chinese_is_only_counted(memory_reader: Make) -> None:
    said = [("voice", mood, ["refund"]) for mood in ("negative", "negative", "neutral", "neutral")]
    tables = told([*said, ("text", "neutral", [])])
    texts = ["退款！", "I want my money back", "refund 退", "123 OK"]
    heard = [{"record_id": f"m:{n:04d}", "task": "transcript", "text": text} for n, text in enumerate(texts)]
    heard += [{"record_id": "m:0001", "task": "transcript", "text": "Hello", "part": 5}]
    heard += [{"record_id": "m:0003", "task": "transcript", "text": "\U00020bb7", "part": 5}]  # a rare sign is one, too
    found = asked(memory_reader(messages=tables["messages"], annotations=tables["annotations"] + heard))
    assert (found.voices, found.foreign, found.texts) == (3, 1, 1)
    assert {(r["of"], r["code"]): r["voice_rows"] for r in found} == {
        ("mood", "negative"): 1, ("mood", "neutral"): 2, ("want", "refund"): 3,
    }  # fmt: skip
    alone = memory_reader(
        messages=[*tables["messages"][1:2], *tables["messages"][4:]], annotations=tables["annotations"] + heard
    )
    reason = VoiceWants().compute(alone)
    assert isinstance(reason, Unavailable)
    assert (reason.reason.code, reason.reason.values) == ("only_foreign", {"voices": 1})


def test_by_chance_alone_almost_nothing_is_sure(memory_reader: Make) -> None:
    dice = random.Random(5)
    wants = [f"w{n}" for n in range(40)]
    said: list[Said] = [
        (dice.choice(["voice", "text", "text"]), "neutral", [want for want in wants if dice.random() < 0.1])
        for _ in range(600)
    ]
    assert all(row["q_value"] > 0.05 for row in asked(memory_reader(**told(said))))


message = st.tuples(
    st.sampled_from(["voice", "text", "reply", "image"]),
    st.sampled_from(["negative", "neutral"]),
    st.lists(st.sampled_from(["refund", "price"]), max_size=2, unique=True),
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(message, max_size=25))
def test_counts_are_those_of_a_plain_loop(memory_reader: Make, said: list[Said]) -> None:
    said = [("voice", "neutral", ["refund"]), *said]
    sides = [
        (side, mood, wants) for kind, mood, wants in said if (side := {"reply": "text"}.get(kind, kind)) != "image"
    ]
    counts = Counter((side, "mood", mood) for side, mood, _ in sides)
    counts.update((side, "want", want) for side, _, wants in sides for want in wants)
    totals = Counter(side for side, *_ in sides)
    found = asked(memory_reader(**told(said)))
    assert (found.voices, found.texts) == (totals["voice"], totals["text"])
    assert {(r["of"], r["code"]): (r["voice_rows"], r["text_rows"]) for r in found} == {
        (of, code): (counts["voice", of, code], counts["text", of, code]) for _, of, code in counts
    }
