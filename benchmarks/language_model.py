"""The language model: perplexities, suggestions, training, size; beside a page of plain Python that does the same."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

from benchmarks.measure import Sample, Table, case, interleaved, run

__all__ = ["tables"]

DATA = Path(os.environ.get("JIANWEI_DATA", Path(__file__).parents[2] / "shared" / "data"))
DIALOGUES, TITLES, NEWS = "tv_subtitle_dialogue", "thucnews_title10", "tnews"
CONTEXTS = 4_000


def _texts(name: str) -> list[str]:
    import pyarrow.parquet as pq

    texts: list[str] = pq.read_table(DATA / name / "data.parquet", columns=["text"])["text"].to_pylist()
    return texts


def _parts(name: str, split: str) -> tuple[list[str], list[str]]:
    """Training and held-out texts: a fixed tenth by the hash of the text, the conversation or the row; or the set's own dev part."""
    import pyarrow.parquet as pq

    from jianwei.text.lm.judging import held_out

    table = pq.read_table(DATA / name / "data.parquet")
    texts = table["text"].to_pylist()
    if split == "own":
        dev = set(table.filter(_is(table["split"], "dev"))["text"].to_pylist())
        return [text for text in texts if text not in dev], sorted(dev)
    keys = {
        "text": lambda: texts,
        "conversation": lambda: map(str, table["conversation_id"].to_pylist()),
        "row": lambda: map(str, range(len(texts))),
    }[split]()
    held = held_out(keys)
    return (
        [text for text, out in zip(texts, held, strict=True) if not out],
        [text for text, out in zip(texts, held, strict=True) if out],
    )


def _is(column: object, value: str) -> object:
    import pyarrow.compute as pc

    return pc.equal(column, value)


def _contexts(texts: list[str], wanted: int) -> list[tuple[str, str]]:
    """Distinct contexts and what came next, "" for the end; the places are drawn among all, ends among them."""
    import numpy as np

    places = np.cumsum([len(text) + 1 for text in texts])
    found: dict[str, str] = {}
    for place in np.random.default_rng(0).permutation(places[-1]):
        row = int(np.searchsorted(places, place, side="right"))
        text = texts[row]
        at = int(place - (places[row] - len(text) - 1))
        found.setdefault(text[:at], text[at : at + 1])
        if len(found) == wanted:
            break
    return list(found.items())


def _hits(texts: list[str], suggested: Callable[[str], list[str]], *, ends: bool, wanted: int = 20_000) -> float:
    """How often the next character is among five; places are drawn among all, as often as they occur."""
    import numpy as np

    places = np.cumsum([len(text) + ends for text in texts])
    drawn = np.random.default_rng(1).integers(0, places[-1], wanted)
    hits = 0
    for place in drawn:
        row = int(np.searchsorted(places, place, side="right"))
        at = int(place - (places[row] - len(texts[row]) - ends))
        hits += texts[row][at : at + 1] in suggested(texts[row][:at])
    return hits / wanted


@case
def lm_quality(name: str, split: str, order: str, prune: str, file: str) -> dict[str, float]:
    """Train on one part, judge on the other."""
    from jianwei.text.lm.model import LanguageModel

    train, held = _parts(name, split)
    model = LanguageModel(int(order), prune=float(prune)).fit(train)
    found = model.evaluate(held)
    model.save(file)
    return {
        "train": len(train),
        "held": found.texts,
        "known": len(model.vocabulary.characters),
        "unknown": found.unknown,
        "perplexity": found.perplexity,
        "inside": found.perplexity_inside,
        "top5": _hits(held, lambda text: [s.text for s in model.next(text, 5, end=True)], ends=True),
        "top5_inside": _hits(held, lambda text: [s.text for s in model.next(text, 5)], ends=False),
        "grams": sum(model.facts.grams),
        "bytes": Path(file).stat().st_size,
    }


@case
def lm_train() -> dict[str, float]:
    """All orders of a model on all dialogues, from a list of strings."""
    from jianwei.text.lm.model import LanguageModel

    texts = _texts(DIALOGUES)
    started = time.process_time()
    LanguageModel(5).fit(texts)
    return {"cpu": time.process_time() - started, "characters": sum(map(len, texts))}


@case
def plain_train() -> dict[str, float]:
    """The same by dictionaries."""
    from benchmarks.plain_lm import PlainKneserNey

    texts = _texts(DIALOGUES)
    started = time.process_time()
    PlainKneserNey(5).fit(texts)
    return {"cpu": time.process_time() - started}


@case
def lm_suggest(file: str) -> dict[str, float]:
    """A model from its file: ready, first suggestion, and then one context after the other, each a new one."""
    from jianwei.text.lm.model import LanguageModel

    contexts = [context for context, _ in _contexts(_parts(DIALOGUES, "conversation")[1], CONTEXTS)]
    started = time.perf_counter()
    model = LanguageModel.load(file)
    loaded = time.perf_counter()
    model.next("今天", 5)
    first = time.perf_counter()
    return {"load": (loaded - started) * 1e3, "first": (first - loaded) * 1e3} | _each(contexts, model.next)


@case
def plain_suggest() -> dict[str, float]:
    """The same by dictionaries, among the candidates that the longest contexts have."""
    from benchmarks.plain_lm import PlainKneserNey

    train, held = _parts(DIALOGUES, "conversation")
    model = PlainKneserNey(5).fit(train)
    return _each([context for context, _ in _contexts(held, CONTEXTS)], model.next)


def _each(contexts: list[str], suggest: Callable[[str, int], object]) -> dict[str, float]:
    taken = []
    for context in contexts:
        started = time.perf_counter()
        suggest(context, 5)
        taken.append((time.perf_counter() - started) * 1e6)
    return {"median": median(taken), "mean": sum(taken) / len(taken), "p99": quantiles(taken, n=100)[98]}


SETS = (
    (DIALOGUES, "conversation", "5"), (DIALOGUES, "conversation", "6"), (DIALOGUES, "text", "5"), (DIALOGUES, "row", "5"),
    (TITLES, "text", "5"), (TITLES, "own", "5"), (NEWS, "text", "5"),
)  # fmt: skip
PRUNED = ("0", "1e-8", "3e-8", "1e-7", "3e-7", "1e-6")


def tables(folder: Path) -> list[Table]:
    if not (DATA / DIALOGUES).exists():
        note = "The sets were not on the machine that ran this."
        return [Table("Language model", note, ("set", "perplexity"), ())]
    file = str(folder / "model.lm")
    judged = [(call, run("lm_quality", *call, "0", str(folder / "other.lm"))) for call in SETS]
    pruned = []
    for prune in PRUNED:
        name = file if prune == "0" else str(folder / "pruned.lm")
        pruned.append((prune, run("lm_quality", DIALOGUES, "conversation", "5", prune, name)))
    timed = interleaved([("lm_train",), ("lm_suggest", file)], 3) | interleaved(
        [("plain_train",), ("plain_suggest",)], 1
    )
    return [_quality(judged), _pruning(pruned), _speed({call[0]: sample for call, sample in timed.items()})]


def _quality(judged: list[tuple[tuple[str, str, str], Sample]]) -> Table:
    rows = []
    for (name, split, order), sample in judged:
        f = sample.figures
        rows.append(
            (
                name, split, order, f"{f['train']:,.0f} / {f['held']:,.0f}", f"{f['known']:,.0f}", f"{f['unknown']:,.0f}",
                f"{f['perplexity']:.2f}", f"{f['inside']:.2f}", f"{f['top5']:.3f}", f"{f['top5_inside']:.3f}",
            )
        )  # fmt: skip
    note = (
        "Character n-grams, interpolated modified Kneser–Ney. Held out is a tenth by a fixed hash of the text (then no held-out text "
        "stands in training), of the conversation (lines that people repeat then stand on both sides, as in life), or of the row; `own` is "
        "the set's dev part, each title once, none in training. The vocabulary is that of the training part; unknown characters are one "
        "class. Perplexity counts the end of a text as a character; top five likewise (last column: characters alone). Goals: 27.7 on "
        "dialogues, 75.9 on titles, top five 0.61 on dialogues."
    )
    header = (
        "set", "held out by", "order", "texts", "characters known", "unknown", "perplexity", "without ends", "top 5", "without ends",
    )  # fmt: skip
    return Table("Language model", note, header, tuple(rows))


def _pruning(pruned: list[tuple[str, Sample]]) -> Table:
    rows = []
    for prune, sample in pruned:
        f = sample.figures
        size = f["bytes"]
        rows.append(
            (
                prune, f"{f['grams']:,.0f}", f"{size / 1e6:.1f}", f"{size / f['grams']:.1f}", f"{f['perplexity']:.2f}", f"{f['top5']:.3f}",
            )
        )  # fmt: skip
    note = "Entropy pruning of the order-5 model on dialogues, held out by conversation; the file is what is mapped into memory."
    header = ("threshold", "n-grams", "MB", "bytes an n-gram", "perplexity", "top 5")
    return Table("Language model: pruning", note, header, tuple(rows))


def _speed(timed: dict[str, Sample]) -> Table:
    rows = []
    for name, train, suggest in (
        ("jianwei", "lm_train", "lm_suggest"),
        ("plain Python", "plain_train", "plain_suggest"),
    ):
        asked, trained = timed[suggest].figures, timed[train]
        rows.append(
            (
                name, f"{trained.figures['cpu']:.1f}", f"{trained.peak_mb:,.0f}",
                f"{asked['median']:.0f}", f"{asked['mean']:.0f}", f"{asked['p99']:.0f}",
                f"{asked['load']:.1f}" if "load" in asked else "", f"{asked['first']:.1f}" if "first" in asked else "",
            )
        )  # fmt: skip
    note = (
        f"Training: CPU seconds for all orders on all dialogues ({timed['lm_train'].figures['characters'] / 1e6:.2f} M characters) from a "
        f"list of strings (goal: 11). Suggesting: five next characters for {CONTEXTS:,} distinct held-out contexts, microseconds each "
        "(goal: 50), in a fresh process, the kernels compiled before. The peer does the same by dictionaries and looks only at what "
        "follows the longest contexts; Jianwei ranks the whole vocabulary."
    )
    header = (
        "",
        "training CPU s",
        "peak MB",
        "µs median",
        "µs mean",
        "µs p99",
        "ms to map the file",
        "ms to the first suggestion",
    )
    return Table("Language model: speed", note, header, tuple(rows))
