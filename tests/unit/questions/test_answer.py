"""Answers: equal whether computed or remembered, remembered only while nothing they depend on has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pyarrow as pa
import pytest
import sqlalchemy as sa

from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.engines.duckdb import DuckDBEngine
from jianwei.errors import SnapshotExpiredError, UsageError
from jianwei.query._base import Reader, check, setting
from jianwei.questions import Coverage, answer
from jianwei.questions.answering import Asker
from jianwei.records import TABLES
from jianwei.store import Store, open_store
from jianwei.store.state.tables import answers


@dataclass(frozen=True)
class Counted(Rows):
    total: int
    share: float
    spent: Decimal
    model: str | None
    beside: pa.Table


@dataclass(frozen=True, kw_only=True)
class Count:
    """Counts messages by text, and says how often it was computed."""

    tables: ClassVar[tuple[str, ...]] = ("messages", "annotations")
    tasks: ClassVar[tuple[str, ...]] = ("words",)
    computed: ClassVar[list[str]] = []
    meanwhile: ClassVar[list[Callable[[], None]]] = []

    limit: int = setting(10, "rows to show", minimum=1, maximum=100)
    word: str | None = setting(None, "count only this")

    def __post_init__(self) -> None:
        check(self)

    def compute(self, reader: Reader) -> Counted | Unavailable:
        self.computed.append(reader.zone)
        while self.meanwhile:
            self.meanwhile.pop()()
        said = reader.table("messages")
        if self.word is not None:
            said = said.filter(said.text == self.word)
        counts = said.group_by("text").aggregate(n=said.count()).order_by("text").limit(self.limit)
        rows = reader.execute(counts)
        if not rows.num_rows:
            return Unavailable(Reason("no_messages", {"limit": self.limit}))
        model = reader.current("words")
        total = sum(rows.column("n").to_pylist())
        annotations = reader.table("annotations")
        noted = reader.execute(annotations.select("record_id").order_by("record_id"))
        name = None if model is None else f"{model.model} {model.version}"
        return Counted(rows, total, float("nan"), Decimal("1.50"), name, noted)


@dataclass(frozen=True, kw_only=True)
class CountAgain(Count):
    """Another question with the same settings."""


@dataclass(frozen=True, kw_only=True)
class Noted:
    """Reads annotations alone."""

    tables: ClassVar[tuple[str, ...]] = ("annotations",)
    tasks: ClassVar[tuple[str, ...]] = ()

    def compute(self, reader: Reader) -> Rows:
        table = reader.table("annotations")
        return Rows(reader.execute(table.select("record_id").order_by("record_id")))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    Count.computed.clear()
    Count.meanwhile.clear()
    store = open_store(tmp_path / "w")
    add(store, 1, "你好", input_id="i:a")
    add(store, 2, "你好", input_id="i:b")
    add(store, 3, "再见", input_id="i:b")
    with store.writing() as lake:
        key = {"task": "words", "part": 0, "model": "m", "version": "1", "stage": "text"}
        notes = [key | {"record_id": f"m:{number}"} for number in (1, 2, 3, 9)]
        lake.append_new("annotations", pa.Table.from_pylist(notes, TABLES["annotations"].schema))
    yield store
    assert not Count.meanwhile


def add(store: Store, number: int, text: str, table: str = "messages", **values: Any) -> None:
    key = TABLES[table].key[0]
    given = {key: f"{table[0]}:{number}", "ts_us": number, **({"text": text} if table == "messages" else {}), **values}
    with store.writing() as lake:
        lake.append_new(table, pa.Table.from_pylist([given], TABLES[table].schema))


def ask(store: Store, question: Any = None, **options: Any) -> Any:
    return answer(question or Count(), store=store, engine=DuckDBEngine(), **options)


def same(one: Counted, two: Counted) -> bool:
    figures = [(r.total, repr(r.share), r.spent, r.model, r.provenance) for r in (one, two)]
    tables = one.rows.equals(two.rows, check_metadata=True) and one.beside.equals(two.beside, check_metadata=True)
    return type(one) is type(two) and figures[0] == figures[1] and tables


def test_remembered_answer_equals_the_computed_one(store: Store) -> None:
    store.state.set_current("words", "rjieba", "1")
    fresh = ask(store)
    kept = ask(store)
    anew = ask(store, remember=False)
    assert len(Count.computed) == 2
    assert {row["text"]: row["n"] for row in fresh} == {"你好": 2, "再见": 1}
    assert (fresh.total, fresh.model, fresh.spent) == (3, "rjieba 1", Decimal("1.50"))
    assert same(fresh, kept)
    assert same(fresh, anew)
    assert same(ask(open_store(store.folder)), fresh)
    assert len(Count.computed) == 2


def _of_another_class(payload: bytes) -> bytes:
    """The same answer as a version with one figure more wrote it."""
    size = int.from_bytes(payload[:8], "little")
    head = msgspec.msgpack.decode(payload[8 : 8 + size])
    head["fields"]["median"] = {"value": 1}
    packed = msgspec.msgpack.encode(head)
    return len(packed).to_bytes(8, "little") + packed + payload[8 + size :]


@pytest.mark.parametrize(
    "harm", [_of_another_class, lambda kept: kept[:-40], lambda kept: b"", lambda kept: b"\xff" * 99]
)
def test_a_remembered_answer_that_cannot_be_read_is_computed_again(
    store: Store, harm: Callable[[bytes], bytes]
) -> None:
    fresh = ask(store)
    with store.state.engine.begin() as connection:
        (kept,) = connection.execute(sa.select(answers.c.payload)).scalars()
        connection.execute(sa.update(answers).values(payload=harm(kept)))
    assert same(ask(store), fresh)
    assert same(ask(store), fresh)
    assert len(Count.computed) == 2  # and is remembered again


def test_provenance_says_what_the_answer_was_made_from(store: Store) -> None:
    store.state.set_current("words", "rjieba", "0.2")
    store.state.set_current("sentiment", "lexicon", "1")
    made_from = ask(store, Count(limit=5, word="你好")).provenance
    assert made_from.question == "Count"
    assert made_from.settings == '{"limit":5,"word":"你好"}'
    assert made_from.tables == {"annotations": 1, "messages": 3}
    assert made_from.models == {"words": "rjieba/0.2"}
    assert made_from.engine == "duckdb"


def test_tables_that_do_not_exist_have_version_minus_one(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    nothing = ask(open_store(tmp_path / "other"), Noted())
    assert nothing.rows.num_rows == 0
    assert nothing.provenance.tables == {"annotations": -1}


def test_unavailable_is_remembered_with_its_reason(store: Store) -> None:
    question = Count(word="没有", limit=7)
    expected = Unavailable(Reason("no_messages", {"limit": 7}))
    assert ask(store, question) == ask(store, question) == expected
    assert len(Count.computed) == 1
    add(store, 4, "没有")
    assert ask(store, question).total == 1


CHANGES: dict[str, tuple[Callable[[Store], None], dict[str, Any]]] = {
    "settings": (lambda store: None, {"question": Count(limit=9)}),
    "a setting that was empty": (lambda store: None, {"question": Count(word="你好")}),
    "question": (lambda store: None, {"question": CountAgain()}),
    "zone": (lambda store: None, {"coverage": Coverage("UTC")}),
    "inputs": (lambda store: None, {"coverage": Coverage(inputs=frozenset({"i:a", "i:b"}))}),
    "rows of its table": (lambda store: add(store, 9, "新"), {}),
    "model": (lambda store: store.state.set_current("words", "rjieba", "1"), {}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_answer_is_computed_again_when_it_may_be_another(store: Store, change: str) -> None:
    ask(store)
    change_state, options = CHANGES[change]
    change_state(store)
    for _ in range(2):
        ask(store, **options)
    assert len(Count.computed) == 2


def test_versions_of_a_model_are_told_apart(store: Store) -> None:
    for version in ("1", "2", "1"):
        store.state.set_current("words", "rjieba", version)
        assert ask(store).model == f"rjieba {version}"
    assert len(Count.computed) == 2


@pytest.mark.parametrize(
    "inputs",
    [frozenset[str](), frozenset({"i:a"}), frozenset({"i:b"}), frozenset({"i:a", "i:b"}), frozenset({"i:a,i:b"})],
)
def test_covered_inputs_are_told_apart(store: Store, inputs: frozenset[str]) -> None:
    ask(store, coverage=Coverage(inputs=frozenset({"i:zzz"})))
    ask(store)
    sizes = {"i:a": 1, "i:b": 2}
    for _ in range(2):
        got = ask(store, coverage=Coverage(inputs=inputs))
        expected = sum(sizes.get(name, 0) for name in inputs)
        assert (got.total if got else 0) == expected
        assert not got or got.beside.num_rows == expected
    assert len(Count.computed) == 3


def test_row_seen_again_in_another_input_changes_what_that_input_covers(store: Store) -> None:
    coverage = Coverage(inputs=frozenset({"i:a"}))
    assert ask(store, coverage=coverage).total == 1
    with store.writing() as lake:
        given = {"record_id": "m:3", "input_id": "i:a", "record_table": "messages"}
        lake.append_new("sightings", pa.Table.from_pylist([given], TABLES["sightings"].schema))
    assert ask(store, coverage=coverage).total == 2


def test_annotations_alone_are_restricted_to_the_covered_inputs_too(store: Store) -> None:
    assert len(ask(store, Noted())) == 4
    got = ask(store, Noted(), coverage=Coverage(inputs=frozenset({"i:b"})))
    assert got.rows.column("record_id").to_pylist() == ["m:2", "m:3"]


@pytest.mark.parametrize(
    "change",
    [
        lambda store: add(store, 1, "", table="events"),
        lambda store: store.state.set_current("sentiment", "lexicon", "1"),
        lambda store: store.state.put_position("import/i", {}),
    ],
)
def test_answer_stays_when_only_other_things_change(store: Store, change: Callable[[Store], None]) -> None:
    first = ask(store)
    change(store)
    assert same(ask(store), first)
    assert len(Count.computed) == 1


def test_what_is_not_to_be_remembered_is_neither_taken_nor_kept(store: Store) -> None:
    ask(store, remember=False)
    ask(store)
    ask(store, remember=False)
    assert len(Count.computed) == 3


# --- snapshots that expire -------------------------------------------------------------------------------------------


def rewrite(store: Store) -> None:
    """What compaction and a vacuum a week later leave of the files pinned now: none."""
    old = store.lake.snapshot(["messages"]).tables["messages"].files
    with store.writing() as lake:
        assert lake.compact("messages", above=0)
    for file in old:
        Path(file).unlink()


def test_answer_is_asked_once_more_when_a_file_has_gone(store: Store) -> None:
    Count.meanwhile.append(lambda: rewrite(store))
    got = ask(store)
    assert len(Count.computed) == 2
    assert got.total == 3
    assert got.provenance.tables["messages"] == 4
    assert same(ask(store), got)
    assert len(Count.computed) == 2


def test_answer_gives_up_when_files_go_again(store: Store) -> None:
    def once() -> None:
        rewrite(store)
        add(store, 4, "新")
        Count.meanwhile.insert(0, lambda: rewrite(store))
        raise SnapshotExpiredError("snapshot", "a pinned file is gone")

    Count.meanwhile.append(once)
    with pytest.raises(SnapshotExpiredError):
        ask(store)
    assert len(Count.computed) == 2


def test_file_lost_for_good_is_an_error_and_not_an_endless_loop(store: Store) -> None:
    Path(store.lake.snapshot(["messages"]).tables["messages"].files[0]).unlink()
    with pytest.raises(SnapshotExpiredError):
        ask(store)


def test_other_errors_of_a_question_come_through_and_are_not_remembered(store: Store) -> None:
    def broken() -> None:
        raise ZeroDivisionError("mine")

    Count.meanwhile.append(broken)
    with pytest.raises(ZeroDivisionError, match="mine"):
        ask(store)
    assert ask(store).total == 3


# --- several questions -----------------------------------------------------------------------------------------------


def test_questions_of_one_snapshot_agree_with_each_other(store: Store) -> None:
    asker = Asker(store, DuckDBEngine())
    with asker.pinned(("messages", "annotations", "users")) as pinned:
        first = pinned(Count())
        add(store, 4, "新")
        store.state.set_current("words", "other", "9")
        second = pinned(CountAgain())
        assert (first.total, second.total) == (3, 3)  # type: ignore[union-attr]
        assert first.model == second.model is None  # type: ignore[union-attr]
    with asker.pinned(("messages", "annotations")) as pinned:
        assert pinned(Count()).total == 4  # type: ignore[union-attr]


def test_answer_is_the_same_whatever_else_was_pinned(store: Store) -> None:
    alone = ask(store)
    with ExitStack() as stack:
        pinned = stack.enter_context(
            Asker(store, DuckDBEngine()).pinned(("messages", "annotations", "users", "events"))
        )
        assert same(pinned(Count()), alone)  # type: ignore[arg-type]
    assert len(Count.computed) == 1


@pytest.mark.parametrize("limit", [0, -1, 101])
def test_settings_out_of_bounds_are_refused(limit: int) -> None:
    with pytest.raises(UsageError, match="limit"):
        Count(limit=limit)
    with pytest.raises(UsageError, match="limit"):
        replace(Count(), limit=limit)
