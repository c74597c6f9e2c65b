"""jianwei text sentiment, classify, aspects: what is said of every post, and how much of it there is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli._door import AsJson, Quiet, command
from jianwei.cli.text._parts import (
    By,
    Files,
    Limit,
    Model,
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
from jianwei.common.i18n import guess_language
from jianwei.common.progress import open_progress

if TYPE_CHECKING:
    from jianwei.workspace.texts.feelings import Feelings
    from jianwei.workspace.texts.judgements import Judgements
    from jianwei.workspace.texts.reading import Posts

__all__ = ["register"]


def register(group: typer.Typer) -> None:
    """Add these commands to the group."""
    _sentiment(group)
    _classify(group)
    _aspects(group)


def _sentiment(group: typer.Typer) -> None:
    @group.command("sentiment", help=words("help.sentiment"))
    @command
    def sentiment(
        files: Files = None,
        text: TextColumn = None,
        by: By = None,
        wordcloud: Annotated[
            Path | None, typer.Option("--wordcloud", metavar="DIR", help=words("option.wordcloud"))
        ] = None,
        model: Model = None,
        output: Output = None,
        limit: Limit = 20,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        from jianwei.workspace.texts.choosing import load_model
        from jianwei.workspace.texts.clouds import word_clouds
        from jianwei.workspace.texts.feelings import feel
        from jianwei.workspace.texts.writing import beside, check_suffix

        check_suffix(output, files)
        chosen = None if model is None else load_model(model)
        with open_progress(quiet=quiet or json) as progress:
            posts = gathered(files, text=text, by=by, progress=progress)
            found = feel(posts, chosen, progress)
            pictures: tuple[Path, ...] = ()
            if wordcloud is not None:
                pictures = word_clouds(posts, found, wordcloud, language=guess_language(), progress=progress)
        tables = {"posts": beside(posts.frame, dict(zip(found.rows.column_names, found.rows.columns, strict=True)))}
        if found.people is not None:
            tables["by"] = found.people.rename_columns([by or "by", *found.people.column_names[1:]])
        written = (*save(output, tables), *pictures)
        if json:
            answer: dict[str, object] = {"model": found.model, "totals": found.totals, "by": found.people}
            if output is None:
                answer["posts"] = [
                    {"text": said, **row} for said, row in zip(posts.texts.to_pylist(), found, strict=True)
                ]
            print_json(posts, answer, written)
        else:
            _show_feelings(posts, found, limit, each=output is None and by is None and wordcloud is None)
            for path in written:
                say(words("written", path=path))
        return finish(posts)


def _show_feelings(posts: Posts, found: Feelings, limit: int, *, each: bool) -> None:
    total = sum(found.totals.values())
    say(words("sentiment.total", posts=total, model=found.model))
    table_of(
        ("sentiment", "posts", "share"),
        ((words(f"mood.{mood}"), count, percent(count / max(total, 1))) for mood, count in found.totals.items()),
    )
    if found.people is not None:
        say("")
        rows = found.people.slice(0, limit).to_pylist()
        table_of(
            ("by", "posts", "negative", "neutral", "positive", "negative_share"),
            (
                (
                    clipped(row["by"], 24) or words("nobody"),
                    row["total"],
                    row["negative"],
                    row["neutral"],
                    row["positive"],
                    percent(row["negative_share"]),
                )
                for row in rows
            ),
        )
        _more(len(found.people), limit)
    if each:
        say("")
        rows = [row for row in zip(posts.texts.to_pylist(), found, strict=True) if row[0] is not None]
        table_of(
            ("sentiment", "score", "text"),
            ((words(f"mood.{row['sentiment']}"), f"{row['score']:.2f}", clipped(said)) for said, row in rows[:limit]),
        )
        _more(len(rows), limit)


def _more(rows: int, limit: int) -> None:
    if rows > limit:
        say(words("more", rows=rows - limit))


def _classify(group: typer.Typer) -> None:
    @group.command("classify", help=words("help.classify"))
    @command
    def classify(
        model: Annotated[str, typer.Option("--model", metavar="FILE|NAME", help=words("option.model"))],
        files: Files = None,
        text: TextColumn = None,
        top: Annotated[int, typer.Option("--top", min=1, help=words("option.top"))] = 1,
        threshold: Annotated[
            float | None, typer.Option("--threshold", min=0, max=1, help=words("option.threshold"))
        ] = None,
        explain: Annotated[bool, typer.Option("--explain", help=words("option.explain"))] = False,
        output: Output = None,
        limit: Limit = 20,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        from jianwei.workspace.texts.choosing import MODERATION, load_model
        from jianwei.workspace.texts.judgements import judge, moderate
        from jianwei.workspace.texts.writing import beside, check_suffix

        check_suffix(output, files)
        chosen = None if model == MODERATION and not Path(model).exists() else load_model(model)
        with open_progress(quiet=quiet or json) as progress:
            posts = gathered(files, text=text, progress=progress)
            if chosen is None:
                found = moderate(posts, explain=explain, progress=progress)
            else:
                found = judge(posts, chosen, top=top, threshold=threshold, explain=explain, progress=progress)
        answers = dict(zip(found.rows.column_names, found.rows.columns, strict=True))
        written = save(output, {"posts": beside(posts.frame, answers)})
        if json:
            answer: dict[str, object] = {"model": found.model, "totals": found.totals}
            if output is None:
                answer["posts"] = [
                    {"text": said, **row} for said, row in zip(posts.texts.to_pylist(), found, strict=True)
                ]
            print_json(posts, answer, written)
        else:
            _show_judgements(posts, found, limit, each=output is None)
            for path in written:
                say(words("written", path=path))
        return finish(posts)


def _show_judgements(posts: Posts, found: Judgements, limit: int, *, each: bool) -> None:
    say(words("classify.total", posts=found.judged, model=found.model))
    table_of(
        ("label", "posts", "share"),
        (
            (name or words("undecided"), count, percent(count / max(found.judged, 1)))
            for name, count in found.totals.items()
        ),
    )
    if not each:
        return
    say("")
    rows = [row for row in zip(posts.texts.to_pylist(), found, strict=True) if row[0] is not None]
    explained = "because" in found.rows.column_names
    table_of(
        ("label", "score", "text", *(["because"] if explained else [])),
        (
            (
                "\n".join(row["labels"]) or words("undecided"),
                "\n".join(f"{score:.2f}" for score in row["scores"]),
                clipped(said, 24 if explained else 44),
                *([clipped(row["because"], 27)] if explained else []),
            )
            for said, row in rows[:limit]
        ),
    )
    _more(len(rows), limit)


def _aspects(group: typer.Typer) -> None:
    @group.command("aspects", help=words("help.aspects"))
    @command
    def aspects(
        files: Files = None,
        text: TextColumn = None,
        output: Output = None,
        limit: Limit = 20,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        from jianwei.workspace.texts.praise import praise_and_blame
        from jianwei.workspace.texts.writing import check_suffix

        check_suffix(output, files)
        with open_progress(quiet=quiet or json) as progress:
            posts = gathered(files, text=text, progress=progress).filled()
            found = praise_and_blame(posts, progress)
        written = save(output, {"aspects": found.rows, "totals": found.totals})
        if json:
            print_json(posts, {"totals": found.totals, **({} if output else {"aspects": found.rows})}, written)
        else:
            say(words("aspects.total", posts=len(posts), with_aspects=found.posts))
            table_of(
                ("aspect", "posts", "positive", "neutral", "negative", "negative_share"),
                (
                    (
                        _aspect(row["aspect"]),
                        row["total"],
                        row["positive"],
                        row["neutral"],
                        row["negative"],
                        percent(row["negative_share"]),
                    )
                    for row in found.totals.to_pylist()
                ),
            )
            if output is None:
                say("")
                table_of(
                    ("sentiment", "aspect", "text"),
                    (
                        (words(f"mood.{row['sentiment']}"), _aspect(row["aspect"]), clipped(row["text"]))
                        for row in found.rows.slice(0, limit).to_pylist()
                    ),
                )
                _more(len(found.rows), limit)
            for path in written:
                say(words("written", path=path))
        return finish(posts, empty=False)


def _aspect(code: str) -> str:
    from jianwei.common.i18n import catalog

    key = f"charts.aspect.{code}"
    texts = catalog(guess_language())
    return texts.text(key) if texts.has(key) else code
