"""The stages, by name. A stage is loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jianwei.enrich._base import Stage
from jianwei.errors import UsageError

__all__ = ["STAGES", "find_stages"]

STAGES = ("text",)


def find_stages(names: Sequence[str], *, models: Path | None = None) -> tuple[Stage, ...]:
    """The stages with these names, in this order.

    Args:
        names: some of `STAGES`.
        models: folder of models of one's own, which go before the packaged ones.

    Raises:
        UsageError: there is no stage of that name.

    >>> [stage.always for stage in find_stages(["text"])]
    [('words', 'sentiment')]
    """
    return tuple(_stage(name, models) for name in names)


def _stage(name: str, models: Path | None) -> Stage:
    if name == "text":
        from jianwei.enrich.stages.text import TextStage

        return TextStage(models)
    raise UsageError("enrich", f"there is no stage {name!r}", f"choose from {', '.join(STAGES)}")
