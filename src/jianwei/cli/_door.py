"""What every command shares: its workspace, its words, its errors and exit codes, and how results are shown."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec
from zoneinfo import ZoneInfo

import msgspec
import typer

from jianwei.common.i18n import catalog, guess_language
from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.common.rounding import rounded
from jianwei.errors import CancelledError, JianweiError
from jianwei.settings import DEFAULT_WORKSPACE

if TYPE_CHECKING:
    from rich.console import Console

    from jianwei.workspace import Workspace

__all__ = [
    "INCOMPLETE",
    "AsJson",
    "Quiet",
    "WorkspaceFolder",
    "command",
    "console",
    "opened",
    "printable",
    "show",
    "show_table",
    "words",
]

INCOMPLETE = 3
"""Exit code for "done, but some input was rejected"."""

P = ParamSpec("P")


def words(key: str, /, **values: object) -> str:
    """The sentence for `cli.<key>` in the reader's language."""
    return catalog(guess_language()).text(f"cli.{key}", **values)


WorkspaceFolder = Annotated[
    Path, typer.Option("--workspace", "-w", metavar="DIR", help=words("option.workspace"), envvar="JIANWEI_WORKSPACE")
]
AsJson = Annotated[bool, typer.Option("--json", help=words("option.json"))]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help=words("option.quiet"))]

FOLDER = Path(DEFAULT_WORKSPACE)


def console(*, stderr: bool = False) -> Console:
    """Standard output (or error) for people; plain and never wrapped oddly when it is a pipe."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(highlight=False, soft_wrap=not stream.isatty(), stderr=stderr)


def command(function: Callable[P, int | None]) -> Callable[P, None]:
    """A command that says its errors in one line and ends with the exit code of the house.

    0 done, 1 failed, 2 wrong usage, 3 done but some input was rejected, 130 stopped by the person.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = function(*args, **kwargs)
        except JianweiError as error:
            from jianwei.cli._errors import told

            complain(told(error))
            code = error.exit_code
        except KeyboardInterrupt:
            complain(words("stopped"))
            code = CancelledError.exit_code
        except BrokenPipeError:  # the reader of our output went away, which is its right
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - nothing more can be said
            code = 0
        except Exception as error:
            if os.environ.get("JIANWEI_DEBUG"):
                raise
            complain(words("unexpected", error=f"{type(error).__name__}: {error}"))
            code = 1
        raise typer.Exit(code or 0)

    return run


def complain(text: str) -> None:
    from rich.console import Console

    Console(stderr=True, soft_wrap=True).print(text, style="bold red", markup=False, highlight=False)


@contextmanager
def opened(folder: Path, **settings: Any) -> Iterator[Workspace]:
    """The workspace in `folder`."""
    from jianwei.workspace import open_workspace

    yield open_workspace(folder, **settings)


def _plain(value: Any) -> Any:
    import pyarrow as pa

    if isinstance(value, pa.Table):
        return value.to_pylist()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(type(value).__name__)


def as_short_json(value: Any) -> str:
    """The same with fractions as people write them; see `rounded`."""
    return as_json(rounded(msgspec.to_builtins(value, enc_hook=_plain)))


def as_json(value: Any) -> str:
    """Any result as JSON: tables as lists of rows, decimals as text."""
    return msgspec.json.format(msgspec.json.encode(value, enc_hook=_plain), indent=2).decode()


def show(result: Rows | Unavailable, *, json: bool, zone: str = "Asia/Shanghai") -> int:
    """Print a result, as JSON or as figures and a table, moments among the figures in `zone`; returns the exit code."""
    from jianwei.cli._answers import column_name, columns_of, figure_name, figure_value

    if json:
        typer.echo(as_json(result))
        return 0
    if isinstance(result, Unavailable):
        console().print(words("unavailable", reason=_because(result.reason)), markup=False)
        return 0
    figures = {f.name: getattr(result, f.name) for f in fields(result) if f.name not in ("rows", "provenance")}
    simple = {
        name: value for name, value in figures.items() if isinstance(value, int | float | str | Decimal) and value != ""
    }
    if simple:
        shown = (
            words(
                "figure",
                name=figure_name(name.removesuffix("_us")),
                value=_moment(value, zone) if name.endswith("_us") else _cell(figure_value(name, value)),
            )
            for name, value in simple.items()
        )
        console().print("   ".join(shown), markup=False)
    for value in figures.values():
        if isinstance(value, Reason):
            console().print(_because(value), markup=False)
    columns = columns_of(result.rows)
    show_table([*columns], zip(*columns.values(), strict=True), whole=(column_name("path"),))
    return 0


def _because(reason: Reason) -> str:
    """Words for a reason; a code without words is shown as it is."""
    texts = catalog(guess_language())
    if reason.code == "not_looked_for":
        from jianwei.workspace.abilities import lacking

        command = lacking(str(reason.values.get("task", "")))
        if command:
            return texts.text("answers.not_looked_for", command=command)
    key = f"words.reason.{reason.code}"
    return texts.text(key, **reason.values) if texts.has(key) else reason.code


def printable(text: str) -> str:
    r"""Text as a terminal may show it: without characters that move the cursor, change colours or turn the writing around.

    >>> printable("tea\x1b[31m \u202e杯")
    'tea[31m 杯'
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else " " * (c in "\t\n\r") for c in text)


def _moment(us: Any, zone: str) -> str:
    return datetime.fromtimestamp(us / 1_000_000, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {v:,}" for k, v in value.items())
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def show_table(
    names: Sequence[str], rows: Iterable[Iterable[Any]], *, out: Console | None = None, whole: Sequence[str] = ()
) -> None:
    """Print rows as a table that fits the terminal; ids and µs columns stay out of sight where names and labels say the same.

    Args:
        names, rows: heads, and cells in their order.
        out: where; standard output by default.
        whole: columns whose cells are never broken into lines.
    """
    from rich.table import Table

    shown = [i for i, name in enumerate(names) if not name.endswith(("_us", "_id", "_ids")) and name != "id"] or range(
        len(names)
    )
    table = Table(box=None, header_style="bold", pad_edge=False)
    lines = [list(row) for row in rows]
    for i in shown:
        first = next((line[i] for line in lines if line[i] is not None), None)
        number = isinstance(first, int | float | Decimal)
        table.add_column(names[i], justify="right" if number else "left", overflow="fold", no_wrap=names[i] in whole)
    from rich.text import Text

    for line in lines:
        table.add_row(*(Text(printable(_cell(line[i]))) for i in shown))
    (out or console()).print(table)
