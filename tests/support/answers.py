"""Answers as questions give them, made up but lifelike: for tests of charts and of the report. Everything is seeded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from jianwei.behavior.anomalies import AnomaliesResult
from jianwei.behavior.aspects import ASPECTS_SCHEMA, AspectsResult
from jianwei.behavior.conversion import ConversionResult
from jianwei.behavior.emotions import EMOTIONS_SCHEMA, EmotionsResult
from jianwei.behavior.flags import FLAGS_SCHEMA, LATEST_SCHEMA, FlagsResult
from jianwei.behavior.hours import HoursResult
from jianwei.behavior.keywords import KeywordsResult
from jianwei.behavior.latency import LatencyResult
from jianwei.behavior.mood import MoodResult
from jianwei.behavior.mood_by import MoodByResult
from jianwei.behavior.near_duplicates import NEAR_DUPLICATES_SCHEMA, NearDuplicatesResult
from jianwei.behavior.overview import OverviewResult
from jianwei.behavior.picture_kinds import PICTURE_KINDS_SCHEMA, PictureKindsResult
from jianwei.behavior.ranking import RankingResult
from jianwei.behavior.rfm import RfmResult
from jianwei.behavior.topics import TOPICS_SCHEMA, TopicsResult
from jianwei.behavior.unsafe import GAPS_SCHEMA, SPOKE_SCHEMA, UNSAFE_LATEST_SCHEMA, UNSAFE_SCHEMA, UnsafeResult
from jianwei.behavior.voice_wants import VOICE_WANTS_SCHEMA, VoiceWantsResult
from jianwei.behavior.voices import LANGUAGES_SCHEMA, VOICES_SCHEMA, VoicesResult
from jianwei.behavior.volume import VolumeResult
from jianwei.behavior.wants import WANTS_SCHEMA, WantsResult
from jianwei.behavior.words import WordsResult
from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.mining.questions.contrast import CONTRAST_SCHEMA, ContrastResult
from jianwei.mining.questions.rules import RULES_SCHEMA, AssociationRulesResult
from jianwei.mining.questions.sequences import SEQUENCES_SCHEMA, FrequentSequencesResult

DAY_US = 86_400_000_000
FIRST_US = int(datetime(2024, 3, 1, tzinfo=UTC).timestamp()) * 1_000_000 - 8 * 3_600_000_000
MONEY = pa.decimal128(38, 4)

PEOPLE = [
    "王小明",
    "林夕",
    "Emily 陈",
    "茶友老周",
    "阿杰🌸",
    "<b>粗体</b>",
    "赵一曼",
    "小鹿",
    "何必",
    "Ken",
    "沈清秋",
    "大刘",
    "苏苏",
    "老唐",
    "米粒",
]
ITEMS = ["龙井", "茶杯", "茶壶", "茶盘", "普洱", "建盏", "公道杯", "茶针", "滤网", "白茶"]


def day(index: int) -> str:
    return datetime.fromtimestamp((FIRST_US + index * DAY_US) / 1e6 + 8 * 3600, UTC).strftime("%Y-%m-%d")


def wilson(bad: int, total: int) -> tuple[float, float]:
    z, p = 1.959964, bad / total
    middle, half = p + z * z / (2 * total), z * ((p * (1 - p) + z * z / (4 * total)) / total) ** 0.5
    return (middle - half) / (1 + z * z / total), (middle + half) / (1 + z * z / total)


def volume(days: int = 60, *, of: str = "messages") -> VolumeResult:
    rng = np.random.default_rng(1)
    names = {"in": 40, "out": 26} if of == "messages" else {"view": 300, "cart": 60, "fav": 30, "buy": 20}
    rows = []
    for index in range(days):
        for name, level in names.items():
            swing = 1.0 + 0.35 * np.sin(index / 7 * 2 * np.pi) + (1.9 if index in (44, 45) and name == "in" else 0)
            count = int(rng.poisson(level * swing))
            rows.append((FIRST_US + index * DAY_US, day(index), name, count, max(1, count // 3)))
    table = _table(
        rows, period_us=pa.int64(), label=pa.string(), series=pa.string(), rows=pa.int64(), people=pa.int64()
    )
    return VolumeResult(table, every="day")


def hours() -> HoursResult:
    rng = np.random.default_rng(2)
    hour = np.arange(24)
    day_curve = 30 * np.exp(-((hour - 20) ** 2) / 14) + 14 * np.exp(-((hour - 11) ** 2) / 8)
    counts = rng.poisson(np.outer([1, 1, 1, 1, 1, 1.5, 1.5], day_curve))
    rows = [(weekday, hour, int(counts[weekday, hour])) for weekday in range(7) for hour in range(24)]
    return HoursResult(_table(rows, weekday=pa.int64(), hour=pa.int64(), rows=pa.int64()))


def ranking(prefix: str = "u", names: list[str] | None = None, *, money: bool = False) -> RankingResult:
    chosen = PEOPLE if names is None else names
    counts = [int(900 / (rank + 1.6)) + 3 for rank in range(len(chosen))]
    total = sum(counts) + 120
    total_amount = Decimal(total * 13) if money else None
    rows = [
        (
            f"{prefix}:{rank:032x}",
            name,
            count,
            Decimal(count * 13) if money else None,
            count / total,
            FIRST_US,
            FIRST_US + 50 * DAY_US,
        )
        for rank, (name, count) in enumerate(zip(chosen, counts, strict=True))
    ]
    table = _table(
        rows,
        id=pa.string(),
        name=pa.string(),
        rows=pa.int64(),
        amount=MONEY,
        share=pa.float64(),
        first_us=pa.int64(),
        last_us=pa.int64(),
    )
    return RankingResult(
        table, total_rows=total, others_rows=120, total_amount=total_amount, top_share=(total - 120) / total
    )


def latency() -> LatencyResult:
    rows = [
        (
            f"c:{rank:032x}",
            name,
            60 - rank,
            55 - rank,
            20.0 * (rank + 1) ** 1.7,
            160.0 * (rank + 1) ** 1.9,
            5 / (60 - rank),
        )
        for rank, name in enumerate(PEOPLE[:10])
    ]
    table = _table(
        rows,
        conversation_id=pa.string(), name=pa.string(), turns=pa.int64(), answered=pa.int64(), median_s=pa.float64(), p90_s=pa.float64(),
        unanswered_share=pa.float64(),
    )  # fmt: skip
    return LatencyResult(table, turns=555, answered=505, median_s=180.0, p90_s=5400.0)


_WORDS = {
    "positive": "好喝 喜欢 回购 香 包装 精致 物流 很快 客服 耐心 推荐 朋友 满意 划算 清香 回甘 值得 正品 送礼 惊喜 颜值 细腻 新茶 赞 舒服",
    "neutral": "多少 怎么 什么 时候 发货 地址 可以 下单 链接 尺寸 克 泡 水温 几泡 请问 活动 优惠 快递 单号 发票 换 颜色 现货 补货 会员",
    "negative": "慢 破损 碎 退款 失望 不回 太久 投诉 差 漏 态度 假 涨价 催 没人 三天 差评 少发 盖子 裂 味道 淡 骗 再也 生气",
}


def words() -> WordsResult:
    rng = np.random.default_rng(3)
    rows = []
    for label, text in _WORDS.items():
        for rank, word in enumerate(text.split()):
            count = int(260 / (rank + 1.5)) + int(rng.integers(3, 9))
            rows.append((label, word, count, count + 4, 90.0 / (rank + 1)))
    return WordsResult(
        _table(rows, label=pa.string(), word=pa.string(), rows=pa.int64(), occurrences=pa.int64(), score=pa.float64())
    )


def keywords(days: int = 60) -> KeywordsResult:
    rng = np.random.default_rng(4)
    pool = [word for text in _WORDS.values() for word in text.split()]
    rows = []
    for index in range(days):
        chosen = (
            ["破损", "退款", "压坏"]
            if index in (44, 45)
            else [pool[k] for k in rng.choice(len(pool), 3, replace=False)]
        )
        for rank, word in enumerate(chosen):
            rows.append(
                (
                    FIRST_US + index * DAY_US,
                    day(index),
                    word,
                    9 - rank,
                    1.5,
                    30.0 / (rank + 1) + (60 if index in (44, 45) else 0),
                    rank + 1,
                )
            )
    table = _table(
        rows,
        period_us=pa.int64(), label=pa.string(), word=pa.string(), rows=pa.int64(), expected=pa.float64(), score=pa.float64(),
        rank=pa.int64(),
    )  # fmt: skip
    return KeywordsResult(table, every="day")


def topics(weeks: int = 20) -> TopicsResult:
    """Eight topics over some weeks, the third one swelling at the end; in the fifth week nobody said anything."""
    rng = np.random.default_rng(9)
    names = ["茶壶·茶具", "物流·快递", "破损·退款", "香气·口感", "价格·优惠", "客服·态度", "包装·礼盒", "<b>杂谈</b>"]
    counts = rng.poisson(np.array([60, 48, 20, 30, 24, 16, 12, 6]), (weeks, len(names)))
    counts[-3:, 2] *= 4
    counts[4:5] = 0
    counts = counts[:, np.argsort(-counts.sum(axis=0), kind="stable")]
    blocks = [
        (None, "", counts.sum(axis=0)),
        *((FIRST_US + 7 * n * DAY_US, day(7 * n), c) for n, c in enumerate(counts)),
    ]
    rows = [
        (start, label, topic, name, "很 好", int(count), count / each.sum() if each.sum() else None, None if label else f"m:{topic}")
        for start, label, each in blocks
        for topic, (name, count) in enumerate(zip(names, each, strict=True), 1)
    ]  # fmt: skip
    columns = [
        pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), TOPICS_SCHEMA, strict=True)
    ]
    return TopicsResult(pa.table(columns, schema=TOPICS_SCHEMA), every="week", without=31)


def mood(days: int = 60) -> MoodResult:
    rng = np.random.default_rng(5)
    rows = []
    for index in range(days):
        total = int(rng.poisson(70))
        bad = int(rng.binomial(total, 0.5 if index in (44, 45) else 0.12))
        good = int((total - bad) * 0.45)
        rows.append(
            (
                FIRST_US + index * DAY_US,
                day(index),
                good,
                total - bad - good,
                bad,
                total,
                bad / total,
                *wilson(bad, total),
            )
        )
    return MoodResult(_table(rows, period_us=pa.int64(), label=pa.string(), **_MOODS), every="day")


_MOODS = {
    "positive": pa.int64(), "neutral": pa.int64(), "negative": pa.int64(), "total": pa.int64(),
    "negative_share": pa.float64(), "low": pa.float64(), "high": pa.float64(),
}  # fmt: skip


def mood_by(prefix: str = "u", names: list[str] | None = None) -> MoodByResult:
    rng = np.random.default_rng(6)
    rows = []
    for rank, name in enumerate(PEOPLE if names is None else names):
        total = 200 - 11 * rank
        bad = int(rng.binomial(total, 0.55 if rank == 3 else 0.12))
        good = int((total - bad) * 0.5)
        rows.append(
            (f"{prefix}:{rank:032x}", name, good, total - bad - good, bad, total, bad / total, *wilson(bad, total))
        )
    return MoodByResult(_table(rows, id=pa.string(), name=pa.string(), **_MOODS))


def aspects(periods: int = 12, *, timed: bool = True) -> AspectsResult:
    random = np.random.default_rng(21)
    rows: list[dict[str, object]] = []
    for at in range(periods if timed else 1):
        when = {"period_us": FIRST_US + at * DAY_US, "label": day(at)} if timed else {"period_us": None, "label": None}
        for size, code in zip((40, 25, 12, 5), ("taste", "delivery", "service", "price"), strict=True):
            good, so, bad = (int(number) + 1 for number in random.poisson([size, 2, size / 3]))
            low, high = wilson(bad, good + so + bad)
            moods = {"positive": good, "neutral": so, "negative": bad, "total": good + so + bad}
            shares = {"negative_share": bad / moods["total"], "low": low, "high": high}
            rows.append({**when, "id": "", "name": "", "aspect": code, **moods, **shares})
    return AspectsResult(pa.Table.from_pylist(rows, ASPECTS_SCHEMA), every="day" if timed else "")


def aspects_by_item() -> AspectsResult:
    rows = [
        row | {"id": f"i:{at}", "name": name}
        for at, name in enumerate(ITEMS[:3])
        for row in aspects(timed=False).rows.to_pylist()
    ]
    return AspectsResult(pa.Table.from_pylist(rows, ASPECTS_SCHEMA), every="")


def emotions(periods: int = 14, *, timed: bool = True) -> EmotionsResult:
    sizes = {"neutral": 40, "happy": 25, "angry": 12, "sad": 6, "surprise": 3, "fear": 2}
    rows = _tagged(EMOTIONS_SCHEMA, sizes, periods if timed else 0, seed=22)
    return EmotionsResult(rows, every="day" if timed else "")


def wants(periods: int = 14, *, timed: bool = True) -> WantsResult:
    sizes = {"greeting": 30, "shipping": 20, "price": 12, "refund": 5}
    rows = _tagged(WANTS_SCHEMA, sizes, periods if timed else 0, seed=23)
    return WantsResult(rows, every="day" if timed else "")


def flags(periods: int = 14, *, timed: bool = True) -> FlagsResult:
    rows = _tagged(FLAGS_SCHEMA, {"advertising": 3, "abuse": 1}, periods if timed else 0, seed=24)
    latest = [
        {
            "ts_us": FIRST_US + 60_000_000 * at, "message_id": f"m:{at}", "person_id": f"u:{at:032x}", "name": name, "flag": "advertising",
            "score": 0.9, "reasons": ["contact.phone"], "text": "加我138****5678，<b>低价</b>出售",
        }
        for at, name in enumerate(PEOPLE[:6])
    ]  # fmt: skip
    return FlagsResult(rows, every="day" if timed else "", latest=pa.Table.from_pylist(latest, LATEST_SCHEMA))


def _tagged(schema: pa.Schema, sizes: dict[str, int], periods: int, seed: int) -> pa.Table:
    """Labels with about so many messages of 100 in each period; without periods, once."""
    random = np.random.default_rng(seed)
    column = schema.names[4]
    rows: list[dict[str, object]] = []
    for at in range(periods or 1):
        when = (
            {"period_us": FIRST_US + at * DAY_US, "label": day(at)} if periods else {"period_us": None, "label": None}
        )
        for code, size in sizes.items():
            many = int(random.binomial(100, size / 100))
            low, high = wilson(many, 100)
            shares = {"rows": many, "total": 100, "share": many / 100, "low": low, "high": high}
            rows.append({**when, "id": "", "name": "", column: code, **shares})
    return pa.Table.from_pylist(rows, schema)


def voices(periods: int = 14, *, timed: bool = True, media: bool = True) -> VoicesResult:
    """What is sent; without `media` only text and stickers."""
    random = np.random.default_rng(25)
    sizes = {"text": 60, "voice": 20, "image": 14, "video": 3, "other": 4} if media else {"text": 60, "other": 4}
    rows: list[dict[str, object]] = []
    for at in range(periods if timed else 1):
        when = {"period_us": FIRST_US + at * DAY_US, "label": day(at)} if timed else {"period_us": None, "label": None}
        counts = {kind: int(random.poisson(size)) + 5 * (kind == "voice") for kind, size in sizes.items()}
        for kind, many in counts.items():
            low, high = wilson(many, sum(counts.values()))
            shares = {
                "rows": many,
                "total": sum(counts.values()),
                "share": many / sum(counts.values()),
                "low": low,
                "high": high,
            }
            length = many * 6.5 if kind in ("voice", "video") else None
            rows.append({**when, "id": "", "name": "", "kind": kind, **shares, "seconds": length})
    languages = [
        {"language": "zh", "recordings": 230, "seconds": 1300.5, "characters": 5400, "rate": 4.15},
        {"language": "en", "recordings": 9, "seconds": 40.0, "characters": 480, "rate": 12.0},
    ]
    return VoicesResult(
        pa.Table.from_pylist(rows, VOICES_SCHEMA), every="day" if timed else "", voices=280 if media else 0,
        videos=42 if media else 0,
        recordings=260 if media else 0, transcribed=255 if media else None, refused=5 if media else None,
        silent=16 if media else None, spoken_seconds=1340.5 if media else None, rate=4.4 if media else None,
        languages=pa.Table.from_pylist(languages if media else [], LANGUAGES_SCHEMA),
        unheard=None if media else Reason("no_transcripts"),
    )  # fmt: skip


def voice_wants() -> VoiceWantsResult:
    told = [
        ("mood", "negative", 70, 110, 0.00002), ("want", "refund", 48, 60, 0.004), ("blamed", "delivery", 31, 41, 0.02),
        ("emotion", "angry", 22, 50, 0.09), ("want", "price", 9, 140, 0.2), ("blamed", "service", 12, 30, 0.6),
    ]  # fmt: skip
    rows = [
        {
            "of": of, "code": code, "voice_rows": a, "voice_share": a / 239, "text_rows": b, "text_share": b / 840,
            "difference": a / 239 - b / 840, "low": a / 239 - b / 840 - 0.06, "high": a / 239 - b / 840 + 0.06, "q_value": q,
            "example_ids": ["m:1", "m:2"],
        }
        for of, code, a, b, q in told
    ]  # fmt: skip
    return VoiceWantsResult(
        pa.Table.from_pylist(rows, VOICE_WANTS_SCHEMA), voices=239, foreign=9, texts=840, missing=()
    )


def picture_kinds() -> PictureKindsResult:
    told = {
        "shows": {"chat": 30, "text": 66, "face": 41, "faces": 12, "code": 9},
        "person": {"person": 30, "people": 12, "drawing": 11, "none": 147},
        "safe": {"safe": 190, "unsure": 7, "unsafe": 3},
    }
    rows = []
    for of, counts in told.items():
        for code, many in counts.items():
            low, high = wilson(many, 200)
            rows.append(
                {"of": of, "code": code, "rows": many, "total": 200, "share": many / 200, "low": low, "high": high}
            )
    table = pa.Table.from_pylist(rows, PICTURE_KINDS_SCHEMA)
    return PictureKindsResult(table, pictures=200, refused=2, missing=("object",))


def near_duplicates() -> NearDuplicatesResult:
    rows = [
        {
            "rows": 12 - 4 * at, "people": 5 - 2 * at, "conversations": 3, "first_us": FIRST_US, "last_us": FIRST_US + at * DAY_US,
            "record_id": f"m:{at}", "media_id": f"d:{at}", "text": text, "codes": [], "verdict": "safe", "path": f"media/{at}.jpg",
        }
        for at, text in enumerate(("限时特惠 加微信 138****5678 领<b>红包</b>，转发十个群再送一份大礼，先到先得", ""))
    ]  # fmt: skip
    table = pa.Table.from_pylist(rows, NEAR_DUPLICATES_SCHEMA)
    return NearDuplicatesResult(table, pictures=200, repeated=20, groups=2)


def unsafe(periods: int = 14, *, timed: bool = True) -> UnsafeResult:
    random = np.random.default_rng(26)
    rows: list[dict[str, object]] = []
    for at in range(periods if timed else 1):
        when = {"period_us": FIRST_US + at * DAY_US, "label": day(at)} if timed else {"period_us": None, "label": None}
        for kind, total in (("image", 40), ("voice", 20), ("video", 5)):
            bad, unsure = (int(number) for number in random.binomial(total, [0.05, 0.1]))
            low, high = wilson(bad, total)
            counts = {"unsafe": bad, "unsure": unsure, "judged": total, "share": bad / total, "low": low, "high": high}
            rows.append({**when, "id": "", "name": "", "kind": kind, **counts})
    latest = [
        {
            "ts_us": FIRST_US + 60_000_000 * at, "message_id": f"m:{at}", "media_id": f"d:{at}", "person_id": f"u:{at:032x}", "name": name,
            "kind": "image", "verdict": ("unsafe", "unsure")[at % 2], "score": 0.8, "by": ["nsfw", "ocr"][: at % 2 + 1],
            "failed": ["code"] if at == 5 else None, "path": f"media/0{at}/0{at}{'a' * 62}.png",
        }
        for at, name in enumerate(PEOPLE[:6])
    ]  # fmt: skip
    spoke = [{"by": "nsfw", "unsafe": 3, "unsure": 5}, {"by": "ocr", "unsafe": 1, "unsure": 2}]
    return UnsafeResult(
        pa.Table.from_pylist(rows, UNSAFE_SCHEMA), every="day" if timed else "", unsafe=4, judged=260, unjudged=3,
        spoke=pa.Table.from_pylist(spoke, SPOKE_SCHEMA), not_detected=("gore", "violence"),
        gaps=pa.Table.from_pylist([{"failed": "code", "files": 2}], GAPS_SCHEMA),
        latest=pa.Table.from_pylist(latest, UNSAFE_LATEST_SCHEMA),
    )  # fmt: skip


def rfm() -> RfmResult:
    people = [
        (
            f"u:{rank:032x}",
            name,
            FIRST_US,
            3 + rank,
            9 - rank // 2,
            Decimal(2000 - 100 * rank),
            5,
            5 - rank // 4,
            5,
            "champion" if rank < 4 else "lost",
        )
        for rank, name in enumerate(PEOPLE)
    ]
    segments = [
        ("champion", 42, 0.07, Decimal("52310.5"), 0.41, 4.0, 8.2),
        ("loyal", 88, 0.15, Decimal(30100), 0.24, 12.0, 5.1),
        ("promising", 64, 0.11, Decimal(8100), 0.06, 9.0, 1.6),
        ("new", 71, 0.12, Decimal(5200), 0.04, 5.0, 1.0),
        ("attention", 90, 0.15, Decimal(9900), 0.08, 40.0, 2.2),
        ("at_risk", 55, 0.09, Decimal(17200), 0.13, 71.0, 4.4),
        ("hibernating", 120, 0.21, Decimal(4000), 0.03, 90.0, 1.2),
        ("lost", 60, 0.10, Decimal(1300), 0.01, 120.0, 1.0),
    ]
    return RfmResult(
        _table(
            people,
            user_id=pa.string(), name=pa.string(), last_us=pa.int64(), recency_days=pa.int64(), frequency=pa.int64(), monetary=MONEY,
            r=pa.int64(), f=pa.int64(), m=pa.int64(), segment=pa.string(),
        ),
        segments=_table(
            segments,
            segment=pa.string(), people=pa.int64(), share=pa.float64(), amount=MONEY, amount_share=pa.float64(),
            median_recency_days=pa.float64(), mean_frequency=pa.float64(),
        ),
    )  # fmt: skip


def conversion() -> ConversionResult:
    rows = [
        ("view", 5200, 41000, 1.0, None, 38000, None),
        ("cart", 1810, 4200, 0.348, 0.348, 3900, 0.103),
        ("fav", 930, 1700, 0.179, 0.514, 1600, 0.410),
        ("buy", 412, 700, 0.079, 0.443, 640, 0.4),
    ]
    table = _table(
        rows,
        step=pa.string(), people=pa.int64(), events=pa.int64(), share_of_first=pa.float64(), share_of_previous=pa.float64(),
        pairs=pa.int64(), pair_share=pa.float64(),
    )  # fmt: skip
    return ConversionResult(table)


def anomalies(*, of: str = "talk") -> AnomaliesResult:
    talk = [
        ("negative", 44, 61, 8.2, 1e-30, "up", ["破损", "退款", "压坏"], 38),
        ("negative", 45, 50, 8.4, 1e-21, "up", ["破损", "客服"], 31),
        ("messages", 44, 190, 66.0, 1e-18, "up", ["破损", "退款"], 70),
        ("messages", 20, 22, 60.0, 1e-6, "down", ["公告"], 12),
    ]
    deeds = [("event:subscribe", 30, 240, 22.0, 1e-40, "up", [], 240), ("amount", 51, 9100, 2100.0, 1e-9, "up", [], 60)]
    rows = [
        (code, FIRST_US + at * DAY_US, day(at), float(seen), expected, seen / expected, p, p * 10, way, found, people)
        for code, at, seen, expected, p, way, found, people in {"talk": talk, "deeds": deeds, "both": talk + deeds}[of]
    ]
    table = _table(
        rows,
        series=pa.string(), period_us=pa.int64(), label=pa.string(), observed=pa.float64(), expected=pa.float64(), ratio=pa.float64(),
        p_value=pa.float64(), q_value=pa.float64(), direction=pa.string(), top_words=pa.list_(pa.string()), people=pa.int64(),
    )  # fmt: skip
    return AnomaliesResult(table, series=tuple(dict.fromkeys(row[0] for row in rows)), tests=240)


def rules() -> AssociationRulesResult:
    """One rule of two things, bought together, and many of one."""
    rng = np.random.default_rng(7)
    rows = [_rule([0, 1], 2, 140, 0.82, 5.1, 1e-38)]
    for _ in range(26):
        a, b = (int(k) for k in rng.choice(len(ITEMS), 2, replace=False))
        rows.append(_rule([a], b, int(rng.integers(20, 120)), 0.4, float(rng.uniform(1.2, 4.6)), 1e-5))
    table = pa.Table.from_pylist(rows, RULES_SCHEMA)
    return AssociationRulesResult(
        table, baskets=4000, items=len(ITEMS), mean_size=2.6, rules=len(rows), tested=900, min_rows=5, events=("buy",)
    )


def _rule(before: list[int], after: int, rows: int, confidence: float, lift: float, q_value: float) -> dict[str, Any]:
    return {
        "antecedent": [f"i:{k}" for k in before], "antecedent_names": [ITEMS[k] for k in before],
        "consequent": [f"i:{after}"], "consequent_names": [ITEMS[after]],
        "rows": rows, "antecedent_rows": round(rows / confidence), "consequent_rows": round(4000 * confidence / lift),
        "support": rows / 4000, "confidence": confidence, "lift": lift, "leverage": 0.01, "conviction": 1.4,
        "p_value": q_value / 10, "q_value": q_value,
    }  # fmt: skip


def sequences() -> FrequentSequencesResult:
    """A dozen times first one thing, then another."""
    rng = np.random.default_rng(8)
    rows = []
    for _ in range(12):
        before, after = (int(k) for k in rng.choice(len(ITEMS), 2, replace=False))
        held, confidence, usual = int(rng.integers(60, 200)), float(rng.uniform(0.3, 0.7)), int(rng.integers(20, 80))
        figures = {
            "support": held * confidence / 400,
            "lift": confidence / usual * 400,
            "p_value": 1e-9,
            "q_value": 1e-6,
        }
        rows.append(
            {
                "items": [f"i:{before}", f"i:{after}"], "item_names": [ITEMS[before], ITEMS[after]], "length": 2,
                "rows": round(held * confidence), "antecedent_rows": held, "consequent_rows": usual, "confidence": confidence,
                **figures,
            }
        )  # fmt: skip
    table = pa.Table.from_pylist(rows, SEQUENCES_SCHEMA)
    return FrequentSequencesResult(table, of="item", persons=400, sequences=12, min_rows=5, max_gap_days=30)


def contrast() -> ContrastResult:
    """A thing and a pair of things that rose, and one that fell."""
    rows = []
    for items, left, right in (([0], 40, 130), ([1, 2], 5, 46), ([3], 160, 70)):
        table = {"left_rows": left, "right_rows": right, "left_support": left / 900, "right_support": right / 1000}
        rows.append(
            {
                "items": [f"i:{k}" for k in items], "item_names": [ITEMS[k] for k in items], "length": len(items), **table,
                "difference": right / 1000 - left / 900, "growth": right / left * 0.9, "expected_growth": 1.0,
                "odds_ratio": right / left, "odds_low": right / left / 2, "odds_high": right / left * 2, "p_value": 1e-8, "q_value": 1e-5,
            }
        )  # fmt: skip
    table = pa.Table.from_pylist(rows, CONTRAST_SCHEMA)
    return ContrastResult(
        table, between="month", left="2024-01", right="2024-02", left_baskets=900, right_baskets=1000, tested=80, contrasts=3
    )  # fmt: skip


def overview(**figures: Any) -> OverviewResult:
    rows = _table(
        [("messages", "text", 3900, 15, FIRST_US, FIRST_US + 60 * DAY_US)],
        part=pa.string(), kind=pa.string(), rows=pa.int64(), people=pa.int64(), first_us=pa.int64(), last_us=pa.int64(),
    )  # fmt: skip
    return OverviewResult(rows, **figures)


def _table(values: list[tuple[object, ...]], /, **schema: pa.DataType) -> pa.Table:
    columns = list(zip(*values, strict=True)) if values else [[] for _ in schema]
    arrays = [pa.array(list(data), kind) for data, kind in zip(columns, schema.values(), strict=True)]
    return pa.table(arrays, names=list(schema))


# --- whole workspaces ------------------------------------------------------------------------------------------------

NO_MESSAGES = Unavailable(Reason("no_rows", {"table": "messages"}))
NO_EVENTS = Unavailable(Reason("no_rows", {"table": "events"}))
NO_TIMES = Unavailable(Reason("no_times", {"table": "messages"}))
NO_MODEL = Unavailable(Reason("no_annotations", {"task": "sentiment"}))

Answer = Rows | Unavailable


def workspace(kind: str) -> Callable[[object], Answer]:
    """Somebody who answers every question of the report for a workspace of some kind: "chats", "reviews" (no times, no names), "orders",
    "log" (events without orders), "ratings", "baskets", "shop" (everything) or "empty"."""
    talks, deeds = kind in ("chats", "shop", "reviews"), kind in ("orders", "log", "ratings", "baskets", "shop")
    timed = kind not in ("reviews", "baskets")
    told = (NO_MESSAGES, NO_TIMES) if talks else (NO_MESSAGES, NO_MESSAGES)
    done = (NO_EVENTS, NO_TIMES) if deeds else (NO_EVENTS, NO_EVENTS)

    def talk(make: Callable[[], Answer], *, clock: bool = False) -> Answer:
        return make() if talks and (timed or not clock) else told[talks and clock]

    def deed(make: Callable[[], Answer], *, clock: bool = False) -> Answer:
        return make() if deeds and (timed or not clock) else done[deeds and clock]

    def ask(question: object) -> Answer:
        by, of = getattr(question, "by", ""), getattr(question, "of", "messages")
        match type(question).__name__, of:
            case "Overview", _:
                return _overview(kind, talks, deeds, timed)
            case "Volume", "messages":
                return talk(volume, clock=True)
            case "Volume", _:
                return deed(lambda: volume(of="events"), clock=True)
            case "Hours", "messages":
                return talk(hours, clock=True)
            case "Hours", _:
                return deed(hours, clock=True)
            case "Ranking", "messages":
                return NO_MESSAGES if kind == "reviews" else talk(ranking)
            case "Ranking", "amount":
                return deed(lambda: ranking("i", ITEMS, money=True)) if kind in ("orders", "shop") else NO_EVENTS
            case "Ranking", _:
                return (
                    deed(lambda: ranking("i", ITEMS) if by == "item" else ranking())
                    if by == "item" or kind != "baskets"
                    else NO_EVENTS
                )
            case "Latency", _:
                return talk(latency, clock=True)
            case "Mood", _:
                return talk(mood, clock=True)
            case "MoodBy", _:
                if by == "item":
                    return mood_by("i", ITEMS) if kind == "shop" else NO_MESSAGES
                return talk(mood_by) if by == "conversation" or kind != "reviews" else NO_MESSAGES
            case "Emotions" | "Wants" | "Flags", _:
                given = {"Emotions": emotions, "Wants": wants, "Flags": flags}[type(question).__name__]
                over_time = getattr(question, "every", None) is not None
                return talk(lambda: given(timed=over_time), clock=over_time)
            case "Voices", _:
                over_time = getattr(question, "every", None) is not None
                return talk(lambda: voices(timed=over_time, media=kind == "shop"), clock=over_time)
            case "VoiceWants", _:
                return voice_wants() if kind == "shop" else Unavailable(Reason("no_voices"))
            case "PictureKinds", _:
                return picture_kinds() if kind == "shop" else Unavailable(Reason("not_looked_at"))
            case "NearDuplicates", _:
                return near_duplicates() if kind == "shop" else Unavailable(Reason("not_looked_at"))
            case "Unsafe", _:
                over_time = getattr(question, "every", None) is not None
                return unsafe(timed=over_time) if kind == "shop" else Unavailable(Reason("not_judged"))
            case "Aspects", _:
                if by == "item":
                    return aspects_by_item() if kind == "shop" else NO_MESSAGES
                over_time = getattr(question, "every", None) is not None
                return talk(lambda: aspects(timed=over_time), clock=over_time)
            case "Topics", _:
                return talk(topics)
            case "Words", _:
                return talk(words if getattr(question, "by_label", False) else all_words)
            case "Keywords", _:
                return talk(keywords, clock=True)
            case "Conversion", _:
                return conversion() if kind in ("log", "shop") else NO_EVENTS
            case "Rfm", _:
                return rfm() if kind in ("orders", "shop") else NO_EVENTS
            case "AssociationRules", _:
                return rules() if kind in ("orders", "baskets", "shop") else NO_EVENTS
            case "FrequentSequences", _:
                return sequences() if kind in ("orders", "log", "shop") else NO_EVENTS
            case "Contrast", _:
                return contrast() if kind in ("orders", "shop") else NO_EVENTS
            case "Anomalies", _:
                of_what = "both" if kind == "shop" else "talk" if talks else "deeds"
                return (
                    anomalies(of=of_what) if timed and (talks or deeds) else NO_TIMES if talks or deeds else NO_MESSAGES
                )
        raise AssertionError(f"no answer prepared for {question!r}")

    return ask


def all_words() -> WordsResult:
    rows = words().rows
    return WordsResult(rows.set_column(0, "label", pa.array([""] * rows.num_rows)))


def _overview(kind: str, talks: bool, deeds: bool, timed: bool) -> Answer:
    if kind == "empty":
        return NO_MESSAGES
    return overview(
        messages=3900 if talks else 0, spoken=3600 if talks else 0, people=0 if kind in ("reviews", "baskets") else 590,
        conversations=12 if talks else 0, events=47600 if deeds else 0, baskets=4000 if kind in ("orders", "baskets", "shop") else 0,
        items=len(ITEMS) if deeds else 0, buyers=412 if kind in ("orders", "shop") else 0,
        amount=Decimal("128110.50") if kind in ("orders", "shop") else None, currencies=(),
        first_us=FIRST_US if timed else None, last_us=FIRST_US + 59 * DAY_US if timed else None,
    )  # fmt: skip
