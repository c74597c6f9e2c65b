"""WeCom's archive: what staff and their contacts wrote, as far as the contacts agreed to its being kept.

The library hands out encrypted messages from a number on; a private key opens each message's own key, with which the library decrypts it.
Whether a contact agreed is asked of the platform before anything of theirs is stored: who refused or was not asked is left out and
counted.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from jianwei.errors import InputError
from jianwei.ingest.pull._base import Batch, Part, Pulling
from jianwei.ingest.pull.agreement import Agreements, Asked, consents
from jianwei.ingest.pull.secondhand import Secondhand, forwarded, heard
from jianwei.sources._gathered import Pulled, together
from jianwei.sources.archive import ArchivedMessage, ArchiveMedia, media_of, read_message, tables_of
from jianwei.store import Quarantined

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

__all__ = ["ArchiveKeys", "ArchiveSdk", "KeepMedia", "MediaChunk", "SdkError", "archive_part", "media_bytes"]

T = TypeVar("T")
PAGE = 1_000
TRIES = 4
SHORTEST_KEY = 8
"""Characters of a message's own key; theirs have many more."""
_AGAIN = (10001, 10002, 10003)
_MEANINGS = {
    10000: ("an argument is wrong", "check corp id and options"),
    10001: ("the network failed", "try again later"),
    10002: ("the platform's data could not be parsed", "try again later"),
    10003: ("the platform has a fault", "try again later"),
    10004: ("the key of a message is wrong", "give the private key that fits the public key in the corp's settings"),
    10005: ("the file's id is wrong", ""),
    10006: ("a message could not be decrypted", "see whether the private key fits"),
    10007: ("there is no key of this version", "give the private key of this version"),
    10008: ("the key of a message cannot be parsed", "see whether the private key fits"),
    10009: ("this server's address is not allowed", "add it in the archive's settings"),
    10010: ("the data has expired", "the archive keeps five days: pull more often"),
    10011: ("the certificate is wrong", "check the system's certificates and clock"),
}


class SdkError(InputError):
    """The library refused.

    Attributes:
        code: its return code.
    """

    def __init__(self, function: str, code: int) -> None:
        self.code = code
        what, hint = _MEANINGS.get(code, ("the library refused", "see the platform's page on the archive"))
        super().__init__(f"archive {function}", f"{what} [{code}]", hint)


@dataclass(frozen=True, slots=True)
class MediaChunk:
    """At most 512 KB of a file; `index` is where the next chunk begins."""

    data: bytes = field(repr=False)
    index: str
    finished: bool


class ArchiveSdk(Protocol):
    """What a library of the archive does. Every method may raise `SdkError`."""

    def get_chat_data(self, seq: int, limit: int) -> bytes:
        """JSON with the messages after `seq`, at most `limit` (up to 1,000), still encrypted."""

    def decrypt(self, key: str, message: str) -> bytes:
        """The JSON of one message, by its own key."""

    def media(self, sdkfileid: str, index: str) -> MediaChunk:
        """A chunk of a file; `index` is "" for the first one."""


class _Sealed(msgspec.Struct, frozen=True):
    seq: int
    msgid: str = ""
    publickey_ver: int = 0
    encrypt_random_key: str = ""
    encrypt_chat_msg: str = ""


class _Page(msgspec.Struct, frozen=True):
    errcode: int = 0
    errmsg: str = ""
    chatdata: list[_Sealed] = []


class ArchiveKeys:
    """The private keys by version of their public key. Nothing of them shows in `repr`.

    Args:
        pems: version → PEM text.

    Raises:
        InputError: a text is no private RSA key.
    """

    def __init__(self, pems: Mapping[int, bytes]) -> None:
        self._keys: dict[int, RSAPrivateKey] = {version: _private(version, pem) for version, pem in pems.items()}

    def __repr__(self) -> str:
        return f"ArchiveKeys(versions {', '.join(map(str, sorted(self._keys)))})"

    def open(self, version: int, sealed: str) -> str:
        """A message's own key (RSA, PKCS#1 v1.5).

        Raises:
            InputError: there is no key of this version, or it does not fit.
        """
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

        key = self._keys.get(version)
        if key is None:
            what = f"messages are encrypted for version {version} of the public key, of which there is no private key"
            raise InputError("archive", what, f"give it with --archive-key {version}=FILE")
        try:
            own = key.decrypt(base64.b64decode(sealed, validate=True), PKCS1v15()).decode("ascii")
        except ValueError:  # also what is no base64 and no text
            own = ""
        # What was sealed for another key opens as well, as random bytes of any length: so that nobody can probe for the padding.
        if len(own) < SHORTEST_KEY or not own.isprintable():
            what = f"the private key of version {version} does not open a message"
            raise InputError("archive", what, "see whether it fits the public key of that version")
        return own


def _private(version: int, pem: bytes) -> RSAPrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise InputError(f"--archive-key {version}", "is no private RSA key without a pass-phrase", "give the PEM file")
    return key


KeepMedia = Callable[[ArchiveMedia, Iterator[bytes]], Pulled]
"""Stores a file; gives the row of `media`."""


def archive_part(
    sdk: ArchiveSdk,
    keys: ArchiveKeys,
    agreements: Agreements,
    *,
    keep: KeepMedia | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Part:
    """The part of a pull that reads the archive. Its position is the number of the last message.

    Args:
        keep: stores files; None leaves them where they are (the platform keeps them for five days).
    """

    def archive(pulling: Pulling) -> Iterator[Batch]:
        seq = int(str(pulling.position.get("seq", 0)))
        asked = Asked(agreements)
        fits: set[int] = set()
        while True:
            page = _page(sdk, seq, sleep)
            if not page:
                return
            messages, rejects = _opened(sdk, keys, page, fits, pulling, sleep)
            asked.ask(messages)
            allowed = [message for message in messages if asked.allows(message)]
            stored = pulling.known.said(forwarded(allowed), pulling.input_id)
            others = Secondhand(asked.allows_all, stored | heard(allowed))
            rows = tables_of(allowed, account=pulling.account, input_id=pulling.input_id, withhold=others)
            told = consents(asked.taken(), messages, pulling.account)
            files, notes = _media(sdk, allowed, pulling.account, keep, sleep)
            seq = page[-1].seq
            notes |= {"left_out": len(messages) - len(allowed), "repeated": others.left, "unreadable": len(rejects)}
            counted = {name: count for name, count in notes.items() if count}
            yield Batch(together(rows, told, *files), {"seq": seq}, len(page), counted, tuple(rejects))

    return archive


def _again(call: Callable[[], T], sleep: Callable[[float], None]) -> T:
    """What passes with time is tried again a few times."""
    for tried in range(TRIES):
        try:
            return call()
        except SdkError as error:
            if error.code not in _AGAIN or tried == TRIES - 1:
                raise
        sleep(0.5 * 2**tried)
    raise AssertionError("the last try either answers or raises")


def _page(sdk: ArchiveSdk, seq: int, sleep: Callable[[float], None]) -> list[_Sealed]:
    body = _again(partial(sdk.get_chat_data, seq, PAGE), sleep)
    try:
        page = msgspec.convert(json.loads(body.decode("utf-8", "replace"), strict=False), _Page, strict=False)
    except (ValueError, msgspec.ValidationError):
        raise InputError("archive", "the library answered another shape", "see whether it is the newest one") from None
    if page.errcode:
        raise InputError(
            "archive", f"the platform refused [{page.errcode}] ({page.errmsg})", "see the archive's settings"
        )
    return sorted(page.chatdata, key=lambda one: one.seq)


def _opened(
    sdk: ArchiveSdk,
    keys: ArchiveKeys,
    page: Sequence[_Sealed],
    fits: set[int],
    pulling: Pulling,
    sleep: Callable[[float], None],
) -> tuple[list[ArchivedMessage], list[Quarantined]]:
    """(messages, those that could not be decrypted). A missing or wrong private key ends the pull, since the right one can be given.

    Args:
        fits: versions whose private key is known to be right, since a message was read with it; those of the page are added. Only with
            these is it the message that is damaged where its own key cannot be opened.
    """
    messages, failed, unopened = [], [], []
    for sealed in page:
        try:
            key = keys.open(sealed.publickey_ver, sealed.encrypt_random_key)
        except InputError as error:
            unopened.append((sealed, error))
            continue
        try:
            text = _again(partial(sdk.decrypt, key, sealed.encrypt_chat_msg), sleep)
            messages.append(read_message(text.decode("utf-8", "replace")))
            fits.add(sealed.publickey_ver)
        except InputError as error:
            if isinstance(error, SdkError) and error.code in _AGAIN:
                raise
            failed.append((sealed, error))
    for sealed, why in unopened:
        if sealed.publickey_ver not in fits:
            raise why
    return messages, [_reject(pulling, sealed, why) for sealed, why in failed + unopened]


def _reject(pulling: Pulling, sealed: _Sealed, error: InputError) -> Quarantined:
    where, raw = f"pull {pulling.account} {pulling.part}", json.dumps({"seq": sealed.seq, "msgid": sealed.msgid})
    return Quarantined(pulling.input_id, where, sealed.seq, "archive_unreadable", error.what, raw)


def _media(
    sdk: ArchiveSdk,
    messages: Sequence[ArchivedMessage],
    account: str,
    keep: KeepMedia | None,
    sleep: Callable[[float], None],
) -> tuple[list[Pulled], dict[str, int]]:
    """Store the files of some messages: (rows of `media`, how many were stored, and how many could not be)."""
    files = [one for message in messages for one in media_of(message, account)]
    if keep is None:
        return [], {"media_left": len(files)}
    stored, failed = [], 0
    for file in files:
        try:
            stored.append(keep(file, media_bytes(sdk, file.sdkfileid, sleep)))
        except InputError:
            failed += 1
    return stored, {"media": len(stored), "media_failed": failed}


def media_bytes(sdk: ArchiveSdk, sdkfileid: str, sleep: Callable[[float], None] = time.sleep) -> Iterator[bytes]:
    """The chunks of a file, one after the other.

    Raises:
        SdkError: the library refused.
        InputError: the chunks do not end.
    """
    index, seen = "", set()
    while True:
        chunk = _again(partial(sdk.media, sdkfileid, index), sleep)
        yield chunk.data
        if chunk.finished:
            return
        if chunk.index in seen:
            raise InputError("archive", "the chunks of a file go round for ever", "leave the file out")
        seen.add(chunk.index)
        index = chunk.index
