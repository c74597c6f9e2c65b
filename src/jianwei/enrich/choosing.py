"""Which stages run when none is named: all that have something to read and whose models are here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jianwei.engines import Engine, Scope
from jianwei.enrich._base import Reading, Stage
from jianwei.enrich.readings import READINGS
from jianwei.enrich.runner import Skipped
from jianwei.enrich.stages import STAGES, find_stages
from jianwei.errors import MissingExtraError, ModelNotFoundError
from jianwei.query._base import ModelId
from jianwei.store import Store

__all__ = ["chosen_stages"]

_OF_FILES: dict[str, Reading] = {"speech": "voices", "vision": "pictures", "unsafe": "seen"}


def chosen_stages(store: Store, engine: Engine, models: Path | None) -> Iterator[Stage | Skipped]:
    """In their order, each when those before it have run; in place of a stage whose extra or model is missing, that it is left out.

    Stages that read files are not even looked for where there are none: text alone costs what it always did.
    """
    for name in STAGES:
        if name in _OF_FILES and not _has_rows(store, engine, _OF_FILES[name]):
            continue
        try:
            yield from find_stages([name], models=models, folder=store.folder, current=store.state.current)
        except (MissingExtraError, ModelNotFoundError) as error:
            yield Skipped(name, error.what, error.hint)


def _has_rows(store: Store, engine: Engine, reading: Reading) -> bool:
    snapshot = store.lake.snapshot(("messages", "media", "annotations"))
    if not snapshot.tables["media"].files:
        return False
    known = {task: ModelId(*identity) for task, identity in store.state.current().items()}
    with engine.open(snapshot, Scope(models=known)) as session:
        return bool(session.execute(READINGS[reading](session).limit(1)).num_rows)
