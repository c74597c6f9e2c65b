"""The simulated shop by the million, for benchmarks: chat rows and baskets as streams of Arrow batches, in flat memory.

Every batch is drawn from `PCG64` seeded with (seed, number of the batch); only the raw bits are used, which NumPy promises to keep, so
that a stream is the same everywhere and any part of it can be made alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.sandbox.population.catalogue import Goods, catalogue
from jianwei.sandbox.population.chats import WECHATMSG_COLUMNS
from jianwei.sandbox.population.dice import Dice
from jianwei.sandbox.population.facts import wording
from jianwei.sandbox.population.phrases import Act, Scene, fill, load, private_scenes, vary
from jianwei.sandbox.population.season import Season
from jianwei.sandbox.population.shop import Rule

__all__ = ["BASKET_RULE", "BASKET_SCHEMA", "MESSAGE_SCHEMA", "stream_baskets", "stream_messages", "write_wechatmsg_csv"]

_BATCH = 100_000
_TALKERS, _DAYS = 4_000, 365

MESSAGE_SCHEMA = pa.schema(
    [pa.field(name, pa.string() if name in ("Status", "StrContent", "StrTime", "Remark", "NickName", "Sender") else pa.int64())
     for name in WECHATMSG_COLUMNS]
)  # fmt: skip

BASKET_SCHEMA = pa.schema([("basket_id", pa.int64()), ("items", pa.list_(pa.int32()))])

BASKET_RULE = Rule(("0", "1"), "2", 0.6, 0.01)
"""The rule planted in `stream_baskets`: items 0 and 1, bought together in 2 % of the baskets, bring item 2."""


def _uniform(bits: np.random.PCG64, count: int) -> np.ndarray:
    """float64 [count] in [0, 1)."""
    return (bits.random_raw(count) >> np.uint64(11)) * 2.0**-53


def _whole(bits: np.random.PCG64, count: int, below: int) -> np.ndarray:
    """int64 [count] in [0, below)."""
    return (_uniform(bits, count) * below).astype(np.int64)


def _batches(seed: int, rows: int, size: int) -> Iterator[tuple[int, int, np.random.PCG64]]:
    for number, first in enumerate(range(0, rows, size)):
        yield first, min(size, rows - first), np.random.PCG64(np.random.SeedSequence([seed, number]))


@dataclass(frozen=True, slots=True)
class _Pools:
    """One pool of texts for each manner of speaking, end to end: the shop's, and customers' of each mood."""

    texts: pa.StringArray
    starts: np.ndarray
    sizes: np.ndarray

    @classmethod
    def of(cls, pools: Sequence[Sequence[str]]) -> _Pools:
        sizes = np.array([len(pool) for pool in pools])
        texts = pa.array([text for pool in pools for text in pool], pa.string())
        return cls(texts, np.cumsum(sizes) - sizes, sizes)

    def draw(self, bits: np.random.PCG64, manner: np.ndarray, share: float = 1.0) -> pa.StringArray:
        """A text of each row's pool; where `share` is below 1, the pool's first text in all but that share of the rows."""
        roll = _uniform(bits, len(manner)) / share
        at = np.where(roll < 1, (roll * self.sizes[manner]).astype(np.int64), 0)
        return self.texts.take(pa.array(self.starts[manner] + at))


_SHOP, _POSITIVE, _NEUTRAL, _NEGATIVE = range(4)
_CORES = (4000, 1500, 5000, 1500)


def _manner(act: Act) -> int:
    return _SHOP if act.by == "s" else {"positive": _POSITIVE, "neutral": _NEUTRAL, "negative": _NEGATIVE}[act.mood]


@cache
def _cores() -> _Pools:
    """Lines of the private scenes with facts filled in: what openings and endings are then put around."""
    dice = Dice("bulk")
    lines: list[dict[str, Scene]] = [{}, {}, {}, {}]
    for scene in (scene for scene in private_scenes() if not scene.need):
        for act in (act for flow in scene.flows for act in flow):
            for line in (line for group in act.lines for line in group if "<" not in line and "|" not in line):
                lines[_manner(act)].setdefault(line, scene)
    known = [(goods, _facts(goods, dice)) for goods in catalogue().values() for _ in range(8)]
    fitting = {
        fits: [facts for goods, facts in known if goods.fits(fits)]
        for fits in {scene.fits for pool in lines for scene in pool.values()}
    }
    pools = []
    for pool, count in zip(lines, _CORES, strict=True):
        options = list(pool.items())
        chosen = (dice.pick(options) for _ in range(count))
        texts = [fill(vary(line, dice), dice.pick(fitting[scene.fits])) for line, scene in chosen]
        pools.append([text.rstrip("。！？，") or text for text in texts])
    return _Pools.of(pools)


def _facts(goods: Goods, dice: Dice) -> dict[str, str]:
    days = {"eta": dice.pick(("周三", "明天", "后天", "12号")), "bought": dice.pick(("周一", "上周五", "前天", "3号"))}
    return wording(goods, "小满", dice) | days


@cache
def _edges() -> tuple[_Pools, _Pools, _Pools]:
    """Openings, closings and signs for each manner of speaking; the first of each is empty."""
    words = load("voice")
    opens, closes, signs = words["openers"], words["closers"], words["signs"]
    shop, customer = ("warm", "plain", "cute"), ("bargain", "loyal", "gift")

    def openers(*manners: str) -> list[str]:
        lines = (line.replace("{staff}", "小满") for manner in manners for line in opens[manner] if line)
        return ["", *dict.fromkeys(line.rstrip("|，！？～。") + "，" for line in lines)]

    def closers(*manners: str) -> list[str]:
        return ["", *dict.fromkeys(line for manner in manners for line in closes[manner] if line)]

    def ends(mood: str, *marks: str) -> list[str]:
        return [
            "",
            *marks,
            *(mark + sign * times for mark in ("", *marks) for sign in signs[mood] for times in (1, 2, 3)),
        ]

    return (
        _Pools.of((openers(*shop), openers(*customer), openers(*customer, "ask"), openers("angry"))),
        _Pools.of((closers(*shop), [""], closers(*customer), [""])),
        _Pools.of(
            (
                ends("shop", "～", "！"),
                ends("positive", "！", "～", "！！"),
                ends("neutral", "。", "～"),
                ends("negative", "！", "！！", "……", "？？"),
            )
        ),
    )


def stream_messages(seed: int, rows: int, start: str = "2026-03-02") -> Iterator[pa.RecordBatch]:
    """Chat rows in the columns of WeChatMsg, in order of time, spread over a year from `start`.

    About 74 % of the texts are distinct in a million rows, 58 % in five millions.

    Yields:
        Batches in `MESSAGE_SCHEMA`; memory does not grow with `rows`.
    """
    begin = Season.of(start, 60).begin
    openers, closers, signs = _edges()
    dice = Dice(seed, "talkers")
    users = pa.array(
        [f"wxid_{dice.letters('abcdefghijklmnopqrstuvwxyz0123456789', 14)}" for _ in range(_TALKERS)], pa.string()
    )
    pieces = load("people")["nickname"]
    nicknames = pa.array(
        [f"{dice.pick(pieces['heads'])}{dice.pick(pieces['tails'])}" for _ in range(_TALKERS)], pa.string()
    )
    step = _DAYS * 86_400 / max(rows, 1)
    for first, count, bits in _batches(seed, rows, _BATCH):
        # Squaring favours the first talkers: some write every day, most now and then.
        talker = (_uniform(bits, count) ** 2 * _TALKERS).astype(np.int64)
        mine = _uniform(bits, count) < 0.45
        moods = np.searchsorted((0.2, 0.85), _uniform(bits, count), side="right") + _POSITIVE
        manner = np.where(mine, _SHOP, moods)
        texts = pc.binary_join_element_wise(
            openers.draw(bits, manner, 0.5),
            _cores().draw(bits, manner),
            closers.draw(bits, manner, 0.5),
            signs.draw(bits, manner, 0.6),
            "",
        )
        at = begin + ((np.arange(first, first + count) + _uniform(bits, count)) * step).astype(np.int64)
        who = pa.array(talker)
        sent = pa.array(mine)
        name = pc.if_else(sent, "拾山-小满", nicknames.take(who))
        columns = [
            pa.array(np.arange(first + 1, first + count + 1)),
            pa.array(talker + 201),
            pa.array(np.ones(count, np.int64)),
            pa.array(np.zeros(count, np.int64)),
            pa.array(mine.astype(np.int64)),
            pa.array(at),
            pa.array([""]).take(pa.array(np.zeros(count, np.int64))),
            texts,
            pa.array(at + 8 * 3600).cast(pa.timestamp("s")).cast(pa.string()),
            name,
            name,
            pc.if_else(sent, "wxid_shishan_xiaoman", users.take(who)),
        ]
        yield pa.record_batch(columns, schema=MESSAGE_SCHEMA)


def _quoted(texts: pa.StringArray) -> pa.StringArray:
    """Minimal CSV quoting; columns without a special character pass through."""
    special = pc.match_substring_regex(texts, '[",\r\n]')
    if not pc.any(special).as_py():
        return texts
    wrapped = pc.binary_join_element_wise('"', pc.replace_substring(texts, '"', '""'), '"', "")
    return pc.if_else(special, wrapped, texts)


def _lines(columns: Sequence[pa.Array]) -> pa.Buffer:
    """The rows as CSV text, CRLF after each: joined in Arrow, and taken from its buffer as they lie there."""
    cells = [_quoted(column) if pa.types.is_string(column.type) else column.cast(pa.string()) for column in columns]
    lines = pc.binary_join_element_wise(*cells[:-1], pc.binary_join_element_wise(cells[-1], "\r\n", ""), ",")
    _, offsets, data = lines.buffers()
    ends = np.frombuffer(offsets, np.int32)[lines.offset : lines.offset + len(lines) + 1]
    return data.slice(int(ends[0]), int(ends[-1] - ends[0]))


def write_wechatmsg_csv(path: Path, rows: int, seed: int = 7, start: str = "2026-03-02") -> Path:
    """Write `rows` chat rows as one WeChatMsg CSV (UTF-8 with BOM, CRLF, minimal quoting), the whole database of one account."""
    with path.open("wb") as file:
        file.write(b"\xef\xbb\xbf" + ",".join(WECHATMSG_COLUMNS).encode() + b"\r\n")
        for batch in stream_messages(seed, rows, start):
            file.write(_lines(batch.columns))
    return path


@cache
def _popularity(items: int) -> np.ndarray:
    """int32 [2**20]: item numbers from 3 on, each as often as Zipf's law has it; a random index draws an item."""
    weights = 1 / np.arange(1, items - 2, dtype=np.float64)
    ends = np.cumsum(weights) / weights.sum()
    return (3 + np.searchsorted(ends, (np.arange(1 << 20) + 0.5) / (1 << 20))).astype(np.int32)


def stream_baskets(seed: int, rows: int, items: int = 20_000) -> Iterator[pa.RecordBatch]:
    """Baskets of 1 to 12 different items, with `BASKET_RULE` planted.

    Args:
        rows: number of baskets.
        items: size of the assortment; 0, 1 and 2 belong to the rule, the others follow Zipf's law.

    Yields:
        Batches in `BASKET_SCHEMA`; the items of a basket are sorted.
    """
    table = _popularity(items)
    sizes = np.repeat(np.arange(1, 13), (8, 14, 16, 15, 12, 10, 8, 6, 5, 3, 2, 1))
    for first, count, bits in _batches(seed, rows, 5 * _BATCH):
        size = sizes[_whole(bits, count, len(sizes))]
        owner = np.repeat(np.arange(count), size)
        chosen = table[_whole(bits, len(owner), len(table))]
        both = np.flatnonzero(_uniform(bits, count) < 0.02)
        rate = np.full(count, BASKET_RULE.base)
        rate[both] = BASKET_RULE.confidence
        third = np.flatnonzero(_uniform(bits, count) < rate)
        owners = np.concatenate((owner, both, both, third))
        numbers = np.concatenate((chosen, np.zeros_like(both), np.ones_like(both), np.full_like(third, 2)))
        # Owner above, item below: one sort orders both, and twins of a basket become neighbours.
        keys = owners << 32 | numbers
        keys.sort()
        keys = keys[np.concatenate(([True], keys[1:] != keys[:-1]))]
        offsets = np.concatenate(([0], np.cumsum(np.bincount(keys >> 32, minlength=count)))).astype(np.int32)
        lists = pa.ListArray.from_arrays(pa.array(offsets), pa.array((keys & 0xFFFFFFFF).astype(np.int32)))
        yield pa.record_batch([pa.array(np.arange(first, first + count)), lists], schema=BASKET_SCHEMA)
