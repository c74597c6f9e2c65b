"""Names of things in both languages, and what people call them when they search: the tables `vision/data/*.tsv`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["Label", "find", "object_labels", "scene_labels"]


@dataclass(frozen=True, slots=True)
class Label:
    """A class of things.

    Attributes:
        key: English key, "cup".
        chinese: "杯子".
        others: what else people call it.
        classes: numbers of the model's classes that it stands for.
    """

    key: str
    chinese: str
    others: tuple[str, ...]
    classes: tuple[int, ...]


@cache
def object_labels() -> tuple[Label, ...]:
    """The 80 classes of COCO, in the order in which detectors number them.

    >>> object_labels()[41].chinese
    '杯子'
    """
    return _read("objects.tsv")


@cache
def scene_labels() -> tuple[Label, ...]:
    """What a classifier tells of a whole picture: groups of the 1,000 classes of ImageNet."""
    return _read("scenes.tsv")


def find(word: str) -> tuple[str, ...]:
    """Keys of the classes that a word may mean: by key, by Chinese name, or by another name; none where there is none.

    >>> find("水杯"), find("cup"), find("杯子")
    (('cup',), ('cup',), ('cup',))
    """
    return _index().get(_plain(word), ())


@cache
def _index() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for label in object_labels() + scene_labels():
        for name in {_plain(label.key), _plain(label.chinese), *map(_plain, label.others)}:
            keys = found.setdefault(name, [])
            if label.key not in keys:
                keys.append(label.key)
    return {name: tuple(keys) for name, keys in found.items()}


def _plain(word: str) -> str:
    return word.strip().casefold().replace("_", " ")


def _read(name: str) -> tuple[Label, ...]:
    """A table: key, Chinese name, other names with blanks between, classes ("3 5-8"; the number of the line where none are named)."""
    text = (files("jianwei.vision") / "data" / name).read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(_label(at, *row) for at, row in enumerate(rows))


def _label(at: int, key: str, chinese: str, others: str = "", classes: str = "") -> Label:
    return Label(key, chinese, tuple(others.split()), _numbers(classes) if classes else (at,))


def _numbers(text: str) -> tuple[int, ...]:
    found: list[int] = []
    for span in text.split():
        first, _, last = span.partition("-")
        found.extend(range(int(first), int(last or first) + 1))
    return tuple(found)
