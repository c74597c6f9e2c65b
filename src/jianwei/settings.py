"""Typed settings: defaults < jianwei.toml in the workspace < environment (JIANWEI_*) < arguments.

>>> read_settings(environment={"JIANWEI_TIMEZONE": "UTC"}).timezone
'UTC'
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from jianwei.common.i18n import LANGUAGES
from jianwei.errors import SettingsError

__all__ = ["DEFAULT_WORKSPACE", "Secret", "Settings", "read_settings"]

DEFAULT_WORKSPACE = "jianwei-workspace"


class Secret:
    """A value that never shows itself: not in logs, errors, `repr` or formatted text.

    >>> f"{Secret('hunter2')}"
    '********'
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself; call it only where it leaves for its purpose."""
        return self._value

    def __repr__(self) -> str:
        return "********"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "********"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(("Secret", self._value))

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("a secret is not pickled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of a workspace.

    Attributes:
        account: account that imported files belong to unless the import names another.
        timezone: zone of days, hours and naive local times; never the host's.
        language: "zh_CN" or "en", of reports and messages; None takes the environment's.
        workers: processes for heavy stages; 0 takes one per processor.
        state_url: SQLAlchemy URL of the state database; None is SQLite inside the workspace.
        key: key that secrets at rest are encrypted with (`JIANWEI_KEY`); kept outside the workspace.
    """

    account: str = "local"
    timezone: str = "Asia/Shanghai"
    language: str | None = None
    workers: int = 0
    state_url: Secret | None = None
    key: Secret | None = None

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError):
            raise SettingsError(
                "timezone", f"{self.timezone!r} is not a time zone", 'use a name such as "Asia/Shanghai"'
            ) from None
        if self.language is not None and self.language not in LANGUAGES:
            raise SettingsError("language", f"{self.language!r} is unknown", f"use one of {', '.join(LANGUAGES)}")
        if self.workers < 0:
            raise SettingsError("workers", f"{self.workers} is negative", "use 0 for one per processor")

    @property
    def processes(self) -> int:
        """How many worker processes to start."""
        return self.workers or os.cpu_count() or 1


def _convert(name: str, kind: Any, value: Any, where: str) -> Any:
    if value is not None and "Secret" in str(kind):
        return Secret(str(value))
    plain = {"account": str, "timezone": str, "language": str | None, "workers": int}[name]
    try:
        return msgspec.convert(value, plain, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{where}: {name}", str(error)) from None


def read_settings(
    folder: Path | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    arguments: Mapping[str, Any] | None = None,
) -> Settings:
    """Settings for the workspace in `folder`.

    Args:
        folder: workspace folder; its jianwei.toml is read when it exists. None reads no file.
        environment: variables to look at, default `os.environ`; `JIANWEI_<SETTING>`.
        arguments: settings given in the call; None values count as not given.

    Raises:
        SettingsError: an unknown name, a wrong type, a value out of bounds; names the place it came from.
    """
    env = os.environ if environment is None else environment
    kinds = {field.name: field.type for field in fields(Settings)}
    values: dict[str, Any] = {}
    file = None if folder is None else folder / "jianwei.toml"
    if file is not None and file.exists():
        try:
            loaded = tomllib.loads(file.read_text("utf-8-sig"))  # editors on Windows put a mark in front
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise SettingsError(str(file), str(error), "put the file right or remove it") from None
        if unknown := sorted(set(loaded) - set(kinds)):
            raise SettingsError(str(file), f"unknown setting {unknown[0]!r}", f"known are {', '.join(kinds)}")
        values.update({name: _convert(name, kinds[name], value, str(file)) for name, value in loaded.items()})
    for name, kind in kinds.items():
        if (value := env.get(f"JIANWEI_{name.upper()}")) is not None:
            values[name] = _convert(name, kind, value, "environment")
    if unknown := sorted(set(arguments or {}) - set(kinds)):
        raise SettingsError("argument", f"unknown setting {unknown[0]!r}", f"known are {', '.join(kinds)}")
    for name, value in (arguments or {}).items():
        if value is not None:
            values[name] = _convert(name, kinds[name], value, "argument") if not isinstance(value, Secret) else value
    return Settings(**values)
