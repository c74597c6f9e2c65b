"""jianwei mine itemsets, rules: over a workspace, or straight over a file of baskets."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jianwei.cli._door import FOLDER, AsJson, Quiet, WorkspaceFolder, as_json, command, console, opened, printable, show
from jianwei.common.i18n import catalog, guess_language
from jianwei.common.results import Rows, Unavailable
from jianwei.errors import JianweiError, UsageError
from jianwei.questions.catalog import Entry

if TYPE_CHECKING:
    import pyarrow as pa

    from jianwei.workspace import Workspace

__all__ = ["FROM_FILES", "READABLE", "mining_command", "show_mined"]

FROM_FILES = ("itemsets", "rules")
"""Analyses of the group "mine" that need nothing but baskets."""

_FORMATS = (".csv", ".xlsx", ".parquet", ".json")
_SHOWN = 30


def _words(key: str, /, **values: object) -> str:
    return catalog(guess_language()).text(f"mining.{key}", **values)


File = Annotated[Path | None, typer.Argument(metavar="FILE", help=_words("option.file"), show_default=False)]
BasketColumn = Annotated[str | None, typer.Option("--basket-column", metavar="COLUMN", help=_words("option.basket"))]
ItemColumn = Annotated[str | None, typer.Option("--item-column", metavar="COLUMN", help=_words("option.item"))]
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help=_words("option.output"))]
Keep = Annotated[bool, typer.Option("--keep", help=_words("option.keep"))]

_OWN: tuple[tuple[str, Any, Any], ...] = (
    ("basket_column", BasketColumn, None),
    ("item_column", ItemColumn, None),
    ("output", Output, None),
    ("keep", Keep, False),
    ("workspace", WorkspaceFolder, FOLDER),
    ("json", AsJson, False),
    ("quiet", Quiet, False),
)


def mining_command(entry: Entry, settings: Sequence[inspect.Parameter]) -> Callable[..., None]:
    """The command of an analysis: its settings as options, a file to mine instead of the workspace, and where to put the answer."""

    @command
    def run(
        file: Path | None, basket_column: str | None, item_column: str | None, output: Path | None, keep: bool,
        workspace: Path, json: bool, quiet: bool, **given: Any,
    ) -> int:  # fmt: skip
        values = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
        question = entry.load()(**values)
        if output is not None and output.suffix.lower() not in _FORMATS:
            suffix = output.suffix or "no suffix"
            raise UsageError(str(output), f"{suffix} stands for no format", f"end the name with {', '.join(_FORMATS)}")
        if file is None:
            if basket_column or item_column:
                raise UsageError("--basket-column, --item-column", "belong to a file", "name a file of baskets")
            with opened(workspace) as ws:
                result = ws.answer(question)
                if keep and not isinstance(result, Unavailable):
                    _keep(ws, entry.name, result)
        else:
            if keep:
                raise UsageError("--keep", "keeps what comes from the workspace", "write to a file with -o")
            result = _from_file(question, file, basket_column, item_column, quiet=quiet or json)
        if output is not None and not isinstance(result, Unavailable):
            _write(output, entry.name, result)
        return show_mined(entry.name, result, json=json)

    own = [inspect.Parameter("file", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=File, default=None)]
    own += [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)
        for name, kind, default in _OWN
    ]
    run.__signature__ = inspect.Signature([own[0], *settings, *own[1:]])  # type: ignore[attr-defined]
    return run


def _keep(ws: Workspace, name: str, result: Rows) -> None:
    ws.keep(name, result)
    console(stderr=True).print(_words("kept", name=name, rows=len(result)), markup=False)


def _from_file(question: Any, file: Path, basket: str | None, item: str | None, *, quiet: bool) -> Rows | Unavailable:
    from jianwei.common.progress import open_progress
    from jianwei.mining import read_baskets
    from jianwei.mining.baskets.files import basket_file

    if question.events or question.by != "basket":
        raise UsageError("--by, --events", "belong to a workspace", "leave them out: a file holds its baskets already")
    read = basket_file(file, basket, item)
    if read.couples and not (basket or item or quiet):
        console(stderr=True).print(_words("read_as", basket=read.columns[0], item=read.columns[1]), markup=False)
    with open_progress(quiet=quiet) as progress:
        found: Rows | Unavailable = question.mine(read_baskets(file, basket=basket, item=item), progress=progress)
    return found


def _write(path: Path, name: str, result: Rows) -> None:
    if path.suffix.lower() == ".json":
        try:
            path.write_text(as_json(result) + "\n", "utf-8")
        except OSError as error:
            raise JianweiError(str(path), f"cannot be written ({error.strerror})", "choose another place") from None
    else:
        from jianwei.workspace.export import write_rows

        write_rows(path, name, result.rows, "Asia/Shanghai")
    console(stderr=True).print(_words("written", path=path, rows=len(result)), markup=False)


def show_mined(name: str, result: Rows | Unavailable, *, json: bool) -> int:
    """Print an answer: as JSON, or as a line of figures and a table of what a shop wants to know first."""
    if json or isinstance(result, Unavailable):
        return show(result, json=json)
    out = console()
    figures = {key: value for key, value in vars(result).items() if isinstance(value, int | float | str)}
    head = {key: f"{value:,}" if isinstance(value, int) else _named(value) for key, value in figures.items()}
    out.print(_words(f"head.{name}", **head), markup=False)
    if not len(result):
        out.print(_words(f"nothing.{name}"), markup=False)
        return 0
    out.print(_table(name, result.rows.slice(0, _SHOWN)))
    if len(result) > _SHOWN:
        out.print(_words("more", rows=f"{len(result) - _SHOWN:,}"), markup=False)
    return 0


def _table(name: str, rows: pa.Table) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    shown = _COLUMNS[name]
    for column, kind in shown.items():
        own = f"column.{name}.{column}"
        heading = _words(own if catalog("en").has(f"mining.{own}") else f"column.{column}")
        if kind in ("items", "path"):
            table.add_column(heading, overflow="fold", ratio=1)
        else:
            table.add_column(heading, justify="right", no_wrap=True)
    for row in rows.select(list(shown)).to_pylist():
        table.add_row(*(Text(printable(_cell(row[column], kind))) for column, kind in shown.items()))
    return table


_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "itemsets": {"item_names": "items", "rows": "count", "support": "share", "lift": "times"},
    "rules": {
        "antecedent_names": "items", "consequent_names": "items", "rows": "count", "confidence": "share", "lift": "times",
        "q_value": "chance",
    },
    "sequences": {
        "item_names": "path", "rows": "count", "antecedent_rows": "count", "confidence": "share", "lift": "times", "q_value": "chance",
    },
    "contrast": {
        "item_names": "items", "left_support": "share", "right_support": "share", "difference": "points", "odds_ratio": "times",
        "q_value": "chance",
    },
}  # fmt: skip


READABLE = frozenset(_COLUMNS)
"""Analyses that `show_mined` knows how to show."""


def _named(value: float | str) -> str:
    """A figure, or a code that may have words."""
    if isinstance(value, float):
        return f"{value:.3g}"
    return _words(f"code.{value}") if catalog("en").has(f"mining.code.{value}") else value


def _cell(value: Any, kind: str) -> str:
    match kind:
        case "items":
            return " + ".join(value)
        case "path":
            return " → ".join(value)
        case "count":
            return f"{value:,}"
        case "points":
            return f"{100 * value:+.1f}"
        case "share":
            return f"{value:.1%}" if value < 0.0995 else f"{value:.0%}"
        case "times":
            return f"×{value:,.0f}" if value >= 99.5 else f"×{value:.1f}" if value >= 0.95 else f"×{value:.2f}"
        case _:
            return "<1e-99" if value < 1e-99 else f"{value:.1g}"
