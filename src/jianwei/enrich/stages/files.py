"""What stages that read files share: find the file, answer once what comes several times, and never raise for the sake of one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from jianwei.common.media import OpenMedia, RejectedMediaError, open_media
from jianwei.enrich.answers import Answer, rows_of

__all__ = ["FileAnswers", "below"]

_REMEMBERED = 2_000  # files of one process whose answers are kept; stickers and forwarded pictures come again and again


@dataclass(slots=True)
class FileAnswers:
    """Answers about files, in one process.

    Attributes:
        stage: name of the stage.
        task: the task that is always answered; it also says why a file is refused.
        identities: (model, version) of every task.
        folder: below which the files must lie.
        look: answers about one file. It may raise `RejectedMediaError`.
    """

    stage: str
    task: str
    identities: Mapping[str, tuple[str, str]]
    folder: Path
    look: Callable[[OpenMedia], tuple[Answer, ...]]
    _known: OrderedDict[str, tuple[Answer, ...]] = field(default_factory=OrderedDict, repr=False)

    def annotate(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Annotations of a batch with the columns path (below the folder) and sha256: files with the same digest are looked at once."""
        paths, digests = (batch.column(name).to_pylist() for name in ("path", "sha256"))
        answers = [self._answered(path, digest) for path, digest in zip(paths, digests, strict=True)]
        return rows_of(self.stage, self.identities, batch, answers)

    def _answered(self, path: str, digest: str | None) -> tuple[Answer, ...]:
        if digest is not None and digest in self._known:
            self._known.move_to_end(digest)
            return self._known[digest]
        try:
            answers = self.look(open_media(below(self.folder, path)))
        except RejectedMediaError as error:
            answers = (self._not(error.code, error.what, "rejected"),)
        except Exception as error:  # a fault of ours or of a library: this file is marked, the others go on
            return (self._not("error", f"{type(error).__name__}: {error}"[:500], "error"),)
        if digest is not None:
            self._known[digest] = answers
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return answers

    def _not(self, code: str, what: str, status: str) -> Answer:
        return Answer(task=self.task, status=status, label=code, value={"code": code, "error": what})


def below(folder: Path, path: str) -> Path:
    """Where a file of the workspace lies; a path that leads out of the folder is no file of ours.

    Raises:
        RejectedMediaError: "unreadable".
    """
    top = folder.resolve()
    try:
        found = (top / path).resolve()
    except (ValueError, OSError):
        raise RejectedMediaError("unreadable", path, "that is no path", "import it again") from None
    if not found.is_relative_to(top):
        raise RejectedMediaError("unreadable", path, "it lies outside the workspace", "import it again")
    return found
