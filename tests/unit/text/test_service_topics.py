"""The seeds and labels of service topics: known topics only, nothing trained on that is reported, the same rows every time."""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("service_topics", ROOT / "tools" / "service_topics.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


def test_every_topic_has_seeds_and_every_slot_is_known(tool: ModuleType) -> None:
    counts: Counter[str] = Counter()
    lines = list(tool.templates())
    for topics, _ in lines:
        assert topics <= set(tool.TOPICS)
        assert topics
        counts.update(topics)
    assert min(counts[topic] for topic in tool.TOPICS) >= 50


def test_rows_without_any_public_set_are_the_seeds_alone_and_always_the_same(tool: ModuleType, tmp_path: Path) -> None:
    rows = list(tool.training(tmp_path))
    assert len(rows) > 5000
    assert {row.source for row in rows} == {"seeds"}
    assert not any("{" in row.text or "}" in row.text for row in rows)
    assert rows == list(tool.training(tmp_path))
    assert rows != list(tool.training(tmp_path, seed=1))
    assert tool.reported(tmp_path) == []


def test_labels_by_hand_name_known_topics(tool: ModuleType) -> None:
    lines = [line.split("\t") for line in tool.LABELS.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert len(lines) >= 200
    assert len({tuple(line[:3]) for line in lines}) == len(lines)
    assert all(set(topics.split(",")) <= set(tool.TOPICS) and row.isdecimal() for _, _, row, topics in lines)


def test_nothing_reported_is_trained_on(tool: ModuleType, data_dir: Path) -> None:
    held = {tool.key_of(row.text) for row in tool.reported(data_dir)}
    assert len(held) >= 200
    assert all(tool.tenth(key) == 0 for key in held)
    assert not any(tool.key_of(row.text) in held for row in tool.training(data_dir))
