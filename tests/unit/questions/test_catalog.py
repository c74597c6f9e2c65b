"""The list of analyses: every entry can be made into options, asked of an empty workspace, and refuses what is out of bounds."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, is_dataclass
from typing import Any

import pytest

from jianwei.common.results import Rows, Unavailable
from jianwei.engines.duckdb import DuckDBEngine
from jianwei.errors import UsageError
from jianwei.questions import CATALOG, Entry, answer, find, settings_of
from jianwei.questions.answering import _result_type
from jianwei.records import TABLES
from jianwei.store import Store, open_store

every_entry = pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.name)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return open_store(tmp_path_factory.mktemp("empty"))


def test_names_are_unique_and_can_be_typed() -> None:
    names = [entry.name for entry in CATALOG]
    assert len(set(names)) == len(names)
    assert len({entry.path for entry in CATALOG}) == len(names)
    assert all(name.isascii() and name.replace("-", "").isalpha() and name.islower() for name in names)
    assert {entry.group for entry in CATALOG} <= {"behavior", "mine"}


def test_entries_are_found_by_name_and_others_are_refused() -> None:
    assert find("volume").name == "volume"
    for name in ("", "Volume", "nothing"):
        with pytest.raises(UsageError) as caught:
            find(name)
        assert all(entry.name in caught.value.hint for entry in CATALOG)


@every_entry
def test_question_is_a_value_over_canonical_tables(entry: Entry) -> None:
    kind = entry.load()
    assert is_dataclass(kind)
    assert set(kind.tables) <= set(TABLES)
    assert isinstance(kind.tasks, tuple)
    assert "annotations" in kind.tables or not kind.tasks
    question = kind()
    assert question == kind()
    assert hash(question) == hash(kind())
    for item in fields(kind):
        with pytest.raises(FrozenInstanceError):
            setattr(question, item.name, None)
    assert issubclass(_result_type(kind), Rows)


@every_entry
def test_every_setting_can_become_an_option(entry: Entry) -> None:
    kind = entry.load()
    settings = settings_of(kind)
    assert [setting.name for setting in settings] == [item.name for item in fields(kind)]
    for setting in settings:
        assert setting.help.strip()
        assert "\n" not in setting.help
        assert setting.type
        if setting.choices is not None:
            assert setting.default is None or setting.default in setting.choices
        for bound in (setting.minimum, setting.maximum):
            assert bound is None or isinstance(bound, int | float)


@every_entry
def test_settings_out_of_bounds_are_refused(entry: Entry) -> None:
    kind = entry.load()
    for setting in settings_of(kind):
        wrong: list[Any] = []
        if setting.minimum is not None:
            wrong.append(setting.minimum - 1)
        if setting.maximum is not None:
            wrong.append(setting.maximum + 1)
        if setting.choices is not None:
            wrong.append("no such choice")
        for value in wrong:
            with pytest.raises(UsageError, match=setting.name):
                kind(**{setting.name: value})


@every_entry
def test_empty_workspace_gives_an_honest_answer(entry: Entry, store: Store) -> None:
    kind = entry.load()
    first, again = (answer(kind(), store=store, engine=DuckDBEngine()) for _ in range(2))
    assert isinstance(first, Unavailable | _result_type(kind))
    assert type(first) is type(again)
    if isinstance(first, Rows):
        assert first.rows.equals(again.rows)  # type: ignore[union-attr]
        assert first.provenance is not None
        assert first.provenance == again.provenance  # type: ignore[union-attr]
