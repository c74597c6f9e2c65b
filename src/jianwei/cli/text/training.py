"""jianwei text train, evaluate: classifiers of one's own, and how good they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jianwei.cli._door import AsJson, Quiet, command
from jianwei.cli.text._parts import (
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
    warn,
    words,
)
from jianwei.common.i18n import guess_language
from jianwei.common.progress import Progress, open_progress
from jianwei.errors import UsageError

if TYPE_CHECKING:
    from jianwei.text.evaluation import Evaluation, Leaks, Scores
    from jianwei.text.evaluation.answers import Model
    from jianwei.text.evaluation.learning import Prepared
    from jianwei.workspace.texts.reading import Posts
    from jianwei.workspace.texts.schooling import School

__all__ = ["register"]

Label = Annotated[str | None, typer.Option("--label", metavar="COLUMN", help=words("option.label"))]
Several = Annotated[str | None, typer.Option("--multi-label", metavar="SEPARATOR", help=words("option.multi_label"))]

_CONFUSED, _CLASSES = 6, 40


def register(group: typer.Typer) -> None:
    """Add these commands to the group."""
    _train(group)
    _evaluate(group)


def _train(group: typer.Typer) -> None:
    @group.command("train", help=words("help.train"))
    @command
    def train(
        files: Files = None,
        text: TextColumn = None,
        label: Label = None,
        output: Annotated[
            Path | None, typer.Option("--output", "-o", metavar="FILE", help=words("option.model_file"))
        ] = None,
        multi_label: Several = None,
        tier: Annotated[str, typer.Option("--tier", help=words("option.tier"))] = "fast",
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        from jianwei.workspace.texts.schooling import school

        with open_progress(quiet=quiet or json) as progress:
            posts = gathered(files, text=text, label=label, labelled=True, progress=progress)
            path = output or Path(f"{Path(posts.files[0].name).stem.strip('-') or 'text'}.model")
            done = school(posts, path, tier=tier, separator=multi_label, progress=progress)
        if json:
            print_json(posts, done.plain(), [path])
        else:
            _show_prepared(done.ready)
            _show_school(done)
            say("")
            say(words("train.saved", path=path, size=path.stat().st_size / 1e3))
            say(words("train.use", path=path))
        return finish(posts)


def _show_prepared(ready: Prepared) -> None:
    say(words("train.given", rows=ready.given, texts=len(ready.texts), classes=len(ready.sizes)))
    for name, rows in (("duplicates", ready.duplicates), ("empty", ready.empty), ("unlabelled", ready.unlabelled)):
        if rows:
            say(words(f"train.{name}", rows=rows))
    if ready.contradictions:
        example = clipped(ready.contradictions[0], 40)
        warn(words("train.contradictions", texts=len(ready.contradictions), left_out=ready.left_out, example=example))
    if ready.tiny:
        shown = ", ".join(f"{name} {size}" for name, size in list(ready.tiny.items())[:8])
        warn(words("train.tiny", classes=len(ready.tiny), shown=shown))


def _show_school(done: School) -> None:
    if done.learned.evaluation is None:
        warn(words("train.too_few"))
        return
    one, usual = done.learned.evaluation.of("model"), done.learned.evaluation.of("baseline")
    say("")
    key = "train.tenth" if done.learned.folds == 1 else "train.folds"
    say(words(key, texts=done.learned.held, folds=done.learned.folds))
    say(
        words(
            "train.accuracy",
            accuracy=percent(one.accuracy),
            low=percent(one.low),
            high=percent(one.high),
            baseline=percent(usual.accuracy),
            macro_f1=one.macro_f1,
            ece=one.ece or 0.0,
        )
    )
    say("")
    _show_classes(one, {row.label: row.ngrams for row in done.telling})
    _show_confusion(one)


def _show_classes(one: Scores, telling: Mapping[str, Sequence[str]]) -> None:
    """A line a class; of very many those with most rows."""
    largest = one.per_class
    if len(largest) > _CLASSES:
        largest = largest.sort_by([("support", "descending"), ("label", "ascending")]).slice(0, _CLASSES)
    table_of(
        ("label", "precision", "recall", "f1", "rows", *(["telling"] if telling else [])),
        (
            (
                clipped(row["label"], 20),
                f"{row['precision']:.2f}",
                f"{row['recall']:.2f}",
                f"{row['f1']:.2f}",
                row["support"],
                *([clipped(" ".join(telling.get(row["label"], ())), 34)] if telling else []),
            )
            for row in largest.to_pylist()
        ),
    )
    if len(one.per_class) > _CLASSES:
        say(words("more_classes", rows=len(one.per_class) - _CLASSES))


def _show_confusion(one: Scores) -> None:
    """All of a small matrix; of a large one what is mixed up most."""
    if one.confusion is None:
        return
    names = [clipped(name, 10) for name in one.classes]
    if len(names) <= _CONFUSED:
        say("")
        say(words("confusion.matrix"))
        from jianwei.cli._door import show_table

        show_table(["", *names], ([name, *row] for name, row in zip(names, one.confusion.tolist(), strict=True)))
        return
    wrong = sorted(
        (
            (-count, truth, given)
            for truth, row in enumerate(one.confusion.tolist())
            for given, count in enumerate(row)
            if count and truth != given
        )
    )
    if not wrong:
        return
    say("")
    say(words("confusion.most"))
    table_of(
        ("truth", "given", "rows"),
        ((clipped(one.classes[t], 24), clipped(one.classes[g], 24), -n) for n, t, g in wrong[:8]),
    )


def _evaluate(group: typer.Typer) -> None:
    @group.command("evaluate", help=words("help.evaluate"))
    @command
    def evaluate(
        files: Files = None,
        models: Annotated[
            list[str] | None, typer.Option("--model", metavar="FILE|NAME", help=words("option.models"))
        ] = None,
        text: TextColumn = None,
        label: Label = None,
        leaks: Annotated[bool, typer.Option("--leaks", help=words("option.leaks"))] = False,
        train: Annotated[Path | None, typer.Option("--train", metavar="FILE", help=words("option.train_file"))] = None,
        near: Annotated[float, typer.Option("--near", min=0.3, max=1, help=words("option.near"))] = 0.8,
        multi_label: Several = None,
        rename: Annotated[
            str | None, typer.Option("--rename", metavar="OLD=NEW,…", help=words("option.rename"))
        ] = None,
        pictures: Annotated[
            Path | None, typer.Option("--pictures", metavar="DIR", help=words("option.pictures"))
        ] = None,
        output: Output = None,
        limit: Limit = 20,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        from jianwei.workspace.texts.writing import check_suffix

        check_suffix(output, files)
        if leaks:
            return _audit(files or [], text, label, near, output, limit, json=json, quiet=quiet)
        if not models:
            raise UsageError("--model", words("no_model"), words("no_model_hint"))
        from jianwei.text.evaluation import evaluate as compare
        from jianwei.text.evaluation import leaks as find_leaks
        from jianwei.workspace.texts.choosing import load_asked
        from jianwei.workspace.texts.schooling import labels_of, renamed

        chosen = {name: load_asked(name) for name in models}
        with open_progress(quiet=quiet or json) as progress:
            posts = gathered(files, text=text, label=label, labelled=True, progress=progress)
            rows = posts.labelled() if multi_label is None else posts.filled()
            found: Leaks | None = None
            if train is not None:
                known = gathered([train], text=text, label=label, labelled=True, progress=progress).filled()
                found = find_leaks(known.texts, rows.texts, near=near, progress=progress)
            labels = renamed(labels_of(rows, multi_label), rename)
            _check_labels(chosen, labels, multi_label)
            result = compare(
                dict(zip(_short(list(chosen)), chosen.values(), strict=True)),
                rows.texts,
                labels,
                parts={"clean": found.clean} if found is not None else None,
                multi_label=multi_label is not None,
                progress=progress,
            )
        classes = {f"{one.model}-{one.part or 'all'}": one.per_class for one in result.scores}
        written = save(output, {"models": result.rows, "comparisons": result.comparisons, **classes})
        if pictures is not None:
            from jianwei.workspace.texts.schooling import draw_scores

            written = (*written, *draw_scores(result, pictures, guess_language()))
        if json:
            print_json(posts, {"models": result.rows, "comparisons": result.comparisons, "classes": classes}, written)
        else:
            _show_evaluation(result)
            for path in written:
                say(words("written", path=path))
        return finish(posts)


def _check_labels(models: Mapping[str, Model], labels: Sequence[Any], separator: str | None) -> None:
    """A model and labels that do not even speak of the same classes cannot be compared.

    Raises:
        UsageError: shows what each calls its classes, and the option that translates.
    """
    told = set(labels) if separator is None else {name for several in labels for name in several}
    for name, model in models.items():
        classes = getattr(model, "classes", None)
        if classes and told and not told & set(classes):
            pairs = ",".join(f"{label}={known}" for label, known in zip(sorted(told)[:2], classes, strict=False))
            what = words("evaluate.other_classes", model=name, knows=_few(classes), labels=_few(sorted(told)))
            raise UsageError("--label", what, f"--rename {pairs} …")


def _few(names: Sequence[str]) -> str:
    return ", ".join([*names[:4], *(["…"] if len(names) > 4 else [])])


def _short(names: Sequence[str]) -> list[str]:
    """File names without folder and ending, where that keeps them apart."""
    short = [Path(name).stem for name in names]
    return short if len(set(short)) == len(short) else list(names)


def _show_evaluation(result: Evaluation) -> None:
    table_of(
        ("model", "rows", "accuracy", "interval", "macro_f1", "ece", "per_second"),
        (
            (
                one.model + (f" ({words('clean')})" if one.part else ""),
                one.rows,
                f"{one.accuracy:.3f}",
                f"{one.low:.3f}–{one.high:.3f}",
                f"{one.macro_f1:.3f}",
                "" if one.ece is None else f"{one.ece:.3f}",
                f"{one.rate:,.0f}",
            )
            for one in result.scores
        ),
    )
    for row in result.comparisons.to_pylist():
        if not row["part"]:
            key = "evaluate.differ" if row["p"] < 0.05 else "evaluate.alike"
            say(words(key, **row))
    for one in result.scores:
        if not one.part:
            say("")
            say(one.model)
            _show_classes(one, {})
            _show_confusion(one)


def _audit(
    files: list[Path],
    text: str | None,
    label: str | None,
    near: float,
    output: Path | None,
    limit: int,
    *,
    json: bool,
    quiet: bool,
) -> int:
    if len(files) != 2:
        raise UsageError("--leaks", words("two_files"), words("two_files_hint"))
    from jianwei.text.evaluation import leaks

    with open_progress(quiet=quiet or json) as progress:
        train, test = (_labelled_or_not(file, text, label, progress=progress) for file in files)
        known, asked = (None if one.labels is None else one.labels.to_pylist() for one in (train, test))
        if (
            known is None or asked is None or not set(known) & set(asked)
        ):  # labels of different worlds contradict nobody
            known = asked = None
        found = leaks(
            train.texts,
            test.texts,
            train_labels=known,
            test_labels=asked,
            near=near,
            progress=progress,
        )
    written = save(output, {"leaks": found.rows, "by-label": found.by_label})
    if json:
        names = (
            "train_rows",
            "test_rows",
            "exact",
            "normalised",
            "near",
            "share",
            "contradictory",
            "train_duplicates",
            "train_contradictions",
        )
        figures = {name: getattr(found, name) for name in names}
        print_json(test, {**figures, "by_label": found.by_label, "rows": found.rows}, written)
    else:
        _show_leaks(found, limit)
        for path in written:
            say(words("written", path=path))
    return max(finish(train), finish(test))


def _labelled_or_not(file: Path, text: str | None, label: str | None, *, progress: Progress) -> Posts:
    """A file's texts, with its labels where it has some."""
    try:
        return gathered([file], text=text, label=label, labelled=True, progress=progress)
    except UsageError:
        if label is not None:
            raise
        return gathered([file], text=text, progress=progress)


def _show_leaks(found: Leaks, limit: int) -> None:
    say(
        words(
            "leaks.total", train=found.train_rows, test=found.test_rows, leaked=len(found), share=percent(found.share)
        )
    )
    table_of(
        ("kind", "rows"),
        ((words(f"leaks.{kind}"), getattr(found, kind)) for kind in ("exact", "normalised", "near")),
    )
    if found.contradictory:
        warn(words("leaks.contradictory", rows=found.contradictory))
    if found.train_duplicates:
        say(words("leaks.train_duplicates", rows=found.train_duplicates))
    if found.train_contradictions:
        warn(words("leaks.train_contradictions", rows=found.train_contradictions))
    if found.by_label.num_rows:
        say("")
        table_of(
            ("label", "rows", "leaked", "share"),
            ((row["label"], row["rows"], row["leaked"], percent(row["share"])) for row in found.by_label.to_pylist()),
        )
    if len(found):
        say("")
        table_of(
            ("test_row", "train_row", "kind", "text"),
            (
                (
                    row["test_row"] + 1,
                    row["train_row"] + 1,
                    words(f"leaks.{row['kind']}"),
                    clipped(row["test_text"], 36),
                )
                for row in found.rows.slice(0, limit).to_pylist()
            ),
        )
        if len(found) > limit:
            say(words("more", rows=len(found) - limit))
