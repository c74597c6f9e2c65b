"""`jianwei recommend` on the simulated shop, and the same through Python; every figure of a reason is counted again in SQL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import Result
from typer.testing import CliRunner

import jianwei as jw
from jianwei.cli.app import build_app
from jianwei.errors import UsageError
from jianwei.recommend import Learning, open_room
from jianwei.sandbox.population import Shop, simulate, write_files

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def simulated() -> Shop:
    return simulate(seed=5, customers=120, days=45)


@pytest.fixture(scope="module")
def workspace(simulated: Shop, tmp_path_factory: pytest.TempPathFactory) -> jw.Workspace:
    folder = tmp_path_factory.mktemp("recommend")
    write_files(simulated, folder / "files")
    ws = jw.open(folder / "ws")
    ws.import_files([path for path in (folder / "files").iterdir() if path.is_file()])
    return ws


@pytest.fixture
def jianwei(workspace: jw.Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command in this process: starting one takes longer than most of what it does."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, code: int = 0, language: str = "en_US.UTF-8") -> Result:
        environment = {"LANG": language, "LC_ALL": language, "COLUMNS": "80"}
        asked = ["recommend", "-w", str(workspace.store.folder), *arguments]
        done = CliRunner().invoke(build_app(), asked, env=environment)
        assert done.exit_code == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


def count(workspace: jw.Workspace, query: str) -> int:
    return int(workspace.sql(f"SELECT count(*) AS n FROM ({query})")["n"][0].as_py())


def listed(ids: list[str]) -> str:
    return ", ".join(f"'{one}'" for one in ids)


def test_the_planted_rules_come_first_and_are_true(simulated: Shop, workspace: jw.Workspace) -> None:
    titles = {product.id: product.title for product in simulated.products}
    first = 0
    for rule in simulated.truth.rules:
        found = workspace.recommend(basket=list(rule.antecedent), k=3)
        names = [pick.name for pick in found.picks]
        assert titles[rule.consequent] in names
        first += names[0] == titles[rule.consequent]
        for pick in found.picks:
            reason = pick.reasons[0]
            if reason.code not in ("bought_together", "seen_together"):
                continue
            sold = "SELECT basket_id FROM events JOIN items USING (item_id) WHERE events.name = 'buy'"
            name = {
                row["title"]: row["item_id"] for row in workspace.sql("SELECT title, item_id FROM items").to_pylist()
            }
            before = [name[one] for one in reason.values["items"]]  # type: ignore[attr-defined]
            whole = (
                f"{sold} AND item_id IN ({listed(before)}) GROUP BY 1 HAVING count(DISTINCT item_id) = {len(before)}"
            )
            both = (
                f"SELECT DISTINCT basket_id FROM ({whole}) WHERE basket_id IN ({sold} AND item_id = '{pick.item_id}')"
            )
            assert reason.values["rows"] == count(workspace, whole)
            assert reason.values["both"] == count(workspace, both)
            usual = count(workspace, f"SELECT DISTINCT basket_id FROM ({sold} AND item_id = '{pick.item_id}')")
            baskets = count(
                workspace, "SELECT DISTINCT basket_id FROM events WHERE name = 'buy' AND basket_id IS NOT NULL"
            )
            share = reason.values["both"] / reason.values["rows"]  # type: ignore[operator]
            assert reason.values["lift"] == pytest.approx(share / (usual / baskets))
    assert first >= len(simulated.truth.rules) - 1


def test_a_persons_reasons_are_true(workspace: jw.Workspace) -> None:
    person = workspace.sql(
        "SELECT user_id FROM events WHERE name = 'buy' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
    )["user_id"][0].as_py()
    found = workspace.recommend(person=person, k=5)
    assert len(found) == 5
    assert found.provenance is not None
    assert found.provenance.tables["events"] >= 0
    bought = workspace.sql(f"SELECT DISTINCT item_id FROM events WHERE name = 'buy' AND user_id = '{person}'")
    assert not {pick.item_id for pick in found.picks} & set(bought["item_id"].to_pylist())
    name = {row["title"]: row["item_id"] for row in workspace.sql("SELECT title, item_id FROM items").to_pylist()}
    # Who disliked an item does not speak for it: refunds, and ratings below the middle that are the person's last word.
    events = "SELECT user_id, item_id, ts_us, name, value FROM events WHERE user_id IS NOT NULL AND item_id IS NOT NULL"
    told = f"SELECT *, name = 'refund' OR (name = 'rate' AND value < 3) AS bad FROM ({events}) WHERE name IN ('buy', 'refund', 'rate')"
    last = f"SELECT user_id, item_id, arg_max(bad, (ts_us, bad)) AS bad FROM ({told}) GROUP BY 1, 2"
    liked = (
        f"SELECT DISTINCT e.user_id, e.item_id FROM ({events}) e LEFT JOIN ({last}) l USING (user_id, item_id) "
        "WHERE e.name IN ('buy', 'cart', 'fav', 'share', 'rate', 'click', 'view') AND NOT coalesce(l.bad, false)"
    )
    seen = 0
    for pick in found.picks:
        reason = pick.reasons[0]
        if reason.code != "like_history":
            continue
        seen += 1
        one = name[reason.values["items"][0]]  # type: ignore[index]
        with_one = f"SELECT user_id FROM ({liked}) WHERE item_id = '{one}'"
        both = f"SELECT user_id FROM ({liked}) WHERE item_id = '{pick.item_id}' AND user_id IN ({with_one})"
        assert (reason.values["rows"], reason.values["both"]) == (count(workspace, with_one), count(workspace, both))
        did = f"{events} AND user_id = '{person}' AND item_id = '{one}' AND name = '{reason.values['did']}'"
        assert count(workspace, did) > 0
    assert seen


def test_popular_is_what_sql_counts(workspace: jw.Workspace) -> None:
    found = workspace.recommend(popular=True, k=3, days=14)
    last = workspace.sql("SELECT max(ts_us) AS t FROM events WHERE item_id IS NOT NULL")["t"][0].as_py()
    for pick in found.picks:
        day = 86_400_000_000
        mine = f"SELECT DISTINCT user_id FROM events WHERE name = 'buy' AND item_id = '{pick.item_id}'"
        assert pick.reasons[0].values["rows"] == count(workspace, f"{mine} AND ts_us > {last - 14 * day}")
        before = f"{mine} AND ts_us <= {last - 14 * day} AND ts_us > {last - 28 * day}"
        assert pick.reasons[0].values["before"] == count(workspace, before)


def test_who_is_left_out_gets_nothing_and_changes_what_is_learned(workspace: jw.Workspace) -> None:
    people = workspace.sql("SELECT DISTINCT user_id FROM events WHERE name = 'buy' ORDER BY 1")["user_id"].to_pylist()
    nobody = workspace.recommend(person=people[0], leave_out=[people[0], "somebody unknown"])
    assert len(nobody) == 0
    assert [note.code for note in nobody.notes] == ["left_out", "strange_people"]
    with open_room(store=workspace.store, engine=workspace.engine, leave_out=people[:30]) as room:
        others = {one for part in room.everybody(k=1) for one in part.rows["person_id"].to_pylist()}
        assert room.known.trend.whole == len(people) - 30
    assert not others & set(people[:30])


def test_learning_is_kept_until_something_new_comes(tmp_path: Path) -> None:
    ws = jw.open(tmp_path / "ws")
    orders = tmp_path / "a.csv"
    orders.write_text(
        "order_id,user_id,item,time\n" + "".join(f"{n},u{n},茶,2026-03-0{1 + n % 9} 10:00:00\n" for n in range(9))
    )
    ws.import_files([orders])
    assert [pick.name for pick in ws.recommend(popular=True).picks] == ["茶"]
    (first,) = (ws.store.folder / "recommend").iterdir()
    stamp = first.stat().st_mtime_ns
    assert [pick.name for pick in ws.recommend(popular=True).picks] == ["茶"]
    assert first.stat().st_mtime_ns == stamp
    more = tmp_path / "b.csv"
    more.write_text(
        "order_id,user_id,item,time\n"
        + "".join(f"x{n},v{n},杯,2026-03-05 10:00:0{n}\n" for n in range(9))
        + "y,w,杯,2026-03-05 11:00:00\n"
    )
    ws.import_files([more])
    assert [pick.name for pick in ws.recommend(popular=True).picks] == ["杯", "茶"]
    assert not first.exists()


@pytest.mark.parametrize("language", ["en_US.UTF-8", "zh_CN.UTF-8"])
def test_the_command_shows_a_table(jianwei: Run, language: str) -> None:
    for asked in (
        ["--basket", "T26"],
        ["--popular"],
        ["--item", "T26"],
        ["--evaluate"],
        ["--basket", "T26", "--explain"],
    ):
        done = jianwei(*asked, "-k", "3", "-q", language=language)
        assert len(done.stdout.splitlines()) > 3
        assert max(map(len, done.stdout.splitlines())) <= 80


def test_the_whole_process(workspace: jw.Workspace) -> None:
    call = [sys.executable, "-m", "jianwei", "recommend", "-w", str(workspace.store.folder), "--popular", "-k", "1"]
    environment = {**os.environ, "LC_ALL": "zh_CN.UTF-8", "PYTHONUTF8": "1"}
    done = subprocess.run(call, capture_output=True, text=True, encoding="utf-8", env=environment, check=True)
    assert "近来购买的人多" in done.stdout


def test_json_has_codes_figures_and_words(jianwei: Run) -> None:
    told = json.loads(jianwei("--basket", "T26", "-k", "1", "--json").stdout)
    (one,) = told["recommendations"]
    reason = one["reasons"][0]
    assert reason["code"] == "bought_together"
    assert f"{reason['values']['rows']} orders, " in reason["text"]
    assert told["provenance"]["tables"]["events"] >= 0
    judged = json.loads(jianwei("--evaluate", "--json").stdout)
    assert {(row["of"], row["model"]) for row in judged["rows"]} == {
        ("people", "histories"), ("people", "popular"), ("baskets", "rules"), ("baskets", "popular"),
    }  # fmt: skip


def test_everybody_into_a_file(jianwei: Run, workspace: jw.Workspace, tmp_path: Path) -> None:
    (tmp_path / "out.txt").write_text("# nobody sells these\nT26\n菊花枸杞决明子茶 30包\tsold out\nx9\n", "utf-8")
    done = jianwei("--all", "-o", "recs.parquet", "-k", "4", "--out-of-stock", "out.txt")
    assert "1 of the 3 entries" in done.stdout
    rows = pq.read_table(tmp_path / "recs.parquet")
    people = workspace.sql("SELECT DISTINCT user_id FROM events WHERE item_id IS NOT NULL AND name <> 'search'")
    assert set(rows["person_id"].to_pylist()) <= set(people["user_id"].to_pylist())
    gone = workspace.sql("SELECT item_id FROM items WHERE key = 'T26' OR title LIKE '菊花枸杞%'")["item_id"].to_pylist()
    assert len(gone) == 2
    assert not set(gone) & set(rows["item_id"].to_pylist())
    assert None not in rows["why"].to_pylist()
    jianwei("--all", "-o", "recs.csv", "-k", "4", "-q")
    assert (tmp_path / "recs.csv").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "not said what"),
        (["--popular", "--new"], "--popular, --new"),
        (["--all"], "needs a file"),
        (["--popular", "-o", "x.csv"], "only for everybody"),
        (["--all", "-o", "x.doc"], "stands for no format"),
        (["--person", "nobody at all"], "nobody is called"),
        (["--item", "绝无此物"], "no item is called"),
        (["--basket", " , "], "empty"),
        (["--popular", "--category", "绝无此类"], "no item is of the category"),
        (["--popular", "--repeats", "maybe"], "not one of no, often, yes"),
        (["--popular", "--weights", "buy=much"], "no weight"),
        (["--popular", "--days", "0"], "days"),
    ],
)
def test_wrong_usage_is_said_in_a_line(jianwei: Run, arguments: list[str], told: str) -> None:
    assert told in jianwei(*arguments, code=2).stderr


def test_files_that_cannot_be_read(jianwei: Run, tmp_path: Path) -> None:
    assert "cannot be read" in jianwei("--popular", "--leave-out", "missing.txt", code=1).stderr
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\x00\xd8")
    assert "not UTF-8" in jianwei("--popular", "--leave-out", "bytes.txt", code=1).stderr


def test_an_empty_workspace_recommends_nothing(tmp_path: Path) -> None:
    ws = jw.open(tmp_path / "ws")
    assert ws.recommend(popular=True).picks == ()
    with pytest.raises(UsageError, match="nobody is called"):
        ws.recommend(person="somebody")
    with pytest.raises(UsageError, match="cannot be asked together"):
        ws.recommend(popular=True, item="x")
    with pytest.raises(UsageError, match="not said what"):
        ws.recommend()
    with pytest.raises(UsageError, match="ask for 1 to 1,000"):
        ws.recommend(popular=True, k=0)


def test_groceries_and_taobao_give_answers(data_dir: Path, tmp_path: Path) -> None:
    baskets = jw.open(tmp_path / "groceries")
    baskets.import_files([data_dir / "fimi" / "groceries.csv"])
    found = baskets.recommend(basket=["flour"], k=10)
    sugar = next(pick for pick in found.picks if pick.name == "sugar")
    lines = [line.split(",") for line in (data_dir / "fimi" / "groceries.csv").read_text("utf-8").splitlines()]
    flour = [line for line in lines if "flour" in line]
    assert sugar.reasons[0].code == "bought_together"
    assert sugar.reasons[0].values["rows"] == len(flour)
    assert sugar.reasons[0].values["both"] == sum("sugar" in line for line in flour)
    events = jw.open(tmp_path / "taobao")
    events.import_files([data_dir / "taobao_userbehavior_sample" / "data.parquet"])
    with open_room(store=events.store, engine=events.engine, learning=Learning(min_rows=2)) as room:
        assert all(len(part) for part in room.everybody(k=3))
