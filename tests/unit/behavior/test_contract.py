"""What every question of the room promises: its schema, one total order, an honest word when there is nothing."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import fields
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from jianwei.behavior import (
    anomalies,
    aspects,
    conversion,
    emotions,
    flags,
    hours,
    keywords,
    latency,
    mood,
    mood_by,
    near_duplicates,
    overview,
    picture_kinds,
    pictures,
    ranking,
    rfm,
    topics,
    unsafe,
    voice_wants,
    voices,
    volume,
    wants,
    words,
)  # fmt: skip
from jianwei.common.i18n import catalog
from jianwei.common.results import Unavailable
from jianwei.mining.questions import contrast, itemsets, rules, sequences
from jianwei.questions import CATALOG
from jianwei.records import TABLES

DAY = 86_400_000_000
START = 1_704_067_200_000_000

QUESTIONS: list[tuple[Any, pa.Schema]] = [
    (overview.Overview(), overview.OVERVIEW_SCHEMA),
    (volume.Volume(), volume.VOLUME_SCHEMA),
    (volume.Volume(of="events", every="week"), volume.VOLUME_SCHEMA),
    (hours.Hours(), hours.HOURS_SCHEMA),
    (hours.Hours(of="events"), hours.HOURS_SCHEMA),
    (ranking.Ranking(), ranking.RANKING_SCHEMA),
    (ranking.Ranking(by="conversation"), ranking.RANKING_SCHEMA),
    (ranking.Ranking(by="item", of="events", limit=3), ranking.RANKING_SCHEMA),
    (ranking.Ranking(by="item", of="amount"), ranking.RANKING_SCHEMA),
    (latency.Latency(), latency.LATENCY_SCHEMA),
    (words.Words(), words.WORDS_SCHEMA),
    (words.Words(by_label=True, limit=4), words.WORDS_SCHEMA),
    (keywords.Keywords(limit=3), keywords.KEYWORDS_SCHEMA),
    (topics.Topics(), topics.TOPICS_SCHEMA),
    (topics.Topics(topics=2, every="week"), topics.TOPICS_SCHEMA),
    (mood.Mood(), mood.MOOD_SCHEMA),
    (mood_by.MoodBy(), mood_by.MOOD_BY_SCHEMA),
    (mood_by.MoodBy(by="item", limit=3), mood_by.MOOD_BY_SCHEMA),
    (aspects.Aspects(), aspects.ASPECTS_SCHEMA),
    (aspects.Aspects(by="person", every="week", limit=4), aspects.ASPECTS_SCHEMA),
    (emotions.Emotions(), emotions.EMOTIONS_SCHEMA),
    (emotions.Emotions(by="person", every="week", limit=4), emotions.EMOTIONS_SCHEMA),
    (wants.Wants(every="auto"), wants.WANTS_SCHEMA),
    (wants.Wants(by="item", limit=3, direction="all"), wants.WANTS_SCHEMA),
    (flags.Flags(latest=5), flags.FLAGS_SCHEMA),
    (flags.Flags(by="conversation", every="week"), flags.FLAGS_SCHEMA),
    (voices.Voices(), voices.VOICES_SCHEMA),
    (voices.Voices(by="person", every="week", limit=4), voices.VOICES_SCHEMA),
    (voice_wants.VoiceWants(), voice_wants.VOICE_WANTS_SCHEMA),
    (picture_kinds.PictureKinds(direction="all"), picture_kinds.PICTURE_KINDS_SCHEMA),
    (pictures.Pictures(find="face:1+ object:杯子"), pictures.PICTURES_SCHEMA),
    (pictures.Pictures(limit=7), pictures.PICTURES_SCHEMA),
    (near_duplicates.NearDuplicates(direction="all"), near_duplicates.NEAR_DUPLICATES_SCHEMA),
    (unsafe.Unsafe(every="day", latest=5), unsafe.UNSAFE_SCHEMA),
    (unsafe.Unsafe(by="conversation", direction="all", limit=2), unsafe.UNSAFE_SCHEMA),
    (rfm.Rfm(), rfm.RFM_SCHEMA),
    (conversion.Conversion(), conversion.CONVERSION_SCHEMA),
    (anomalies.Anomalies(fdr=0.5), anomalies.ANOMALIES_SCHEMA),
    (itemsets.FrequentItemsets(min_rows=2), itemsets.ITEMSETS_SCHEMA),
    (itemsets.FrequentItemsets(by="day", kind="closed", min_length=2, events=("buy",)), itemsets.ITEMSETS_SCHEMA),
    (rules.AssociationRules(min_rows=2, alpha=1.0), rules.RULES_SCHEMA),
    (rules.AssociationRules(by="session", min_rows=2, alpha=1.0), rules.RULES_SCHEMA),
    (rules.AssociationRules(by="day", min_rows=2, alpha=1.0, max_consequent=2, productive=False), rules.RULES_SCHEMA),
    (sequences.FrequentSequences(min_rows=2), sequences.SEQUENCES_SCHEMA),
    (sequences.FrequentSequences(of="event", max_gap_days=3, order="strength"), sequences.SEQUENCES_SCHEMA),
    (contrast.Contrast(between="week", by="session", min_rows=1, alpha=1.0), contrast.CONTRAST_SCHEMA),
    (contrast.Contrast(between="returning", by="day", min_rows=1, alpha=1.0), contrast.CONTRAST_SCHEMA),
]
named = pytest.mark.parametrize(("question", "schema"), QUESTIONS, ids=[repr(question) for question, _ in QUESTIONS])

SUBJECTS = (
    ["茶壶", "茶杯", "茶叶", "好喝", "香气", "的", "！"],
    ["物流", "破损", "快递", "退款", "包装", "的", "😡"],
)


def sent_file(n: int, fixed: random.Random, common: dict[str, Any]) -> tuple[str, dict[str, Any], list[dict[str, Any]]]:
    """A file of the n-th message, and what models say of it: kind, its row in `media`, its annotations."""
    kind = ("voice", "image", "image", "video")[n % 4]
    mime = {"voice": "audio/silk", "image": "image/jpeg", "video": "video/mp4"}[kind]
    record = {"record_id": f"m:{n:03d}", **common}
    file = {
        "media_id": f"d:00000{n:03d}",
        "kind": kind,
        "mime": mime,
        "path": f"media/{n:03d}",
        "seconds": n / 7,
        **record,
    }
    told = []
    if kind != "image":
        value = json.dumps({"seconds": n / 7, "spoken": n / 9, "segments": [], "dropped": []})
        told.append({"task": "transcript", "text": "发货了吗" * (n % 3), "label": "zh", "value": value})
    if kind != "voice":
        seen = json.dumps({"width": 9, "height": 9, "hash": f"{fixed.randrange(1, 6):016x}", "missing": []})
        told.append({"task": "picture", "label": "jpeg", "value": seen})
        told.append({"task": "ocr", "text": "全场九折", "label": ("text", "chat")[n % 2]})
        told += [{"task": "face", "part": part, "score": 0.9} for part in range(n % 3)]
        told += [{"task": "object", "part": part, "label": "cup", "text": "杯子"} for part in range(n % 2 + 1)]
        told.append({"task": "avatar", "label": ("none", "person")[n % 2], "score": 0.8})
    verdict = ("safe", "safe", "unsure", "unsafe")[fixed.randrange(4)]
    spoke = [] if verdict == "safe" else [{"by": ("nsfw", "ocr")[n % 2], "score": 0.7, "label": verdict}]
    eyes = {"looked": ["nsfw"], "failed": ["code"] if n % 5 == 0 else [], "not_detected": ["violence", "ocr"]}
    said = json.dumps({"spoke": spoke, **eyes})
    told.append({"task": "unsafe", "label": verdict, "score": 0.7, "value": said})
    return kind, file, [answer | record for answer in told]


def shop(seed: int) -> dict[str, list[dict[str, Any]]]:
    """A small shop with many ties; `seed` changes nothing but the order of the rows."""
    fixed = random.Random(1)
    messages, annotations, events, media = [], [], [], []
    for n in range(240):
        mid, user = f"m:{n:03d}", f"u:{fixed.randrange(6)}"
        ts = START + fixed.randrange(30) * DAY + fixed.randrange(9, 21) * 3_600_000_000
        if n in (50, 51, 52):
            ts = START + 12 * DAY
        common = {"ts_us": ts, "user_id": user, "seq": n}
        direction = "out" if user == "u:0" else "in"
        place = {
            "conversation_id": f"c:{fixed.randrange(3)}",
            "item_id": f"i:{fixed.randrange(4)}",
            "direction": direction,
        }
        messages.append({"message_id": mid, **common, **place})
        label = fixed.choice(["positive", "neutral", "negative"])
        text = " ".join(fixed.choices(SUBJECTS[n % 2], k=4))
        annotations.append({"record_id": mid, "task": "sentiment", "label": label, **common})
        annotations.append({"record_id": mid, "task": "words", "text": text, **common})
        for part, aspect in enumerate(fixed.sample(["service", "price", "taste"], k=2)):
            value = json.dumps({"sentiment": label, "probability": 0.9})
            told = {"task": "aspect", "part": part, "label": aspect, "value": value}
            annotations.append({"record_id": mid, **told, **common})
        if n % 3:
            annotations.append({"record_id": mid, "task": "emotion", "label": ("happy", "angry")[n % 2], **common})
        for part, want in enumerate(("refund", "price")[: n % 4 % 3]):
            annotations.append({"record_id": mid, "task": "topic", "part": part, "label": want, **common})
        if n % 20 == 1:
            flag = {"task": "moderation", "label": ("fraud", "abuse")[n % 3 % 2], "score": 0.9, "value": '["ngram:骂"]'}
            annotations.append({"record_id": mid, **flag, **common})
        if n % 5 == 0:
            messages[-1]["kind"], file, told = sent_file(n, fixed, common)
            media.append(file)
            annotations += told
    for n in range(200):
        name = fixed.choice(["view", "view", "cart", "buy"])
        paid = (
            {"amount": Decimal(fixed.randrange(1, 4)), "basket_id": f"b:{fixed.randrange(20):02d}"}
            if name == "buy"
            else {}
        )
        events.append(
            {
                "event_id": f"e:{n:03d}", "user_id": f"u:{fixed.randrange(6)}", "name": name, "item_id": f"i:{fixed.randrange(4)}",
                "ts_us": START + fixed.randrange(30) * DAY + fixed.randrange(86_400) * 1_000_000, "seq": n, **paid,
            }
        )  # fmt: skip
    tables = {"messages": messages, "annotations": annotations, "events": events, "media": media}
    tables["users"] = [{"user_id": f"u:{n}", "nickname": "同名"} for n in range(6)]
    for rows in tables.values():
        random.Random(seed).shuffle(rows)
    return tables


@named
def test_rows_are_in_the_documented_schema(memory_reader: Callable[..., Any], question: Any, schema: pa.Schema) -> None:
    result = question.compute(memory_reader(**shop(0)))
    assert not isinstance(result, Unavailable)
    assert result.rows.schema.equals(schema)
    assert all(
        result.rows[column].null_count < max(len(result), 1) for column in ("id", "name") if column in schema.names
    )


@named
def test_the_order_of_the_input_changes_nothing(
    memory_reader: Callable[..., Any], question: Any, schema: pa.Schema
) -> None:
    one, other = (question.compute(memory_reader(**shop(seed))) for seed in (1, 2))
    for item in fields(one):
        a, b = getattr(one, item.name), getattr(other, item.name)
        assert a.equals(b) if isinstance(a, pa.Table) else a == b, item.name


@named
def test_nothing_at_all_is_unavailable(memory_reader: Callable[..., Any], question: Any, schema: pa.Schema) -> None:
    result = question.compute(memory_reader())
    assert isinstance(result, Unavailable)


@named
def test_rows_without_times_or_people_break_nothing(
    memory_reader: Callable[..., Any], question: Any, schema: pa.Schema
) -> None:
    bare = {
        "messages": [
            {"message_id": f"m:{n}", "kind": kind} for n, kind in enumerate(("text", "system", "recall", "image"))
        ],
        "events": [{"event_id": f"e:{n}", "name": name} for n, name in enumerate(("view", "buy", "refund"))],
        "annotations": [
            {"record_id": "m:0", "task": "sentiment", "label": None},
            {"record_id": "m:0", "task": "words", "text": None, "status": "error"},
        ],
    }
    result = question.compute(memory_reader(**bare))
    assert isinstance(result, Unavailable) or result.rows.schema.equals(schema)


@named
def test_a_question_names_every_table_it_reads(
    memory_reader: Callable[..., Any], question: Any, schema: pa.Schema
) -> None:
    reader = memory_reader(**shop(0))
    for unread in set(TABLES) - set(question.tables):
        reader.backend.con.execute(f"DROP TABLE {unread}")
    assert not isinstance(question.compute(reader), Unavailable)


def _home(question: Any) -> str:
    return f"{type(question).__module__.rpartition('.')[2]}:{type(question).__name__}"


@named
def test_every_question_has_words_in_both_languages(question: Any, schema: pa.Schema) -> None:
    (name,) = (entry.name for entry in CATALOG if entry.path.endswith(f".{_home(question)}"))
    for texts in (catalog("en"), catalog("zh_CN")):
        keys = ["title", "help", *(f"settings.{item.name}" for item in fields(question))]
        assert all(texts.entries[f"questions.{name}.{key}"] for key in keys)
    helps = {item.name: catalog("en").entries[f"questions.{name}.settings.{item.name}"] for item in fields(question)}
    assert helps == {item.name: item.metadata["help"] for item in fields(question)}
