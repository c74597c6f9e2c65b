"""jianwei recommend: what to offer whom, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jianwei.cli._door import FOLDER, AsJson, Quiet, WorkspaceFolder, as_json, command, console, opened, printable
from jianwei.common.i18n import catalog, guess_language
from jianwei.errors import InputError, UsageError

if TYPE_CHECKING:
    from jianwei.common.progress import Progress
    from jianwei.common.results import Reason
    from jianwei.recommend import Recommendations
    from jianwei.recommend._base import Choice
    from jianwei.recommend.room import Room

__all__ = ["register"]

_WHAT = ("--person", "--basket", "--item", "--popular", "--new", "--all", "--evaluate")


def _words(key: str, /, **values: object) -> str:
    return catalog(guess_language()).text(f"recommend.{key}", **values)


Person = Annotated[str | None, typer.Option("--person", metavar="PERSON", help=_words("option.person"))]
Basket = Annotated[str | None, typer.Option("--basket", metavar="ITEM,…", help=_words("option.basket"))]
Item = Annotated[str | None, typer.Option("--item", metavar="ITEM", help=_words("option.item"))]
Popular = Annotated[bool, typer.Option("--popular", help=_words("option.popular"))]
New = Annotated[bool, typer.Option("--new", help=_words("option.new"))]
All = Annotated[bool, typer.Option("--all", help=_words("option.all"))]
Evaluate = Annotated[bool, typer.Option("--evaluate", help=_words("option.evaluate"))]
Output = Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help=_words("option.output"))]
Number = Annotated[int, typer.Option("-k", min=1, max=1000, help=_words("option.k"))]
LeaveOut = Annotated[Path | None, typer.Option("--leave-out", metavar="FILE", help=_words("option.leave_out"))]
OutOfStock = Annotated[Path | None, typer.Option("--out-of-stock", metavar="FILE", help=_words("option.out_of_stock"))]
Category = Annotated[list[str] | None, typer.Option("--category", metavar="NAME", help=_words("option.category"))]
Repeats = Annotated[str, typer.Option("--repeats", metavar="no|often|yes", help=_words("option.repeats"))]
Days = Annotated[int, typer.Option("--days", min=1, max=3650, help=_words("option.days"))]
MinRows = Annotated[int, typer.Option("--min-rows", min=1, help=_words("option.min_rows"))]
Weights = Annotated[str | None, typer.Option("--weights", metavar="EVENT=WEIGHT,…", help=_words("option.weights"))]
Explain = Annotated[bool, typer.Option("--explain", help=_words("option.explain"))]


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""

    @app.command("recommend", help=_words("help.recommend"))
    @command
    def recommend(
        person: Person = None,
        basket: Basket = None,
        item: Item = None,
        popular: Popular = False,
        new: New = False,
        all_: All = False,
        evaluate: Evaluate = False,
        output: Output = None,
        k: Number = 10,
        leave_out: LeaveOut = None,
        out_of_stock: OutOfStock = None,
        category: Category = None,
        repeats: Repeats = "no",
        days: Days = 30,
        min_rows: MinRows = 3,
        weights: Weights = None,
        explain: Explain = False,
        workspace: WorkspaceFolder = FOLDER,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> None:
        from jianwei.common.progress import open_progress
        from jianwei.recommend._base import WEIGHTS, Learning

        asked = dict(zip(_WHAT, (person, basket, item, popular, new, all_, evaluate), strict=True))
        what = _one_of(asked)
        if what == "--all" and output is None:
            raise UsageError("--all", _words("error.no_output"), _words("error.output_hint"))
        if what != "--all" and output is not None:
            raise UsageError("-o", _words("error.output_alone"), _words("error.output_alone_hint"))
        told = WEIGHTS if weights is None else _weights(weights)
        learning = Learning(days=days, min_rows=min_rows, weights=told)
        people, gone = _lines(leave_out, "--leave-out"), _lines(out_of_stock, "--out-of-stock")
        with open_progress(quiet=quiet or json) as progress, _room(workspace, learning, people, progress) as room:
            choice, notes = room.choice(out_of_stock=gone, categories=category or (), repeats=repeats)
            if what == "--evaluate":
                _judge(room, k, progress, json=json)
                return
            if what == "--all":
                assert output is not None
                _write(room, output, k, choice, notes, progress, json=json)
                return
            found = _answer(room, what, asked[what], k, choice)
        _show(found, notes, json=json, explain=explain)


def _one_of(asked: dict[str, Any]) -> str:
    given = [name for name, value in asked.items() if value not in (None, False)]
    if len(given) != 1:
        told = _words("error.several", given=", ".join(given)) if given else _words("error.none")
        raise UsageError("recommend", told, ", ".join(_WHAT))
    return given[0]


def _weights(text: str) -> dict[str, float]:
    """ "buy=4,view=1" → {"buy": 4.0, "view": 1.0}"""
    found = {}
    for pair in text.split(","):
        name, _, weight = pair.partition("=")
        try:
            found[name.strip()] = float(weight)
        except ValueError:
            raise UsageError("--weights", _words("error.weight", text=pair), "buy=4,cart=2,view=1") from None
    return found


def _lines(path: Path | None, option: str) -> list[str]:
    """The lines of a file that say something; what stands after a tab is not read."""
    if path is None:
        return []
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise InputError(f"{option} {path}", _words("error.unreadable", why=error.strerror)) from None
    except UnicodeDecodeError:
        raise InputError(f"{option} {path}", _words("error.no_text"), _words("error.no_text_hint")) from None
    lines = (line.split("\t")[0].strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


@contextmanager
def _room(folder: Path, learning: Any, leave_out: list[str], progress: Progress) -> Iterator[Room]:
    from jianwei.recommend.room import open_room

    with (
        opened(folder) as ws,
        open_room(
            store=ws.store,
            engine=ws.engine,
            zone=ws.settings.timezone,
            learning=learning,
            leave_out=leave_out,
            progress=progress,
        ) as room,
    ):
        yield room


def _answer(room: Room, what: str, value: Any, k: int, choice: Choice) -> Recommendations:
    if what == "--person":
        return room.person(value, k=k, choice=choice)
    if what == "--basket":
        return room.basket(split_basket(value), k=k, choice=choice)
    if what == "--item":
        return room.like(value, k=k, choice=choice)
    return room.popular(k=k, choice=choice) if what == "--popular" else room.new(k=k, choice=choice)


def split_basket(text: str) -> list[str]:
    """The items of a basket as people write them.

    >>> split_basket("tea, cup，pot"), split_basket(" ")
    (['tea', 'cup', 'pot'], [])
    """
    return [part.strip() for part in re.split("[,，、;；]", text) if part.strip()]


def _show(found: Recommendations, notes: Iterable[Reason], *, json: bool, explain: bool) -> None:
    from jianwei.recommend.wording import note_text, reason_text

    words = catalog(guess_language())
    said = [note_text(words, note) for note in (*found.notes, *notes)]
    if json:
        picks = [
            {
                "rank": one.rank,
                "item_id": one.item_id,
                "name": one.name,
                "score": one.score,
                "reasons": [
                    {"code": reason.code, "values": reason.values, "text": reason_text(words, reason)}
                    for reason in one.reasons
                ],
            }
            for one in found.picks
        ]
        person = found.rows["person"][0].as_py() if len(found) else None
        typer.echo(as_json({"person": person, "recommendations": picks, "notes": said, "provenance": found.provenance}))
        return
    out = console()
    for line in said:
        out.print(line, markup=False)
    if not len(found):
        if not said:
            out.print(_words("nothing"), markup=False)
        return
    _table(found, explain=explain)


def _table(found: Recommendations, *, explain: bool) -> None:
    """Rank, item and why; with `explain` every reason, and the score."""
    from rich.table import Table
    from rich.text import Text

    from jianwei.recommend.wording import reason_text

    words = catalog(guess_language())
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(_words("column.rank"), justify="right")
    table.add_column(_words("column.name"), overflow="fold", max_width=30)
    if explain:
        table.add_column(_words("column.score"), justify="right")
    table.add_column(_words("column.why"), overflow="fold")
    for one in found.picks:
        shown = one.reasons if explain else one.reasons[:1]
        why = "\n".join(reason_text(words, reason) for reason in shown)
        score = [Text(f"{one.score:.3g}")] if explain else []
        table.add_row(str(one.rank), Text(printable(one.name)), *score, Text(printable(why)))
    console().print(table)


def _judge(room: Room, k: int, progress: Progress, *, json: bool) -> None:
    """How good the recommendations are, beside what is most popular."""
    from jianwei.cli._door import show_table
    from jianwei.recommend.judging import judge
    from jianwei.recommend.wording import note_text

    found = judge(room.known, k=k, progress=progress)
    words = catalog(guess_language())
    if json:
        notes = [note_text(words, note) for note in found.notes]
        typer.echo(as_json({"k": found.k, "rows": found.rows, "notes": notes, "made_from": room.made_from}))
        return
    for note in found.notes:
        console().print(note_text(words, note), markup=False)
    if not len(found):
        return
    names = ("of", "model", "tested", "hit_rate", "between", "ndcg", "coverage")
    lines = [
        [
            _words(f"of.{row['of']}"),
            _words(f"model.{row['model']}"),
            row["tested"],
            f"{row['hit_rate']:.1%}",
            f"{row['hit_rate_low']:.1%} – {row['hit_rate_high']:.1%}",
            f"{row['ndcg']:.4f}",
            f"{row['coverage']:.0%}",
        ]
        for row in found
    ]
    show_table([_words(f"measure.{name}") for name in names], lines)


def _write(
    room: Room, path: Path, k: int, choice: Choice, notes: Iterable[Reason], progress: Progress, *, json: bool
) -> None:
    from jianwei.recommend.files import plain_rows, write_recommendations
    from jianwei.recommend.wording import note_text, reason_text

    words = catalog(guess_language())
    people = len(room.known.touches.persons)
    parts = (
        plain_rows(part, lambda reason: reason_text(words, reason))
        for part in room.everybody(k=k, choice=choice, progress=progress)
    )
    rows = write_recommendations(path, parts)
    said = [note_text(words, note) for note in (*room.notes, *notes)]
    if json:
        typer.echo(as_json({"people": people, "rows": rows, "file": path, "notes": said}))
        return
    for line in said:
        console().print(line, markup=False)
    console().print(_words("written", people=people, rows=rows, file=path), markup=False)
