"""Words in two languages. Rooms return codes and figures; doors and pages turn them into sentences here.

A language is a folder of TOML files, one per room, `locale/<language>/<room>.toml`; the key of an entry is
`<room>.<path inside the file>`. Both languages have the same keys with the same placeholders (a test compares them).
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["LANGUAGES", "Catalog", "catalog", "guess_language"]

LANGUAGES = ("zh_CN", "en")


@dataclass(frozen=True, slots=True)
class Catalog:
    """The words of one language.

    >>> Catalog("en", {"cli.done": "{rows} rows"}).text("cli.done", rows=3)
    '3 rows'
    """

    language: str
    entries: Mapping[str, str]

    def text(self, key: str, /, **values: object) -> str:
        """The sentence for `key` with `values` filled in.

        Raises:
            KeyError: the key is in no file; a test visits every key that the code uses.
        """
        template = self.entries[key]
        return template.format_map(values) if values else template

    def has(self, key: str) -> bool:
        return key in self.entries


def _flatten(prefix: str, node: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in node.items():
        key = f"{prefix}.{name}"
        if isinstance(value, Mapping):
            yield from _flatten(key, value)
        else:
            yield key, str(value)


@cache
def catalog(language: str) -> Catalog:
    """The catalog of `language` ("zh_CN" or "en")."""
    entries: dict[str, str] = {}
    for file in sorted(files("jianwei.locale").joinpath(language).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            entries.update(_flatten(file.name.removesuffix(".toml"), tomllib.loads(file.read_text("utf-8"))))
    return Catalog(language, entries)


def guess_language(environment: Mapping[str, str] | None = None) -> str:
    """Simplified Chinese when the environment's locale is Chinese, English otherwise.

    >>> guess_language({"LANG": "zh_CN.UTF-8"}), guess_language({})
    ('zh_CN', 'en')
    """
    env = os.environ if environment is None else environment
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := env.get(name):
            return "zh_CN" if value.lower().startswith("zh") else "en"
    return "en"
