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

    from jianwei.text.lm._base import CharacterModel
    from jianwei.text.lm.training import Outcome
    from jianwei.workspace.texts.reading import Posts

__all__ = ["register"]

_FILE = Path("model.lm")
_SURE = 0.5


def _words(key: str, /, **values: object) -> str:
    return catalog(guess_language()).text(f"lm.{key}", **values)


Files = Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help=_words("argument.files"))]
TextColumn = Annotated[str | None, typer.Option("--text", metavar="COLUMN", help=_words("option.text"))]
Model = Annotated[Path, typer.Option("--model", "-m", metavar="FILE", help=_words("option.model"))]
Neural = Annotated[Path | None, typer.Option("--neural", metavar="FILE", help=_words("option.neural"))]
Said = Annotated[Path | None, typer.Option("--workspace", "-w", metavar="DIR", help=_words("option.workspace"))]


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    group = typer.Typer(no_args_is_help=True)
    for add in (_train, _complete, _perplexity, _generate, _odd):
        add(group)
    app.add_typer(group, name="lm", help=_words("help.lm"))


def _load(path: Path, neural: Path | None) -> CharacterModel:
    """The counted model, mixed with the recurrent one where it is named."""
    from jianwei.text.lm.mixing import Mixture
    from jianwei.text.lm.model import LanguageModel
    from jianwei.text.lm.recurrent import load_recurrent

    counted = LanguageModel.load(path)
    if neural is None:
        return counted
    recurrent = load_recurrent(neural)
    return Mixture(counted, recurrent, recurrent.share)


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
        neural: Annotated[
            Path | None, typer.Option("--neural", metavar="FILE", help=_words("option.train_neural"))
        ] = None,
        epochs: Annotated[int, typer.Option("--epochs", min=1, help=_words("option.epochs"))] = 4,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        from jianwei.text.lm.model import LanguageModel
        from jianwei.text.lm.recurrent import save_recurrent
        from jianwei.text.lm.recurrent_training import Training
        from jianwei.text.lm.training import train_and_judge

        if files and workspace:
            raise UsageError("lm train", _words("train.both"), _words("train.both_hint"))
        how = None if neural is None else Training(epochs=epochs)
        with open_progress(quiet=quiet or json) as progress:
            posts = _read(files, text, progress) if workspace is None else None
            texts = _spoken(workspace or Path()) if posts is None else posts.filled().texts
            if not len(texts):
                raise UsageError("lm train", _words("train.nothing"), _words("train.nothing_hint"))
            model = LanguageModel(order, min_count=min_count, prune=prune)
            outcome = train_and_judge(model, texts, neural=how, progress=progress)
        model.save(output)
        if neural is not None and outcome.recurrent is not None:
            save_recurrent(outcome.recurrent, neural)
        _tell(outcome, output, json=json)
        return _finish(posts)


def _tell(outcome: Outcome, path: Path, *, json: bool) -> None:
    facts, known, size = outcome.model.facts, len(outcome.model.vocabulary.characters), path.stat().st_size
    judged, mixed, alone = outcome.judged, outcome.mixed, outcome.alone
    if json:
        answer = {"model": path, "bytes": size, "known": known, "facts": facts, "held_out": judged}
        typer.echo(as_json(answer if mixed is None else answer | {"mixed": mixed, "alone": alone}))
        return
    _say(_words("train.done", texts=facts.texts, characters=facts.characters, known=known))
    order, grams = len(facts.grams), sum(facts.grams)
    _say(_words("train.size", grams=grams, order=order, megabytes=size / 1e6, path=path))
    if judged is None:
        _say(_words("train.held_out_none"))
    elif judged.unknown:
        one_in = judged.characters / judged.unknown
        _say(_words("train.held_out", perplexity=judged.perplexity, one_in=one_in))
    else:
        _say(_words("train.held_out_known", perplexity=judged.perplexity))
    if mixed is not None and alone is not None:
        _say(_words("train.mixed", mixed=mixed.perplexity, alone=alone.perplexity))
    _say(_words("train.then", path=path))


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
        neural: Neural = None,
        characters: Annotated[bool, typer.Option("--characters", help=_words("option.characters"))] = False,
        longest: Annotated[int, typer.Option("--longest", min=1, help=_words("option.longest"))] = 8,
        json: AsJson = False,
    ) -> None:
        from jianwei.text.lm.drawing import completions, likeliest

        judge = _load(model, neural)
        found = completions(judge, likeliest(judge, prefix, k), prefix, 1 if characters else longest, _SURE)
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
        neural: Neural = None,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        from jianwei.text.lm.judging import evaluate

        judge = _load(model, neural)
        with open_progress(quiet=quiet or json) as progress:
            posts = _read(files, text, progress)
        found = evaluate(judge, posts.texts)
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
        neural: Neural = None,
        json: AsJson = False,
    ) -> None:
        import numpy as np

        from jianwei.text.lm.drawing import Drawing
        from jianwei.text.lm.drawing import generate as go_on

        writer, random = _load(model, neural), np.random.default_rng(seed)
        how = Drawing(temperature, top_k, top_p)
        texts = [
            prompt + go_on(writer, prompt, length=length, how=how, stop=stop or (), random=random)
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
        neural: Neural = None,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        import numpy as np

        from jianwei.text.lm.judging import typical

        judge = _load(model, neural)
        with open_progress(quiet=quiet or json) as progress:
            posts = _read(files, text, progress)
        scores = typical(judge, posts.texts)
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
