"""What the state remembers, on every database."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE, Popen
from threading import Thread

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from jianwei.store import InputState, Quarantined, State
from jianwei.store.state.migrations.versions import v0001_first
from jianwei.store.state.tables import answers, inboxes, inputs, metadata, positions

Connect = Callable[[], sa.Engine]


@pytest.fixture
def state(connect: Connect) -> State:
    return State(connect())


def an_input(name: str, **changes: object) -> InputState:
    given = InputState(
        input_id=f"i:{name}", name=name, origin=f"/数据/{name}", account="shop", sha256="a" * 64, bytes=2**40, format="table",
        status="reading", read={"messages": 3}, added={},
    )  # fmt: skip
    return replace(given, **changes)  # type: ignore[arg-type]


def first_times(state: State) -> dict[str, tuple[int, int]]:
    with state.engine.connect() as connection:
        return {row.input_id: (row.first_us, row.last_us) for row in connection.execute(sa.select(inputs))}


# --- inputs ----------------------------------------------------------------------------------------------------------


def test_inputs_come_back_as_they_were(state: State, connect: Connect) -> None:
    given = [
        an_input("a.csv"),
        an_input("群'; --.csv", detail="第 3 行", added={"messages": 1, "users": 2}, status="done"),
    ]
    state.put_inputs(given)
    assert state.inputs() == State(connect()).inputs() == given
    assert state.inputs(["i:a.csv"]) == given[:1]
    assert state.inputs([]) == []
    assert state.inputs(["i:none"]) == []


def test_input_seen_again_is_renewed_and_keeps_the_time_it_was_first_seen(state: State) -> None:
    state.put_inputs([an_input("b.csv")])
    state.put_inputs([an_input("a.csv")])
    before = first_times(state)
    renewed = an_input("b.csv", status="done", read={"messages": 9}, origin="/elsewhere")
    state.put_inputs([renewed])
    after = first_times(state)
    assert [row.name for row in state.inputs()] == ["b.csv", "a.csv"]
    assert state.inputs(["i:b.csv"]) == [renewed]
    assert after["i:b.csv"][0] == before["i:b.csv"][0]
    assert after["i:b.csv"][1] > before["i:b.csv"][1]
    assert after["i:a.csv"] == before["i:a.csv"]


# --- positions -------------------------------------------------------------------------------------------------------


def test_positions_are_replaced_as_a_whole(state: State, connect: Connect) -> None:
    assert state.position("import/i") is None
    state.put_position("import/i", {"rows": 5, "tables": {"messages": {"version": 3}}})
    state.put_position("import/j", {})
    assert State(connect()).position("import/i") == {"rows": 5, "tables": {"messages": {"version": 3}}}
    state.put_position("import/i", {"行": "三"})
    assert state.position("import/i") == {"行": "三"}
    assert state.position("import/j") == {}


# --- quarantine ------------------------------------------------------------------------------------------------------


def reject(line: int, reason: str = "no_time", input_id: str = "i", file: str = "a.csv", raw: str = "x") -> Quarantined:
    return Quarantined(input_id, file, line, reason, "列 2", raw)


def test_rejected_rows_are_kept_once(state: State) -> None:
    rows = [reject(3), reject(1), reject(1, "bad_kind"), reject(3, raw="again")]
    assert state.quarantine(rows) == 3
    assert state.quarantine(rows) == 0
    assert state.quarantine([reject(4), *rows]) == 1
    assert state.quarantine([]) == 0
    assert state.quarantined() == [reject(1, "bad_kind"), reject(1), reject(3), reject(4)]


def test_many_rejected_rows_are_counted_right(state: State) -> None:
    rows = [reject(line) for line in range(1, 2_501)]
    assert state.quarantine(rows[:1_500]) == 1_500
    assert state.quarantine(rows) == 1_000
    assert state.quarantine_counts() == {("i", "no_time"): (2_500, 1)}


def test_rejected_rows_are_found_by_input_and_counted_by_reason(state: State) -> None:
    state.quarantine([reject(7), reject(5), reject(2, "bad_kind"), reject(9, input_id="j", file="b.csv")])
    assert state.quarantined(input_ids=["j"]) == [reject(9, input_id="j", file="b.csv")]
    assert state.quarantined(input_ids=[]) == []
    assert [row.line for row in state.quarantined(limit=2)] == [2, 5]
    counts = {("i", "no_time"): (2, 5), ("i", "bad_kind"): (1, 2), ("j", "no_time"): (1, 9)}
    assert state.quarantine_counts() == counts


def test_released_rows_can_be_rejected_again(state: State) -> None:
    state.quarantine([reject(1), reject(2), reject(1, input_id="j")])
    assert state.release("i") == 2
    assert state.release("i") == 0
    assert state.quarantined() == [reject(1, input_id="j")]
    assert state.quarantine([reject(1)]) == 1


def test_nul_in_a_raw_row_is_shown_as_a_sign(state: State) -> None:
    assert state.quarantine([reject(1, raw="a\0b")]) == 1
    assert [row.raw for row in state.quarantined()] == ["a\u2400b"]


def test_raw_rows_may_hold_anything(state: State) -> None:
    odd = [
        reject(at, raw=raw)
        for at, raw in enumerate(["", "'; DROP TABLE quarantine; --", '"\\\n\t\r', "表情😀", "x" * 10_000])
    ]
    assert state.quarantine(odd) == len(odd)
    assert state.quarantined() == odd


# --- models and answers ----------------------------------------------------------------------------------------------


def test_newest_model_of_a_task_is_the_current_one(state: State, connect: Connect) -> None:
    assert state.current() == {}
    state.set_current("sentiment", "lexicon", "1")
    state.set_current("words", "rjieba", "0.2")
    state.set_current("sentiment", "linear", "9f")
    assert State(connect()).current() == {"sentiment": ("linear", "9f"), "words": ("rjieba", "0.2")}


def test_answers_are_kept_byte_by_byte(state: State, connect: Connect) -> None:
    assert state.answer("k") is None
    state.put_answer("k", "Volume", b"\0\xff" * 1000)
    assert State(connect()).answer("k") == b"\0\xff" * 1000
    state.put_answer("k", "Volume", b"")
    assert state.answer("k") == b""


def kept(state: State) -> set[str]:
    with state.engine.connect() as connection:
        return {row.key for row in connection.execute(sa.select(answers.c.key))}


def test_answers_not_used_for_longest_go_first(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jianwei.store.state.records.ANSWERS_KEPT", 3)
    for key in "abc":
        state.put_answer(key, "Volume", key.encode())
    with state.engine.begin() as connection:  # two days pass
        connection.execute(sa.update(answers).values(used_us=answers.c.used_us - 2 * 86_400_000_000))
    assert state.answer("a") == b"a"
    state.put_answer("d", "Volume", b"d")
    assert kept(state) == {"a", "c", "d"}
    state.put_answer("e", "Volume", b"e")
    assert kept(state) == {"a", "d", "e"}
    assert state.answer("b") is None


# --- at the same time ------------------------------------------------------------------------------------------------


def test_writers_at_the_same_time_lose_nothing(connect: Connect) -> None:
    states = [State(connect()) for _ in range(4)]
    failed: list[BaseException] = []

    def work(worker: int) -> None:
        try:
            for step in range(15):
                states[worker].put_position(f"{worker}/{step}", {"step": step})
                states[worker].quarantine([reject(step), reject(step, input_id=f"i{worker}")])
                states[worker].put_answer(f"{worker}/{step}", "Volume", b"x")
        except BaseException as error:
            failed.append(error)

    threads = [Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert all(states[0].position(f"{w}/{s}") == {"step": s} for w in range(4) for s in range(15))
    assert len(states[0].quarantined()) == 5 * 15
    assert len(kept(states[0])) == 4 * 15


# --- revisions -------------------------------------------------------------------------------------------------------


def test_database_of_the_first_revision_is_brought_up_and_keeps_its_rows(
    state_url: str | None, tmp_path: Path, connect: Connect
) -> None:
    earlier = sa.create_engine(state_url or f"sqlite:///{tmp_path / 'state.db'}")
    with earlier.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        v0001_first.upgrade()
        connection.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        connection.execute(sa.text("INSERT INTO alembic_version VALUES ('0001')"))
        connection.execute(sa.insert(positions).values(name="p", value='{"a":1}', updated_us=1))
    earlier.dispose()
    state = State(connect())
    assert state.position("p") == {"a": 1}
    with state.engine.connect() as connection:
        assert set(sa.inspect(connection).get_table_names()) == {*metadata.tables, "alembic_version"}
        assert len(connection.execute(sa.select(inboxes.c.inbox_id)).scalar_one()) == 32


def test_processes_may_open_a_new_database_at_once(state_url: str | None, tmp_path: Path) -> None:
    """They start together and use it at once; all of them see one inbox."""
    code = (
        "import sys; from pathlib import Path; from jianwei.store.state import open_database; from jianwei.store.inbox import Waiting;"
        "url = sys.argv[2] or None; sys.stdin.readline(); print(Waiting(open_database(Path(sys.argv[1]), url)).inbox_id())"
    )
    command = [sys.executable, "-c", code, str(tmp_path), state_url or ""]
    started = [Popen(command, stdin=PIPE, stdout=PIPE, text=True) for _ in range(3)]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = {process.communicate(timeout=60)[0] for process in started}
    assert {process.returncode for process in started} == {0}
    assert len(said) == 1
