"""jianwei text normalize, tokenize, redact: texts in another form, a line each, or as a column of the file that is written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli._door import AsJson, Quiet, command
from jianwei.cli.text._parts import Files, Output, TextColumn, finish, gathered, print_json, save, warn, words
from jianwei.common.i18n import guess_language
from jianwei.common.progress import open_progress

if TYPE_CHECKING:
    import pyarrow as pa

    from jianwei.text.cutting.dictionary import Dictionary
    from jianwei.workspace.texts.reading import Posts

__all__ = ["KEY", "register"]

KEY = "JIANWEI_REDACT_KEY"
"""The environment variable that holds the key of `redact --style hash`: arguments are seen by everybody on a machine."""


def register(group: typer.Typer) -> None:
    """Add these commands to the group."""
    _normalize(group)
    _tokenize(group)
    _redact(group)


def _give(
    posts: Posts, frame: pa.Table, name: str, texts: Sequence[str | None], output: Path | None, *, json: bool
) -> int:
    """A line a text, or the file, or JSON."""
    written = save(output, {"posts": frame})
    if json:
        print_json(posts, {name: list(texts)} if output is None else {}, written)
    elif output is None:
        for text in texts:
            typer.echo(" ".join((text or "").splitlines()))
    else:
        for path in written:
            warn(words("written", path=path))
    return finish(posts, empty=False)


def _normalize(group: typer.Typer) -> None:
    @group.command("normalize", help=words("help.normalize"))
    @command
    def normalize(
        files: Files = None,
        text: TextColumn = None,
        simplified: Annotated[bool, typer.Option("--simplified", help=words("option.simplified"))] = False,
        lower: Annotated[bool, typer.Option("--lower", help=words("option.lower"))] = False,
        emoji: Annotated[bool, typer.Option("--emoji", help=words("option.emoji"))] = False,
        output: Output = None,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        import pyarrow as pa

        from jianwei.text.cutting.normal import normalize as normal
        from jianwei.workspace.texts.writing import beside, check_suffix

        check_suffix(output, files)
        with open_progress(quiet=quiet or json) as progress:
            posts = gathered(files, text=text, progress=progress)
        texts = normal(posts.texts, simplified=simplified, lower=lower, emoji=emoji)
        frame = beside(posts.frame, {"normalized": pa.array(texts, pa.string())})
        return _give(posts, frame, "normalized", texts, output, json=json)


def _tokenize(group: typer.Typer) -> None:
    @group.command("tokenize", help=words("help.tokenize"))
    @command
    def tokenize(
        files: Files = None,
        text: TextColumn = None,
        own: Annotated[Path | None, typer.Option("--words", metavar="FILE", help=words("option.words"))] = None,
        output: Output = None,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        import pyarrow as pa

        from jianwei.text.cutting.words import tokenize as cut
        from jianwei.workspace.texts.writing import beside, check_suffix

        check_suffix(output, files)
        with open_progress(quiet=quiet or json) as progress:
            posts = gathered(files, text=text, progress=progress)
        tokens = cut(posts.texts, _dictionary(own))
        if json and output is None:
            print_json(posts, {"tokens": tokens})
            return finish(posts, empty=False)
        lines = [" ".join(row) for row in tokens]
        frame = beside(posts.frame, {"tokens": pa.array(lines, pa.string())})
        return _give(posts, frame, "tokens", lines, output, json=json)


def _dictionary(path: Path | None) -> Dictionary | None:
    from jianwei.text.cutting.dictionary import Dictionary as Own

    return None if path is None else Own.load(path)


def _redact(group: typer.Typer) -> None:
    @group.command("redact", help=words("help.redact"))
    @command
    def redact(
        files: Files = None,
        text: TextColumn = None,
        style: Annotated[str, typer.Option("--style", help=words("option.style", key=KEY))] = "mask",
        kinds: Annotated[str | None, typer.Option("--kinds", help=words("option.kinds"))] = None,
        output: Output = None,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        from jianwei.text.personal import masking
        from jianwei.text.personal.entities import PERSONAL
        from jianwei.workspace.texts.writing import check_suffix

        check_suffix(output, files)
        with open_progress(quiet=quiet or json) as progress:
            posts = gathered(files, text=text, progress=progress)
        found = masking.redact(
            posts.texts,
            kinds.split(",") if kinds else PERSONAL,
            style,  # type: ignore[arg-type]
            key=os.environ.get(KEY),
            language=guess_language(),
        )
        masked = posts.with_texts(found.texts)  # the file must not hold what was masked
        code = _give(masked, masked.frame, "redacted", list(found), output, json=json)
        if not json:
            from jianwei.common.i18n import catalog

            texts = catalog(guess_language())
            for one in found.found:
                warn(
                    words("redact.found", kind=texts.text(f"redact.{one.kind}"), entities=one.entities, posts=one.texts)
                )
        return code
