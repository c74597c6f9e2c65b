"""jianwei text keywords, topics, entities, parse: what is in texts."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from jianwei.cli._door import AsJson, Quiet, command, show, show_table
from jianwei.cli.text._parts import (
    By,
    Files,
    Limit,
    Output,
    TextColumn,
    clipped,
    finish,
    gathered,
    percent,
    print_json,
    save,
    say,
    table_of,
    words,
)
from jianwei.common.progress import open_progress
from jianwei.errors import UsageError

__all__ = ["register"]

_METHODS = ("tfidf", "textrank")
_PERIODS = 6


def register(group: typer.Typer) -> None:
    """Add these commands to the group."""
    _keywords(group)
    _topics(group)
    _entities(group)
    _parse(group)


def _keywords(group: typer.Typer) -> None:
    @group.command("keywords", help=words("help.keywords"))
    @command
    def keywords(
        files: Files = None,
        text: TextColumn = None,
        method: Annotated[str, typer.Option("--method", help=words("option.method"))] = "tfidf",
        output: Output = None,
        limit: Limit = 20,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        from jianwei.text.salience import graph, terms
        from jianwei.workspace.texts.writing import check_suffix

        check_suffix(output, files)
        if method not in _METHODS:
            raise UsageError("--method", f"{method!r} is unknown", f"choose one of {', '.join(_METHODS)}")
        with open_progress(quiet=quiet or json) as progress:
            posts = gathered(files, text=text, progress=progress)
        count = graph.textrank if method == "textrank" else terms.keywords
        found = count(posts.filled().texts, limit)
        written = save(output, {"keywords": found.rows})
        if json:
            print_json(posts, {"keywords": found.rows}, written)
        else:
            table_of(("word", "posts", "score"), ((row["word"], row["texts"], f"{row['score']:,.1f}") for row in found))
            for path in written:
                say(words("written", path=path))
        return finish(posts, empty=False)


def _topics(group: typer.Typer) -> None:
    @group.command("topics", help=words("help.topics"))
    @command
    def topics(
        files: Files = None,
        text: TextColumn = None,
        k: Annotated[int | None, typer.Option("-k", "--number", min=2, help=words("option.number"))] = None,
        by: By = None,
        every: Annotated[str, typer.Option("--every", help=words("option.every"))] = "month",
        output: Output = None,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        from jianwei.common.results import Unavailable
        from jianwei.text.topicmodel.answer import topics as find_topics
        from jianwei.workspace.texts.periods import periods_of
        from jianwei.workspace.texts.writing import beside, check_suffix

        check_suffix(output, files)
        with open_progress(quiet=quiet or json) as progress:
            posts = gathered(files, text=text, by=by, progress=progress).filled()
            with progress.task("topics", None):
                periods = None if posts.by is None else periods_of(posts.by, every)
                found = find_topics(posts.texts, k or "auto", periods=periods)
        if isinstance(found, Unavailable):
            show(found, json=json)
            return finish(posts, empty=False)
        names = found.rows["name"].combine_chunks()
        own = names.take(_places(found.assignment.topic))
        written = save(
            output,
            {
                "posts": beside(posts.frame, {"topic": own}),
                "topics": found.rows,
                **({"over-time": found.over_time} if by else {}),
            },
        )
        if json:
            answer = {"topics": found.rows, "over_time": found.over_time, "without": found.without}
            print_json(posts, answer, written)
            return finish(posts, empty=False)
        table_of(
            ("topic", "posts", "share", "words", "example"),
            (
                (
                    row["name"],
                    row["texts"],
                    percent(row["share"]),
                    clipped(" ".join(row["words"]), 26),
                    clipped((row["examples"] or [""])[0], 22),
                )
                for row in found
            ),
        )
        if found.without:
            say(words("topics.without", posts=found.without))
        if by:
            say("")
            _show_over_time(found.over_time.to_pylist())
        for path in written:
            say(words("written", path=path))
        return finish(posts, empty=False)


def _places(topic: object) -> object:
    """Index of every post's topic; null where it has none."""
    import numpy as np
    import pyarrow as pa

    codes = np.asarray(topic)
    return pa.array(codes, mask=codes < 0)


def _show_over_time(rows: list[dict[str, Any]]) -> None:
    """A line a topic, a column for each of the latest periods, or of the largest groups where there are no dates."""
    sizes: dict[str, int] = {}
    for row in rows:
        sizes[row["period"]] = sizes.get(row["period"], 0) + row["texts"]
    periods = list(sizes)
    if not all(period[:4].isdigit() for period in periods):
        periods.sort(key=lambda period: -sizes[period])
        periods = periods[:_PERIODS]
    shares = {(row["name"], row["period"]): row["share"] for row in rows}
    shown = periods[-_PERIODS:]

    def cell(name: str, period: str) -> str:
        share = shares.get((name, period))
        return "" if share is None else f"{share:.0%}"

    lines = ([name, *(cell(name, period) for period in shown)] for name in dict.fromkeys(row["name"] for row in rows))
    show_table([words("column.topic"), *(clipped(period, 10) for period in shown)], lines)


def _entities(group: typer.Typer) -> None:
    @group.command("entities", help=words("help.entities"))
    @command
    def entities(
        files: Files = None,
        text: TextColumn = None,
        kinds: Annotated[str | None, typer.Option("--kinds", help=words("option.kinds"))] = None,
        output: Output = None,
        limit: Limit = 20,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        from jianwei.text.personal.entities import find_entities
        from jianwei.workspace.texts.writing import check_suffix

        check_suffix(output, files)
        with open_progress(quiet=quiet or json) as progress:
            posts = gathered(files, text=text, progress=progress)
        found = find_entities(posts.texts, kinds.split(",") if kinds else None)
        written = save(output, {"entities": found.rows})
        if json:
            print_json(posts, {"entities": found.rows}, written)
        else:
            counted = found.rows.group_by("kind").aggregate([("row", "count")]).sort_by([("row_count", "descending")])
            say(words("entities.total", posts=len(posts), entities=len(found)))
            table_of(("kind", "count"), ((_kind(row["kind"]), row["row_count"]) for row in counted.to_pylist()))
            if output is None and len(found):
                say("")
                table_of(
                    ("row", "kind", "found", "value"),
                    (
                        (row["row"] + 1, _kind(row["kind"]), clipped(row["text"], 30), clipped(row["value"], 30))
                        for row in found.rows.slice(0, limit).to_pylist()
                    ),
                )
                if len(found) > limit:
                    say(words("more", rows=len(found) - limit))
            for path in written:
                say(words("written", path=path))
        return finish(posts, empty=False)


def _kind(code: str) -> str:
    from jianwei.common.i18n import catalog, guess_language

    return catalog(guess_language()).text(f"redact.{code}")


def _parse(group: typer.Typer) -> None:
    @group.command("parse", help=words("help.parse"))
    @command
    def parse(
        files: Files = None,
        text: TextColumn = None,
        parser: Annotated[str | None, typer.Option("--parser", metavar="PIPELINE", help=words("option.parser"))] = None,
        output: Output = None,
        limit: Limit = 20,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        from jianwei.text.grammar import parsing
        from jianwei.workspace.texts.writing import check_suffix

        check_suffix(output, files)
        chosen = None
        if parser is not None:
            from jianwei.text.grammar.spacy_parser import load_parser

            chosen = load_parser(None if parser == "auto" else parser)
        with open_progress(quiet=quiet or json) as progress:
            posts = gathered(files, text=text, progress=progress)
        texts = posts.texts if output or json else posts.filled().texts.slice(0, limit)
        found = parsing.parse(texts, parser=chosen)
        written = save(output, {"tokens": found.rows})
        if json:
            print_json(
                posts,
                {"parser": found.identity.name, "dependencies": found.dependencies, "tokens": found.rows},
                written,
            )
        elif output is None:
            names = ("sentence", "token", "pos", *(["relation", "head"] if found.dependencies else []))
            said = {(row["row"], row["token"]): row["text"] for row in found}
            table_of(
                names,
                (
                    (
                        f"{row['row'] + 1}.{row['sentence'] + 1}",
                        row["text"],
                        row["pos"] or "",
                        *(
                            [row["relation"] or "", said.get((row["row"], row["head"]), "")]
                            if found.dependencies
                            else []
                        ),
                    )
                    for row in found
                ),
            )
            if not found.dependencies:
                say(words("parse.no_dependencies"))
        for path in written if not json else ():
            say(words("written", path=path))
        return finish(posts, empty=False)
