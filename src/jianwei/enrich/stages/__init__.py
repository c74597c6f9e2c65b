"""The stages, by name and in their order. A stage is loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from jianwei.enrich._base import Stage
from jianwei.errors import UsageError

__all__ = ["STAGES", "find_stages"]

STAGES = ("speech", "vision", "unsafe", "text")
"""In the order in which they run: what was heard and read is text too."""

Current = Callable[[], Mapping[str, tuple[str, str]]]


def _nobody() -> Mapping[str, tuple[str, str]]:
    return {}


def find_stages(
    names: Sequence[str], *, models: Path | None = None, folder: Path | None = None, current: Current = _nobody
) -> Iterator[Stage]:
    """The stages with these names, each once, in the order of `STAGES`. Each is made when the ones before it have run.

    Args:
        names: some of `STAGES`.
        models: folder of models of one's own, which go before the packaged ones.
        folder: workspace, below which the files of media lie.
        current: tells which (model, version) counts for a task now.

    Raises:
        UsageError: there is no stage of that name.

    >>> [stage.always for stage in find_stages(["text"])]
    [('words', 'sentiment')]
    """
    if unknown := [name for name in names if name not in STAGES]:
        raise UsageError("enrich", f"there is no stage {unknown[0]!r}", f"choose from {', '.join(STAGES)}")
    return (_stage(name, models, folder or Path(), current) for name in STAGES if name in names)


def _stage(name: str, models: Path | None, folder: Path, current: Current) -> Stage:
    if name == "speech":
        from jianwei.enrich.stages.speech import speech_stage

        return speech_stage(folder, models)
    if name == "vision":
        from jianwei.enrich.stages.vision import vision_stage

        return vision_stage(folder, models)
    if name == "unsafe":
        from jianwei.enrich.readings import SEEN_TASKS
        from jianwei.enrich.stages.unsafe import UnsafeStage

        known = current()
        return UnsafeStage(models, tuple((task, *known[task]) for task in SEEN_TASKS if task in known))
    from jianwei.enrich.stages.text import TextStage

    return TextStage(models, _wording(current()))


def _wording(known: Mapping[str, tuple[str, str]]) -> tuple[tuple[str, str, str], ...]:
    """Whose words of voices and pictures count now. What stands behind the last point of "ocr" is the mark of all who look at pictures:
    another model for faces changes no text.
    """
    own = {task: known[task] for task in ("transcript", "ocr") if task in known}
    return tuple(
        (task, model, version.rpartition(".")[0] if task == "ocr" else version)
        for task, (model, version) in own.items()
    )
