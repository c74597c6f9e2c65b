"""Bringing models into the cache: those that the lock file names, and the user's own.

A file gets its name only when its sha256 is right; until then it lies aside as `<file>.part`, and an interrupted pull goes on there. Two
pulls of one model take turns.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from jianwei.common.net import FetchLimits, fetch_file, shown_url
from jianwei.common.progress import Progress, SilentProgress, Task
from jianwei.errors import InputError, UsageError
from jianwei.models.folders import digest_of
from jianwei.models.lock import FILE, NAME, OWN_LOCK, LockedFile, LockedModel, cache_held, record_own, shipped_lock

__all__ = ["Pulled", "pull_given", "pull_model", "pull_own"]

_MOST_FILES = 200
_BLOCK = 1 << 20
_PART = ".part"
_OTHER_FILE = "what came was thrown away; try again, and if it happens again, the file there is another one now"


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull did.

    Attributes:
        fetched: files that are new in the cache.
        kept: files that were there already.
    """

    model: LockedModel
    folder: Path
    fetched: tuple[str, ...]
    kept: tuple[str, ...]


def pull_model(
    model: LockedModel,
    *,
    environment: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    limits: FetchLimits | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Pulled:
    """Fetch the files of a model that the cache lacks.

    Args:
        model: a model whose files have addresses.
        environment: variables to read, those of the process by default.
        progress: sees one task a file, in bytes.
        limits: bounds of a fetch.
        sleep: waits between tries.

    Raises:
        UsageError: the model has no address: it comes with a package.
        FetchError: an address does not give the file.
        InputError: what it gives is not the file that the lock file pins.
        StoreError: the disk refused.
    """
    if not model.pullable:
        raise UsageError(model.name, f"comes with the package {model.package} and is not fetched", model.hint)
    fetched, kept = [], []
    with cache_held(model.name, environment) as folder, _swept(folder / model.name):
        for file in model.files:
            if _is_whole(folder / file.file, file.sha256):
                kept.append(file.file)
                continue
            with (progress or SilentProgress()).task(file.file, file.size, "bytes") as task:
                _fetch(file, folder / file.file, task, limits, sleep)
            fetched.append(file.file)
    return Pulled(model, (folder / model.files[0].file).parent, tuple(fetched), tuple(kept))


def pull_given(
    model: LockedModel,
    sources: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    limits: FetchLimits | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Pulled:
    """Bring the files of a model that Jianwei knows from elsewhere into the cache: from a folder, files, or a mirror's addresses.

    Args:
        model: a model whose files have addresses.
        sources: one folder, files, or addresses; a file of the model is taken from what ends in its name, or in that of its address.
        environment, progress, limits, sleep: as in `pull_model`.

    Raises:
        UsageError: the model comes with a package.
        InputError: a file is not among the sources, cannot be read, or is not the one that the lock file pins.
        FetchError: an address does not give the file.
        StoreError: the disk refused.
    """
    if not model.pullable:
        raise UsageError(model.name, "is a model that Jianwei knows and comes with", "choose another name for your own")
    offered = _offered(model.name, sources)
    fetched, kept = [], []
    with cache_held(model.name, environment) as folder, _swept(folder / model.name):
        for file in model.files:
            target = folder / file.file
            if _is_whole(target, file.sha256):
                kept.append(file.file)
                continue
            item = _Wanted(_source_of(file, offered, model.name), Path(file.file).name, file.sha256)
            with (progress or SilentProgress()).task(file.file, file.size, "bytes") as task:
                _bring(item, target.parent, model.name, task, limits, sleep)
            fetched.append(file.file)
    return Pulled(model, (folder / model.files[0].file).parent, tuple(fetched), tuple(kept))


def _source_of(file: LockedFile, offered: Mapping[str, str], name: str) -> str:
    """What is offered for a file, by its name here or there."""
    for known in (file.file, Path(file.file).name, _file_name(file.url)):
        if known in offered:
            return offered[known]
    wanted = " or ".join(dict.fromkeys((Path(file.file).name, _file_name(file.url))))
    raise InputError(name, f"{wanted} is not among what was given", "name a folder that has it, or the file itself")


def pull_own(
    name: str,
    sources: Sequence[str],
    *,
    sha256: Sequence[str] = (),
    use: str = "classifier",
    environment: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    limits: FetchLimits | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Pulled:
    """Bring a model of one's own into the cache and record what its files hash to, so that `verify` can tell damage later.

    Args:
        name: lower-case letters, digits, ".", "_" and "-"; not that of a model Jianwei knows.
        sources: files, one folder, or addresses (one file each).
        sha256: what the files must hash to, in the order of `sources`; none, or as many.
        use: what the model does: "classifier", "embedding" …
        environment, progress, limits, sleep: as in `pull_model`.

    Raises:
        UsageError: the name, or the number of digests, will not do.
        InputError: a source cannot be read, or is not what its sha256 says.
        FetchError: an address does not give the file.
        StoreError: the disk refused.
    """
    if not re.fullmatch(NAME, name):
        raise UsageError(name, "is no name for a model", 'use lower-case letters, digits, ".", "_" and "-"')
    if name == OWN_LOCK or any(name == file.file for model in shipped_lock().models for file in model.files):
        raise UsageError(name, "is the name of a file that Jianwei keeps there", "choose another name")
    if shipped_lock().get(name) is not None:
        raise UsageError(name, "is a model that Jianwei knows", "choose another name")
    wanted = _wanted(name, sources, sha256)
    with cache_held(name, environment) as folder:
        aside = folder / f".{name}.new"
        resumable = {item.file for item in wanted if item.sha256}
        locked = []
        try:
            _tidy(aside, resumable)
            for item in wanted:
                with (progress or SilentProgress()).task(item.file, None, "bytes") as task:
                    locked.append(_bring(item, aside, name, task, limits, sleep))
        except BaseException:
            _abandon(aside, resumable)
            raise
        model = LockedModel(name, use, tuple(locked), source="own")
        before = folder / f".{name}.old"
        shutil.rmtree(before, ignore_errors=True)
        if (folder / name).exists():
            (folder / name).replace(before)
        try:
            aside.replace(folder / name)
            record_own(model, environment)
        except BaseException:
            shutil.rmtree(folder / name, ignore_errors=True)
            if before.exists():
                before.replace(folder / name)
            raise
        shutil.rmtree(before, ignore_errors=True)
    return Pulled(model, folder / name, tuple(file.file for file in locked), ())


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One file of a model of one's own: where from, under which name in the model's folder, and what it must hash to, if that is known."""

    source: str
    file: str
    sha256: str

    @property
    def is_address(self) -> bool:
        return "://" in self.source


def _wanted(name: str, sources: Sequence[str], digests: Sequence[str]) -> list[_Wanted]:
    found = _found(name, sources)
    if digests and len(digests) != len(found):
        raise UsageError(
            name, f"{len(digests)} digests for {len(found)} files", "give one for every file, in their order"
        )
    names = [file for _, file in found]
    if not 1 <= len(found) <= _MOST_FILES or len({file.lower() for file in names}) != len(names):
        raise UsageError(name, f"{len(found)} files, of which {len(set(names))} have different names, are no model", "")
    for file in names:
        if not re.fullmatch(FILE, file):
            raise UsageError(file, "is no name for a file of a model", "rename it: letters, digits, and . _ -")
    asked = [digest.lower() for digest in digests] or [""] * len(found)
    if bad := [digest for digest in asked if digest and not re.fullmatch("[0-9a-f]{64}", digest)]:
        raise UsageError(bad[0], "is no sha256", "give its 64 hex digits")
    return [_Wanted(source, file, digest) for (source, file), digest in zip(found, asked, strict=True)]


def _found(name: str, sources: Sequence[str]) -> list[tuple[str, str]]:
    """(where it is, its name in the model's folder) of every file that the sources name."""
    if not sources:
        raise UsageError(name, "nothing was named to take it from", "name a file, a folder or an address")
    if len(sources) > 1 or "://" in sources[0] or not Path(sources[0]).is_dir():
        return [(source, _file_name(source)) for source in sources]
    root = Path(sources[0])
    inside = (path.relative_to(root) for path in sorted(root.rglob("*")) if path.is_file())
    files = [path.as_posix() for path in inside if not any(part.startswith(".") for part in path.parts)]
    return [(str(root / file), file) for file in files]


def _offered(name: str, sources: Sequence[str]) -> dict[str, str]:
    """Where every file is that the sources name, by its path in a folder and by its bare name."""
    found = _found(name, sources)
    return {Path(file).name: source for source, file in reversed(found)} | {file: source for source, file in found}


def _file_name(source: str) -> str:
    return unquote(urlsplit(source).path).rsplit("/", 1)[-1] if "://" in source else Path(source).name


def _tidy(aside: Path, resumable: set[str]) -> None:
    """Make the folder in which a model is gathered; of an earlier try only what can be checked stays."""
    if aside.exists() and not resumable:
        shutil.rmtree(aside)
    aside.mkdir(exist_ok=True)
    for path in sorted(aside.rglob("*")):
        if path.is_file() and path.relative_to(aside).as_posix().removesuffix(_PART) not in resumable:
            path.unlink()


def _abandon(aside: Path, resumable: set[str]) -> None:
    """After a failure only what the next try can go on with stays."""
    try:
        _tidy(aside, resumable)
        for folder in sorted((path for path in aside.rglob("*") if path.is_dir()), reverse=True):
            _drop_empty(folder)
        _drop_empty(aside)
    except OSError:  # the failure itself is what there is to tell
        return


@contextmanager
def _swept(folder: Path) -> Iterator[None]:
    """After the block the folder is not there where nothing is in it."""
    try:
        yield
    finally:
        if folder.is_dir():
            _drop_empty(folder)


def _drop_empty(folder: Path) -> None:
    if not any(folder.iterdir()):
        folder.rmdir()


def _bring(
    item: _Wanted,
    aside: Path,
    name: str,
    task: Task,
    limits: FetchLimits | None,
    sleep: Callable[[float], None],
) -> LockedFile:
    """Put one file of a model of one's own into the folder in which it is gathered."""
    target = aside / item.file
    if not (item.sha256 and _is_whole(target, item.sha256)):
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + _PART)
        if item.is_address:
            fetch_file(item.source, part, limits=limits, resume=item.sha256 != "", task=task, sleep=sleep)
        else:
            _copy(Path(item.source), part, task)
        _finish(part, target, item.sha256, shown_url(item.source) if item.is_address else item.source)
    return LockedFile(f"{name}/{item.file}", target.stat().st_size, digest_of(target))


def _copy(source: Path, part: Path, task: Task) -> None:
    try:
        file = source.open("rb")
    except OSError as error:
        raise InputError(str(source), f"cannot be read ({error.strerror})", "give a file that can be read") from None
    with file, part.open("wb") as copied:
        while block := file.read(_BLOCK):
            copied.write(block)
            task.advance(len(block))
        copied.flush()
        os.fsync(copied.fileno())


def _fetch(
    file: LockedFile, target: Path, task: Task, limits: FetchLimits | None, sleep: Callable[[float], None]
) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + _PART)
    fetch_file(file.url, part, limits=limits, size=file.size, resume=True, task=task, sleep=sleep)
    _finish(part, target, file.sha256, shown_url(file.url))


def _finish(part: Path, target: Path, sha256: str, where: str) -> None:
    """Give a file its name, when it is the right one."""
    if sha256 and (actual := digest_of(part)) != sha256:
        part.unlink()
        raise InputError(where, f"gave a file with the sha256 {actual[:16]}…, not {sha256[:16]}…", _OTHER_FILE)
    part.replace(target)


def _is_whole(path: Path, sha256: str) -> bool:
    return path.is_file() and digest_of(path) == sha256
