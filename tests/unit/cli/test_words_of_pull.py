"""Every code that a pull or an account's test can report has words."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import get_args

import pytest

import jianwei.ingest.pull as room
from jianwei.common.i18n import LANGUAGES, catalog
from jianwei.ingest.pull._base import Status
from jianwei.ingest.pull.official import official_parts
from jianwei.ingest.pull.wecom import wecom_parts
from jianwei.records import TABLES
from jianwei.store.state import ACCOUNT_KINDS
from jianwei.wechat.abilities import abilities_of

SOURCES = [*Path(room.__file__).parent.glob("*.py"), Path(room.__file__).parents[2] / "sources" / "official_account.py"]
NOTES = re.compile(
    r'(?:notes[^\n]*?|left\[|counted[^\n]*?|\{|, )"([a-z]+(?:_[a-z]+)*)": (?:len\(|1\b|count|unnamed|more|page\.bad|failed)|left\["(\w+)"\]'
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_pull(language: str) -> None:
    words = catalog(language)
    parts = {*official_parts(None), *wecom_parts(None), "archive", "rooms", "comments"}  # type: ignore[arg-type]
    notes = {a or b for source in SOURCES for a, b in NOTES.findall(source.read_text("utf-8"))}
    assert {"left_out", "unsubscribed", "heard", "gone", "media_failed", "series_denied"} <= notes
    keys = [f"part.{part}" for part in parts] + [f"status.{status}" for status in get_args(Status)]
    keys += [f"note.{note}" for note in notes] + [f"table.{t}" for t in set(TABLES) - {"annotations", "sightings"}]
    keys += [f"reason.{reason}" for reason in ("permission", "quota", "refused", "broken", "unreachable")]
    assert [key for key in keys if not words.has(f"pull.{key}")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_accounts(language: str) -> None:
    words = catalog(language)
    found = {one.name for kind in ACCOUNT_KINDS for one in abilities_of(kind, now=0, today=date(2026, 3, 1))}
    keys = [f"ability.{name}" for name in found] + [f"kind.{kind}" for kind in ACCOUNT_KINDS]
    keys += [f"check.{part}" for part in ("token", "address", "secret", "login", "callback", "webhook")]
    assert [key for key in keys if not words.has(f"accounts.{key}")] == []
