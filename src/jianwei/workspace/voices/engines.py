"""Who hears recordings: an engine on this machine, or the platform behind an account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jianwei.errors import MissingExtraError, UsageError
from jianwei.ingest.consenting import held_consents, record_consent
from jianwei.sources._gathered import Gathered
from jianwei.speech import Recognizer
from jianwei.store import Account, now_us
from jianwei.store.secrets import Vault
from jianwei.wechat.client import Client
from jianwei.workspace.accounts import open_account
from jianwei.workspace.clients import client_of
from jianwei.workspace.workspace import Workspace

__all__ = ["ENGINES", "SHARING", "languages_of", "open_engine", "open_platform"]

ENGINES = {"whisper": "whisper-base", "sense-voice": "sense-voice", "paraformer": "paraformer-zh"}
"""Engine on this machine → the model that it takes where none is named."""

_HEARS = {
    "sense-voice": ("zh", "en", "ja", "ko", "yue"),
    "paraformer": ("zh", "en"),
    "platform": ("zh", "en"),
}

SHARING = "voice-sharing"
"""Purpose in `consents`: voices are sent to the platform to be recognised."""


def open_engine(
    engine: str, model: str | None = None, *, models: Path | None = None, threads: int = 1, workers: int = 1
) -> Recognizer:
    """An engine on this machine.

    Args:
        engine: one of `ENGINES`.
        model: name of a model, or its folder; None is the engine's own.
        models: a models folder to look in first.
        threads: of one call.
        workers: calls at once, from several threads.

    Raises:
        UsageError: there is no such engine.
        MissingExtraError, ModelNotFoundError, InputError: as the engine says.
    """
    if engine not in ENGINES:
        raise UsageError("--engine", f"there is no engine {engine!r}", f"{', '.join(ENGINES)}, platform")
    name, folder = model or ENGINES[engine], models
    if model is not None and Path(model).is_dir():
        name, folder = Path(model).resolve().name, Path(model)
    if engine == "whisper":
        from jianwei.speech.engines.whisper import open_whisper

        return open_whisper(folder, name=name, threads=threads, workers=workers)
    from jianwei.speech.engines.sherpa import open_sherpa

    return open_sherpa(name, folder, threads=threads)


def languages_of(engine: str) -> tuple[str, ...]:
    """Codes of the languages that an engine hears, Mandarin first.

    Raises:
        UsageError: there is no such engine.
        MissingExtraError: it is not installed.
    """
    if engine in _HEARS:
        return _HEARS[engine]
    if engine not in ENGINES:
        raise UsageError("--engine", f"there is no engine {engine!r}", f"{', '.join(ENGINES)}, platform")
    try:
        from faster_whisper.tokenizer import _LANGUAGE_CODES
    except ImportError as error:
        raise MissingExtraError.named("speech recognition", "speech") from error
    return ("zh", *(code for code in _LANGUAGE_CODES if code != "zh"))


@contextmanager
def open_platform(ws: Workspace, account: str | None = None, *, consent: str | None = None) -> Iterator[Recognizer]:
    """The platform's recognition, through an account of the workspace.

    Args:
        account: its name; needed where there are several.
        consent: on what the consent to sending voices rests ("clause 4 of our privacy notice, agreed at sign-up"); it is recorded. None
            looks for one on record.

    Raises:
        UsageError: the account is missing or of another kind.
        ConsentMissingError: no consent is on record.
    """
    from jianwei.speech.engines.platform import PlatformRecognizer

    opened = open_account(ws, account, ("official", "service"))
    if consent is not None:
        record_consent(ws.store, opened.name, opened.app_id, purpose=SHARING, basis=consent)
    agreed = _has_consent(ws, opened)
    with client_of(opened, ws.store.tokens(Vault(ws.settings.key))) as client:
        assert isinstance(client, Client)
        yield PlatformRecognizer(hearing=client.speech, consented=agreed)


def _has_consent(ws: Workspace, account: Account) -> bool:
    """Whether the newest word on it is a consent."""
    rows = ws.table("consents")
    mine = rows.user_id == Gathered(account.name).user(account.app_id)
    return bool(held_consents(rows.filter(mine).to_pyarrow(), SHARING, at_us=now_us()))
