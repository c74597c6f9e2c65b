"""Errors: one sentence with a place and a way on, exit codes of the command line, and they survive the way out of a worker process."""

from __future__ import annotations

import pickle

import pytest

from jianwei import errors
from jianwei.errors import JianweiError, MissingExtraError

CLASSES = [getattr(errors, name) for name in errors.__all__]


@pytest.mark.parametrize(
    ("where", "what", "hint", "text"),
    [
        ("a.csv", "is empty", "", "a.csv: is empty."),
        ("a.csv", "is empty.", "export it again.", "a.csv: is empty. What to do: export it again."),
        ("订单.csv", "没有表头", "", "订单.csv: 没有表头."),
    ],
)
def test_message_says_where_what_and_what_next(where: str, what: str, hint: str, text: str) -> None:
    error = JianweiError(where, what, hint)
    assert str(error) == text
    assert (error.where, error.what, error.hint) == (where, what, hint)


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_is_one_of_ours_and_survives_pickling(kind: type[JianweiError]) -> None:
    assert issubclass(kind, JianweiError)
    again = pickle.loads(pickle.dumps(kind("place", "wrong", "do this")))
    assert type(again) is kind
    assert (again.where, again.what, again.hint) == ("place", "wrong", "do this")


def test_exit_codes_are_those_of_the_command_line() -> None:
    codes = {kind.__name__: kind.exit_code for kind in CLASSES}
    others = {name for name in codes if name not in {"UsageError", "SettingsError", "CancelledError"}}
    assert (codes["UsageError"], codes["SettingsError"], codes["CancelledError"]) == (2, 2, 130)
    assert {codes[name] for name in others} == {1}


def test_tree_lets_callers_tell_what_may_succeed_when_tried_again() -> None:
    retryable = {kind.__name__ for kind in CLASSES if issubclass(kind, errors.RetryableError)}
    store = {kind.__name__ for kind in CLASSES if issubclass(kind, errors.StoreError)}
    assert retryable == {"RetryableError", "SnapshotExpiredError"}
    assert store == retryable | {"StoreError", "LeaseError"}
    assert issubclass(errors.SettingsError, errors.UsageError)


def test_missing_extra_names_the_command_that_adds_it() -> None:
    error = MissingExtraError.named("pictures", "vision")
    assert isinstance(error, MissingExtraError)
    assert error.where == "pictures"
    assert "'vision'" in error.what
    assert error.hint == 'pip install "jianwei[vision]"'
