"""Cookies that cannot be made or changed by anybody else."""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from jianwei.errors import SettingsError
from jianwei.settings import Secret
from jianwei.store import Vault
from jianwei.web.sessions import LIFE_SECONDS, Session, Sessions

KEY = Vault.new_key()


def test_the_signature_is_what_it_is_said_to_be() -> None:
    value = Sessions(KEY).write(Sessions(KEY).new("shop", "oA", "张三"))
    body, _, signature = value.rpartition(".")
    key = HKDF(SHA256(), 32, salt=None, info=b"jianwei/session/1").derive(KEY.reveal().encode())
    expected = hmac.new(key, body.encode(), sha256).digest()
    assert base64.urlsafe_b64decode(signature + "=") == expected


@given(st.integers(0, 400), st.sampled_from("ABCDEFGHabcdefgh0189-_.=+/\x00é"))
def test_a_changed_cookie_is_none(at: int, letter: str) -> None:
    sessions = Sessions(KEY)
    value = sessions.write(Session("n" * 32, 4_000_000_000, "shop", "oA", "张三"))
    at %= len(value)
    changed = value[:at] + letter + value[at + 1 :]
    if changed != value:
        # The last letter of a signature has bits that mean nothing.
        assert sessions.read(changed) is None or at == len(value) - 1


@pytest.mark.parametrize("value", [None, "", ".", "a.b", "..", "é.é", "\udcff.x", "x" * 10_000])
def test_what_is_no_cookie(value: str | None) -> None:
    assert Sessions(KEY).read(value) is None


def test_another_key_signs_other_cookies() -> None:
    visitor = Sessions(KEY).new()
    assert Sessions(Vault.new_key()).read(Sessions(KEY).write(visitor)) is None


def test_keys_can_be_changed() -> None:
    old, new = KEY, Vault.new_key()
    both = Sessions(Secret(f"{new.reveal()}, {old.reveal()}"))
    visitor = both.new()
    assert both.read(Sessions(old).write(visitor)) == visitor
    assert Sessions(new).read(both.write(visitor)) == visitor


def test_sessions_end() -> None:
    at = [1_000.0]
    sessions = Sessions(KEY, lambda: at[0])
    value = sessions.write(sessions.new())
    at[0] += LIFE_SECONDS - 1
    assert sessions.read(value) is not None
    at[0] += 1
    assert sessions.read(value) is None


def test_a_key_is_needed() -> None:
    with pytest.raises(SettingsError):
        Sessions(Secret(" , "))


def test_names_are_new_and_the_key_is_not_shown() -> None:
    sessions = Sessions(KEY)
    assert len({sessions.new().name for _ in range(100)}) == 100
    assert KEY.reveal() not in repr(sessions)
