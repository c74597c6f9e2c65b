"""What the commands of the group share: their options, how texts are read, how failures and files are told of."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jianwei.cli._door import INCOMPLETE, as_json, console, show_table
from jianwei.common.i18n import catalog, guess_language
from jianwei.common.progress import Progress
from jianwei.errors import InputError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from jianwei.workspace.texts.reading import FileRead, Posts

__all__ = [
    "By",
    "Files",
    "Limit",
    "Model",
    "Output",
    "TextColumn",
    "clipped",
    "finish",
    "gathered",
    "percent",
    "print_json",
    "save",
    "say",
    "table_of",
    "warn",
    "words",
]


def words(key: str, /, **values: object) -> str:
    """The sentence for `text.<key>` in the reader's language."""
    return catalog(guess_language()).text(f"text.{key}", **values)


Files = Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help=words("argument.files"))]
TextColumn = Annotated[str | None, typer.Option("--text", metavar="COLUMN", help=words("option.text"))]
By = Annotated[str | None, typer.Option("--by", metavar="COLUMN", help=words("option.by"))]
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help=words("option.output"))]
Limit = Annotated[int, typer.Option("--limit", min=1, help=words("option.limit"))]
Model = Annotated[str | None, typer.Option("--model", metavar="FILE|NAME", help=words("option.model"))]


def gathered(
    files: Sequence[Path] | None,
    *,
    text: str | None = None,
    by: str | None = None,
    label: str | None = None,
    labelled: bool = False,
    progress: Progress,
) -> Posts:
    """The rows of the files; of standard input where none is named and something is piped in.

    Raises:
        UsageError, InputError: nothing is named, or nothing of it can be read.
    """
    from jianwei.workspace.texts.reading import STDIN, read_posts

    if not files and sys.stdin.isatty():
        raise UsageError("text", words("no_files"), words("no_files_hint"))
    posts = read_posts(
        files or [STDIN], text=text, by=by, label=label, labelled=labelled, stdin=sys.stdin.buffer, progress=progress
    )
    if posts.files and not len(posts) and all(file.problem for file in posts.files):
        raise InputError(_name(posts.files[0]), _reason(posts.files[0].problem))
    return posts


def finish(posts: Posts, *, empty: bool = True) -> int:
    """Tell what could not be read, on standard error, and return the exit code.

    Args:
        posts: what was read.
        empty: whether a row without a text is a failure.
    """
    failed = False
    for file in posts.files:
        name = _name(file)
        if file.problem:
            warn(words("failed.file", file=name, reason=_reason(file.problem)))
        if file.empty and empty:
            warn(words("failed.empty", file=name, rows=file.empty))
        for code, rows in file.rejected.items():
            warn(words("failed.rejected", file=name, rows=rows, reason=_reason(code)))
        failed |= bool(file.problem or file.rejected or (file.empty and empty))
    return INCOMPLETE if failed else 0


def _name(file: FileRead) -> str:
    from jianwei.workspace.texts.reading import STDIN

    return words("stdin") if file.name == STDIN else file.name


def _reason(code: str) -> str:
    from jianwei.sources.reasons import reason_text

    return reason_text(catalog(guess_language()), code)


def failures(posts: Posts) -> list[dict[str, object]]:
    """The same as plain values, for `--json`."""
    return [
        {
            "file": file.name,
            "rows": file.rows,
            "empty": file.empty,
            "rejected": dict(file.rejected),
            "columns": dict(file.columns),
            "problem": file.problem and _reason(file.problem),
        }
        for file in posts.files
    ]


def print_json(posts: Posts, answer: Mapping[str, Any], written: Iterable[Path] = ()) -> None:
    """The answer, how reading went, and the files written, as one JSON object."""
    typer.echo(as_json({**answer, "files": failures(posts), "written": [str(path) for path in written]}))


def save(path: Path | None, tables: Mapping[str, pa.Table]) -> tuple[Path, ...]:
    """Write tables to the file of `--output`, where one is given."""
    from jianwei.workspace.texts.writing import write_answers

    return () if path is None else write_answers(path, tables)


def say(text: str) -> None:
    """One line for people."""
    console().print(text, markup=False)


def warn(text: str) -> None:
    """One line for people, beside the result."""
    console(stderr=True).print(text, style="yellow", markup=False)


def table_of(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print a table under headings of this group's words."""
    show_table([words(f"column.{name}") for name in columns], rows)


def percent(share: float | None) -> str:
    """A share as people read it."""
    return "" if share is None else f"{share:.1%}".replace("%", " %")


def clipped(text: str | None, width: int = 44) -> str:
    """The beginning of a text on one line, so many half-width places wide.

    >>> clipped("物流太慢了\\n等了很久", 11)
    '物流太慢了…'
    """
    from unicodedata import east_asian_width

    line, used = "", 0
    for character in " ".join((text or "").split()):
        used += 2 if east_asian_width(character) in "WF" else 1
        if used > width:
            return line.rstrip() + "…"
        line += character
    return line
