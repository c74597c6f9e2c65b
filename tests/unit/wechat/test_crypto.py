"""Message encryption: published examples, wechatpy and WeRoBot both ways, and everything that can be wrong with a ciphertext."""

from __future__ import annotations

import base64
import json
import pickle
import random
import struct
import xml.etree.ElementTree as ET
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto
from wechatpy.crypto.cryptography import WeChatCipher
from werobot.crypto import MessageCrypt

from jianwei.wechat.crypto import CryptoError, Envelope, MessageCrypto, decrypt_user_data
from jianwei.wechat.signatures import url_signature

TOKEN, KEY, CORP = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7"
ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
SIGNED = "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"
WHEN, NONCE = "1409659589", "263014780"
CRYPTO = MessageCrypto(TOKEN, KEY, CORP)


def seal(plain: bytes, key: str = KEY) -> str:
    """Ciphertext of any buffer, well formed or not."""
    raw = base64.b64decode(key + "=")
    encryptor = Cipher(algorithms.AES(raw), modes.CBC(raw[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def decrypt(encrypted: str) -> str:
    return CRYPTO.decrypt(encrypted, url_signature(TOKEN, WHEN, NONCE, encrypted), WHEN, NONCE)


def test_published_examples() -> None:
    assert CRYPTO.verify_url(SIGNED, WHEN, NONCE, ECHO) == "1616140317555161061"
    assert CRYPTO.decrypt(ECHO, SIGNED, WHEN, NONCE) == "1616140317555161061"
    assert CRYPTO.decrypt(ECHO, SIGNED, int(WHEN), NONCE) == "1616140317555161061"
    assert CRYPTO.encrypt("1616140317555161061", WHEN, NONCE, b"c41b64491c2468d0") == Envelope(
        ECHO, SIGNED, WHEN, NONCE
    )
    # an answer whose key was not published: its signature still binds the ciphertext
    encrypted = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
    assert url_signature("AAAAA", "1713424427", "415670741", encrypted) == "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"


def test_ten_thousand_round_trips() -> None:
    dice = random.Random(20)
    alphabet = "a]>&<\x00\x1f\r\n 见微🙂\U0010ffff\ufffe" + "".join(map(chr, range(0x20, 0x250)))
    for n in range(10_000):
        size = dice.randrange(64) if n % 10 else dice.randrange(8_192)
        text = "".join(dice.choices(alphabet, k=size)) + "]]>" * (n % 3)
        sealed = CRYPTO.encrypt(text, n, str(n))
        assert CRYPTO.decrypt(sealed.encrypted, sealed.msg_signature, sealed.timestamp, sealed.nonce) == text


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=2_000).filter(str.strip), st.text("abc0123_", max_size=40))
def test_peers_read_ours_and_we_read_theirs(text: str, receive_id: str) -> None:
    ours = MessageCrypto(TOKEN, KEY, receive_id)
    sealed = ours.encrypt(text, WHEN, NONCE)
    signed = sealed.msg_signature
    wechatpy, werobot = WeChatCrypto(TOKEN, KEY, receive_id), MessageCrypt(TOKEN, KEY, receive_id)
    assert wechatpy.decrypt_message({"Encrypt": sealed.encrypted}, signed, WHEN, NONCE) == text
    assert wechatpy.decrypt_message(sealed.to_xml(), signed, WHEN, NONCE) == text
    assert werobot.decrypt_message(WHEN, NONCE, signed, sealed.encrypted).decode() == text
    for theirs in (wechatpy.encrypt_message(text, NONCE, WHEN), werobot.encrypt_message(text, WHEN, NONCE)):
        parts = {part.tag: part.text or "" for part in ET.fromstring(theirs)}
        assert ours.decrypt(parts["Encrypt"], parts["MsgSignature"], parts["TimeStamp"], parts["Nonce"]) == text


def test_the_last_character_of_a_key_may_have_unused_bits() -> None:
    sealed = CRYPTO.encrypt("x", 1, "n")
    for last in "ABD":  # C = 000010: the last two bits are not part of the key
        crypto = MessageCrypto(TOKEN, KEY[:-1] + last, CORP)
        assert crypto.decrypt(sealed.encrypted, sealed.msg_signature, "1", "n") == "x"


@pytest.mark.parametrize("key", ["", KEY[:-1], KEY + "=", KEY + "A", KEY[:-1] + "=", KEY[:-1] + "微", KEY[:-1] + "\n"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(CryptoError) as caught:
        MessageCrypto(TOKEN, key, CORP)
    assert caught.value.code == -40004


@pytest.mark.parametrize("changed", ["token", "timestamp", "nonce", "ciphertext", "signature"])
def test_a_wrong_signature_is_refused(changed: str) -> None:
    sealed = CRYPTO.encrypt("x", WHEN, NONCE)
    crypto = MessageCrypto("other", KEY, CORP) if changed == "token" else CRYPTO
    with pytest.raises(CryptoError) as caught:
        crypto.decrypt(
            sealed.encrypted[::-1] if changed == "ciphertext" else sealed.encrypted,
            "0" * 40 if changed == "signature" else sealed.msg_signature,
            "1" if changed == "timestamp" else WHEN,
            "1" if changed == "nonce" else NONCE,
        )
    assert caught.value.code == -40001


def buffer(text: bytes, receive_id: bytes = CORP.encode(), length: int | None = None) -> bytes:
    return b"r" * 16 + struct.pack(">I", len(text) if length is None else length) + text + receive_id


def padded(plain: bytes) -> bytes:
    count = 32 - len(plain) % 32
    return plain + bytes([count]) * count


@pytest.mark.parametrize(
    ("encrypted", "code"),
    [
        ("", -40007),
        ("abc", -40010),
        ("ab=c", -40010),
        ("见微", -40010),
        (base64.b64encode(b"x" * 31).decode(), -40007),
        (base64.b64encode(b"x" * 48).decode(), -40007),
        (ECHO[:-4], -40007),
        (ECHO + "\n", -40010),
        (ECHO.replace("/", "_"), -40010),
        (seal(padded(buffer(b"x")), "A" * 43), -41003),
        (seal(buffer(b"x" * 26) + bytes(0)), -41003),
        (seal(buffer(b"x" * 25) + b"\x00"), -41003),
        (seal(buffer(b"x" * 25) + b"\x21"), -41003),
        (seal(buffer(b"x" * 24) + b"\x01\x02"), -41003),
        (seal(b"\x20" * 32), -41003),
        (seal(b"\x10" * 32), -41003),
        (seal(padded(buffer(b"x", length=2**32 - 1))), -41003),
        (seal(padded(buffer(b"x", length=20))), -41003),
        (seal(padded(buffer(b"x", length=2))), -40005),
        (seal(padded(buffer(b"x", b"wx"))), -40005),
        (seal(padded(buffer(b"x", b""))), -40005),
        (seal(padded(buffer(b"x", CORP.encode() + b"0"))), -40005),
        (seal(padded(buffer(b"\xff\xfe"))), -41003),
    ],
)  # fmt: skip
def test_signed_but_malformed(encrypted: str, code: int) -> None:
    with pytest.raises(CryptoError) as caught:
        decrypt(encrypted)
    assert caught.value.code == code


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_damaged_ciphertext_raises_nothing_but_cryptoerror(data: st.DataObject) -> None:
    raw = bytearray(base64.b64decode(CRYPTO.encrypt("见微" * 20, WHEN, NONCE).encrypted))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    del raw[data.draw(st.integers(0, len(raw))) :]
    with pytest.raises(CryptoError):
        # CBC damage inside the message alone goes unseen: the signature is what protects it
        CRYPTO.decrypt(base64.b64encode(raw).decode(), SIGNED, WHEN, NONCE)
    with suppress(CryptoError):
        assert isinstance(decrypt(base64.b64encode(raw).decode()), str)


@pytest.mark.parametrize(
    "arguments",
    [
        (None, SIGNED, WHEN, NONCE),
        (1, SIGNED, WHEN, NONCE),
        (ECHO, None, WHEN, NONCE),
        (ECHO, SIGNED, None, NONCE),
        (ECHO, SIGNED, WHEN, 7),
        ("\ud800", SIGNED, WHEN, NONCE),
        (ECHO, "\ud800", WHEN, NONCE),
        (ECHO, SIGNED, "\udfff", NONCE),
        (ECHO, "签名", WHEN, NONCE),
    ],
)
def test_what_is_no_text_is_a_wrong_signature(arguments: tuple[str, str, str, str]) -> None:
    with pytest.raises(CryptoError) as caught:
        CRYPTO.decrypt(*arguments)
    assert caught.value.code == -40001


@pytest.mark.parametrize(("text", "prefix"), [("\ud800", None), ("x", b"short"), ("x", b"")])
def test_what_cannot_be_encrypted(text: str, prefix: bytes | None) -> None:
    with pytest.raises(CryptoError) as caught:
        CRYPTO.encrypt(text, 1, "n", prefix)
    assert caught.value.code == -40006


def test_a_full_block_of_padding_is_added() -> None:
    text = "x" * (64 - 20 - len(CORP))
    sealed = CRYPTO.encrypt(text, 1, "n")
    assert len(base64.b64decode(sealed.encrypted)) == 96
    assert CRYPTO.decrypt(sealed.encrypted, sealed.msg_signature, "1", "n") == text


@settings(deadline=None)
@given(st.text("]>&<a\r'\"", max_size=20))
def test_an_envelope_injects_nothing(nonce: str) -> None:
    sealed = CRYPTO.encrypt("x", WHEN, nonce)
    expected = {"Encrypt": sealed.encrypted, "MsgSignature": sealed.msg_signature, "TimeStamp": WHEN, "Nonce": nonce}
    assert {part.tag: part.text or "" for part in ET.fromstring(sealed.to_xml())} == expected
    assert json.loads(sealed.to_json()) == {**expected, "TimeStamp": int(WHEN)}


def test_keys_are_never_shown() -> None:
    error = pickle.loads(pickle.dumps(CryptoError(-40001, "what", "hint")))
    assert (error.code, str(error)) == (-40001, "encrypted message: what. What to do: hint.")
    assert KEY[:8] not in repr(CRYPTO)
    assert TOKEN not in repr(CRYPTO)
    with pytest.raises(CryptoError) as caught:
        CRYPTO.decrypt(ECHO, "0" * 40, WHEN, NONCE)
    assert TOKEN not in str(caught.value)
    assert SIGNED not in str(caught.value)


SESSION, IV, MINI = base64.b64encode(b"k" * 16).decode(), base64.b64encode(b"i" * 16).decode(), "wx4f4bc4dec97d474b"


def sealed_data(plain: bytes) -> str:
    count = 16 - len(plain) % 16
    sealed = WeChatCipher(b"k" * 16, b"i" * 16).encrypt(plain + bytes([count]) * count)
    return base64.b64encode(sealed).decode()


def test_user_data_of_a_mini_program() -> None:
    data = {"nickName": "见微\x01", "watermark": {"appid": MINI, "timestamp": 1}}
    sealed = sealed_data(json.dumps(data, ensure_ascii=False).replace("\\u0001", "\x01").encode())
    assert decrypt_user_data(SESSION, sealed, IV, MINI) == data
    with pytest.raises(CryptoError) as caught:
        decrypt_user_data(SESSION, sealed, IV, "wx0")
    assert caught.value.code == -40005


@pytest.mark.parametrize(
    ("key", "sealed", "iv", "code"),
    [
        ("§", "", IV, -40010),
        (SESSION, "x", IV, -40010),
        (SESSION[:8], "", IV, -40004),
        (SESSION, "", IV, -40007),
        (SESSION, SESSION[:-4], IV, -40007),
        (IV, sealed_data(b"{}"), IV, -41003),
        (SESSION, sealed_data(b"["), IV, -41003),
        (SESSION, sealed_data(b"[" * 100_000), IV, -41003),
        (SESSION, sealed_data(b"\xff"), IV, -41003),
        (SESSION, sealed_data(b"[]"), IV, -40005),
        (SESSION, sealed_data(b'{"watermark":1}'), IV, -40005),
    ],
)
def test_user_data_that_cannot_be_read(key: str, sealed: str, iv: str, code: int) -> None:
    with pytest.raises(CryptoError) as caught:
        decrypt_user_data(key, sealed, iv, MINI)
    assert caught.value.code == code
