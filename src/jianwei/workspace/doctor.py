"""What this installation and this workspace can do now, and what is wrong with them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

from jianwei.common.i18n import catalog, guess_language
from jianwei.errors import JianweiError
from jianwei.records import TABLES
from jianwei.store import Store
from jianwei.workspace.abilities import ABILITIES, look_up

__all__ = ["Check", "examine"]

EXTRAS = {
    "spark": "pyspark",
    "postgres": "psycopg",
    "llm": "openai",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        part: what; its words are `doctor.part.<part>` in the locale, where it has any.
        state: "ok"; "missing", an option that is not installed (`detail` says how to add it); or "broken".
    """

    part: str
    state: Literal["ok", "missing", "broken"]
    detail: str


def examine(store: Store | None) -> list[Check]:
    """Look at the installation and, if given, at the workspace."""
    checks = [Check("python", "ok", sys.version.split()[0]), _charts()]
    for extra, module in EXTRAS.items():
        if find_spec(module) is None:
            checks.append(Check(extra, "missing", f'pip install "jianwei[{extra}]"'))
        else:
            checks.append(Check(extra, "ok", module))
    for ability in ABILITIES:
        found = look_up(ability)
        checks.append(Check(ability.name, found.state, found.detail))
    return checks if store is None else checks + _workspace(store)


def _charts() -> Check:
    from jianwei.render.assets import script

    try:
        return Check("charts", "ok", f"{len(script('echarts')) >> 10:,} KiB")
    except JianweiError as error:
        return Check("charts", "broken", str(error))


def _workspace(store: Store) -> list[Check]:
    checks = []
    for name in TABLES:
        try:
            pinned = store.lake.snapshot([name]).tables[name]
        except JianweiError as error:
            checks.append(Check(f"table {name}", "broken", str(error)))
            continue
        if pinned.version >= 0:
            told = _words("table_detail", version=pinned.version, files=len(pinned.files))
            checks.append(Check(f"table {name}", "ok", told))
    inputs = store.state.inputs()
    unfinished = [item.name for item in inputs if item.status == "reading"]
    checks.append(Check("inputs", "ok", f"{len(inputs)}"))
    if unfinished:
        checks.append(Check("inputs", "broken", _words("unfinished", names=", ".join(unfinished[:5]))))
    return checks


def _words(key: str, /, **values: object) -> str:
    return catalog(guess_language()).text(f"doctor.{key}", **values)
