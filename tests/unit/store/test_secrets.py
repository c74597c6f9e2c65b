"""Secrets at rest: what opens, what does not, and that nothing of it is ever shown."""

from __future__ import annotations

import pickle
import traceback

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import SettingsError, StoreError
from jianwei.settings import Secret
from jianwei.store import Vault

KEY, OTHER = Vault.new_key(), Vault.new_key()
VAULT = Vault(KEY)


def test_new_keys_differ_and_need_no_quoting() -> None:
    texts = {Vault.new_key().reveal() for _ in range(50)}
    assert len(texts) == 50
    assert all(len(text) == 43 and text.replace("-", "a").replace("_", "a").isalnum() for text in texts)


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300), st.lists(st.text(max_size=20), max_size=4))
def test_what_was_sealed_opens_at_its_place(text: str, place: list[str]) -> None:
    sealed = VAULT.seal(text, *place)
    assert Vault(KEY).open(sealed, *place) == text
    assert VAULT.seal(text, *place) != sealed
    if len(text.encode()) > 4:
        assert text.encode() not in sealed


@pytest.mark.parametrize("place", [("tokens", "b"), ("tokens", "a", ""), ("token", "sa"), ("tokensa",), ()])
def test_rows_cannot_be_swapped(place: tuple[str, ...]) -> None:
    sealed = VAULT.seal("hunter2", "tokens", "a")
    with pytest.raises(StoreError, match="changed since"):
        VAULT.open(sealed, *place)


def test_every_changed_byte_is_noticed() -> None:
    sealed = VAULT.seal("hunter2", "tokens", "a")
    for at in range(len(sealed)):
        damaged = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(StoreError):
            VAULT.open(damaged, "tokens", "a")
    for length in range(len(sealed)):
        with pytest.raises(StoreError):
            VAULT.open(sealed[:length], "tokens", "a")


def test_wrong_key_is_named_as_such() -> None:
    with pytest.raises(StoreError, match="another key"):
        Vault(OTHER).open(VAULT.seal("hunter2", "tokens", "a"), "tokens", "a")


def test_keys_are_changed_with_both_at_hand() -> None:
    old = VAULT.seal("hunter2", "t", "a")
    both = Vault(Secret(f" {OTHER.reveal()} , {KEY.reveal()}"))
    assert both.open(old, "t", "a") == "hunter2"
    assert not both.is_current(old)
    new = both.seal("hunter2", "t", "a")
    assert both.is_current(new)
    assert Vault(OTHER).open(new, "t", "a") == "hunter2"
    with pytest.raises(StoreError, match="another key"):
        VAULT.open(new, "t", "a")


@pytest.mark.parametrize("key", [None, Secret(""), Secret("  ")])
def test_without_a_key_the_error_says_how_to_make_one(key: Secret | None) -> None:
    with pytest.raises(SettingsError) as caught:
        Vault(key)
    assert "jianwei accounts key" in str(caught.value)
    assert "JIANWEI_KEY" in str(caught.value)


@pytest.mark.parametrize(
    "key",
    ["hunter2", "口令" * 20, "a" * 42, KEY.reveal() + "A", KEY.reveal()[:-1] + "!", f"{KEY.reveal()},hunter2"],
    ids=["word", "words", "short", "long", "odd", "second"],
)
def test_texts_that_are_no_keys_are_refused_unshown(key: str) -> None:
    with pytest.raises(SettingsError, match="no key that Jianwei made") as caught:
        Vault(Secret(key))
    assert "hunter2" not in "".join(traceback.format_exception_only(caught.value))


def test_vault_shows_and_pickles_nothing() -> None:
    assert repr(VAULT) == "Vault(1 key)"
    assert repr(Vault(Secret(f"{KEY.reveal()},{OTHER.reveal()}"))) == "Vault(2 keys)"
    with pytest.raises(TypeError):
        pickle.dumps(VAULT)
