"""jianwei lm: train a language model, let it complete, judge and write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli._door import AsJson, Quiet, as_json, command, console, opened, show_table
from jianwei.common.i18n import catalog, guess_language
from jianwei.common.progress import Progress, open_progress
from jianwei.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from jianwei.text.lm.model import LanguageModel
    from jianwei.workspace.texts.reading import Posts

__all__ = ["register"]

_FILE = Path("model.lm")
_LEAST_TEXTS = 100


def _words(key: str, /, **values: object) -> str:
    return catalog(guess_language()).text(f"lm.{key}", **values)


Files = Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help=_words("argument.files"))]
TextColumn = Annotated[str | None, typer.Option("--text", metavar="COLUMN", help=_words("option.text"))]
Model = Annotated[Path, typer.Option("--model", "-m", metavar="FILE", help=_words("option.model"))]
Said = Annotated[Path | None, typer.Option("--workspace", "-w", metavar="DIR", help=_words("option.workspace"))]


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    group = typer.Typer(no_args_is_help=True)
    for add in (_train, _complete, _perplexity, _generate, _odd):
        add(group)
    app.add_typer(group, name="lm", help=_words("help.lm"))


def _load(path: Path) -> LanguageModel:
    from jianwei.text.lm.model import LanguageModel

    return LanguageModel.load(path)


def _read(files: list[Path] | None, column: str | None, progress: Progress) -> Posts:
    from jianwei.cli.text._parts import gathered

    return gathered(files, text=column, progress=progress)


def _finish(posts: Posts | None) -> int:
    from jianwei.cli.text._parts import finish

    return 0 if posts is None else finish(posts, empty=False)


def _say(text: str) -> None:
    console().print(text, markup=False)


def _train(group: typer.Typer) -> None:
    @group.command("train", help=_words("help.train"))
    @command
    def train(
        files: Files = None,
        text: TextColumn = None,
        output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help=_words("option.output"))] = _FILE,
        order: Annotated[int, typer.Option("--order", help=_words("option.order"))] = 5,
        min_count: Annotated[int, typer.Option("--min-count", help=_words("option.min_count"))] = 1,
        prune: Annotated[float, typer.Option("--prune", help=_words("option.prune"))] = 0.0,
        workspace: Said = None,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        from jianwei.text.lm.judging import held_out
        from jianwei.text.lm.model import LanguageModel

        if files and workspace:
            raise UsageError("lm train", _words("train.both"), _words("train.both_hint"))
        model = LanguageModel(order, min_count=min_count, prune=prune)
        with open_progress(quiet=quiet or json) as progress:
            posts = _read(files, text, progress) if workspace is None else None
            texts = _spoken(workspace or Path()) if posts is None else posts.filled().texts
            if not len(texts):
                raise UsageError("lm train", _words("train.nothing"), _words("train.nothing_hint"))
            held = held_out(texts.to_pylist())
            judged = None
            if len(texts) >= _LEAST_TEXTS and held.any():
                judged = model.fit(texts.filter(_mask(~held)), progress=progress).evaluate(texts.filter(_mask(held)))
            model.fit(texts, progress=progress).save(output)
        facts, known = model.facts, len(model.vocabulary.characters)
        if json:
            answer = {
                "model": output,
                "bytes": output.stat().st_size,
                "known": known,
                "facts": facts,
                "held_out": judged,
            }
            typer.echo(as_json(answer))
            return _finish(posts)
        _say(_words("train.done", texts=facts.texts, characters=facts.characters, known=known))
        size = output.stat().st_size / 1e6
        _say(_words("train.size", grams=sum(facts.grams), order=order, megabytes=size, path=output))
        if judged is None:
            _say(_words("train.held_out_none"))
        elif judged.unknown:
            one_in = judged.characters / judged.unknown
            _say(_words("train.held_out", perplexity=judged.perplexity, one_in=one_in))
        else:
            _say(_words("train.held_out_known", perplexity=judged.perplexity))
        _say(_words("train.then", path=output))
        return _finish(posts)


def _mask(flags: object) -> pa.BooleanArray:
    import pyarrow as pa

    return pa.array(flags)


def _spoken(folder: Path) -> pa.StringArray:
    from jianwei.workspace.spoken import spoken

    if not folder.is_dir():  # one that was mistyped is not made
        raise UsageError(str(folder), _words("train.no_workspace"), _words("train.no_workspace_hint"))
    with opened(folder) as ws:
        return spoken(ws)


def _complete(group: typer.Typer) -> None:
    @group.command("complete", help=_words("help.complete"))
    @command
    def complete(
        prefix: Annotated[str, typer.Argument(metavar="TEXT", help=_words("argument.prefix"))],
        k: Annotated[int, typer.Option("--limit", "-k", min=1, help=_words("option.limit"))] = 5,
        model: Model = _FILE,
        characters: Annotated[bool, typer.Option("--characters", help=_words("option.characters"))] = False,
        longest: Annotated[int, typer.Option("--longest", min=1, help=_words("option.longest"))] = 8,
        json: AsJson = False,
    ) -> None:
        found = _load(model).suggest(prefix, k, longest=1 if characters else longest)
        if json:
            typer.echo(as_json([suggestion._asdict() for suggestion in found]))
            return
        rows = ((rank, prefix + text, f"{p:.1%}") for rank, (text, p) in enumerate(found, 1))
        show_table([_words(f"column.{name}") for name in ("rank", "text", "probability")], rows)


def _perplexity(group: typer.Typer) -> None:
    @group.command("perplexity", help=_words("help.perplexity"))
    @command
    def perplexity(
        files: Files = None,
        text: TextColumn = None,
        model: Model = _FILE,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        judge = _load(model)
        with open_progress(quiet=quiet or json) as progress:
            posts = _read(files, text, progress)
        found = judge.evaluate(posts.texts)
        if json:
            typer.echo(as_json(found))
        else:
            _say(_words("perplexity.result", perplexity=found.perplexity, inside=found.perplexity_inside))
            _say(_words("perplexity.over", texts=found.texts, characters=found.characters, unknown=found.unknown))
        return _finish(posts)


def _generate(group: typer.Typer) -> None:
    @group.command("generate", help=_words("help.generate"))
    @command
    def generate(
        prompt: Annotated[str, typer.Argument(metavar="[TEXT]", help=_words("argument.prompt"))] = "",
        number: Annotated[int, typer.Option("--number", "-n", min=1, help=_words("option.number"))] = 1,
        length: Annotated[int, typer.Option("--length", min=1, help=_words("option.length"))] = 100,
        temperature: Annotated[float, typer.Option("--temperature", min=0, help=_words("option.temperature"))] = 1.0,
        top_k: Annotated[int, typer.Option("--top-k", min=0, help=_words("option.top_k"))] = 0,
        top_p: Annotated[float, typer.Option("--top-p", help=_words("option.top_p"))] = 1.0,
        stop: Annotated[list[str] | None, typer.Option("--stop", metavar="WORD", help=_words("option.stop"))] = None,
        seed: Annotated[int | None, typer.Option("--seed", min=0, help=_words("option.seed"))] = None,
        model: Model = _FILE,
        json: AsJson = False,
    ) -> None:
        import numpy as np

        writer, random = _load(model), np.random.default_rng(seed)
        texts = [
            prompt + writer.generate(prompt, length, temperature, stop or (), random, top_k=top_k, top_p=top_p)
            for _ in range(number)
        ]
        typer.echo(as_json(texts) if json else "\n".join(texts))


def _odd(group: typer.Typer) -> None:
    @group.command("odd", help=_words("help.odd"))
    @command
    def odd(
        files: Files = None,
        text: TextColumn = None,
        limit: Annotated[int, typer.Option("--limit", "-k", min=1, help=_words("option.limit"))] = 20,
        model: Model = _FILE,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        import numpy as np

        judge = _load(model)
        with open_progress(quiet=quiet or json) as progress:
            posts = _read(files, text, progress)
        scores = judge.score(posts.texts)
        there = np.flatnonzero(posts.texts.is_valid())
        order = there[np.argsort(scores[there], kind="stable")][:limit].tolist()
        rows = [(at + 1, float(scores[at]), posts.texts[at].as_py()) for at in order]
        if json:
            names = ("row", "score", "text")
            typer.echo(as_json([dict(zip(names, row, strict=True)) for row in rows]))
        else:
            from jianwei.cli.text._parts import clipped

            shown = ((row, f"{score:.2f}", clipped(said)) for row, score, said in rows)
            show_table([_words(f"column.{name}") for name in ("row", "score", "text")], shown)
        return _finish(posts)
