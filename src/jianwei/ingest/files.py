"""Import files: find them, work out what they are, read them in pieces, commit in chunks, and say what happened.

Reading the same file again adds nothing; an interrupted import continues where the lake says it was; what cannot be read is kept in
quarantine with file, line and reason.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path, PurePosixPath

import pyarrow as pa

from jianwei import __version__
from jianwei.common.files import BadInput, InputFile, discover, named_path, path_name, sample, sha256_of
from jianwei.common.progress import Progress, SilentProgress, Task
from jianwei.errors import InputError, JianweiError, StoreError
from jianwei.ingest._base import FACTS, Decide, ImportOptions, ImportReport, InputReport, refuse
from jianwei.ingest.albums import Albums
from jianwei.ingest.earlier import added_before, sweep
from jianwei.ingest.writer import ChunkWriter, Tally
from jianwei.sources import by_name, detect
from jianwei.sources._base import Piece, ReadContext, Source
from jianwei.sources.mapping import MappingNeeded
from jianwei.store import InputState, Lake, Quarantined, Store

__all__ = ["import_files", "retry_quarantine"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Run:
    """What every file of one import shares."""

    store: Store
    lake: Lake
    writer: ChunkWriter
    options: ImportOptions
    decide: Decide
    task: Task


@dataclass(frozen=True, slots=True)
class _Input:
    """One input on its way: identity, where it came from, its counts."""

    state: InputState
    tally: Tally
    before: Mapping[str, int] = field(default_factory=dict)  # rows that earlier imports of it brought


def import_files(
    paths: Sequence[str | Path],
    *,
    store: Store,
    options: ImportOptions | None = None,
    progress: Progress | None = None,
    decide: Decide = refuse,
) -> ImportReport:
    """Bring files, folders and archives into the workspace.

    Args:
        paths: what to import; folders and zip archives are walked.
        store: the workspace's store.
        options: how to read; defaults sniff everything.
        progress: where to report.
        decide: asked when the columns of a table are not sure.

    Returns:
        What happened, in all and input by input. A file that cannot be read is part of the answer, not an exception.

    Raises:
        StoreError: the workspace itself cannot be written.
    """
    options = options or ImportOptions()
    progress = progress or SilentProgress()
    found = [(path_name(Path(path).absolute()), entry) for path in paths for entry in discover([path])]
    size = sum(entry.size for _, entry in found if isinstance(entry, InputFile))
    done: list[_Input] = []
    sweep(store)
    with store.writing() as lake, progress.task("import", size or None, "bytes") as task:
        with ChunkWriter(lake, store.state, chunk_rows=options.chunk_rows) as writer:
            run = _Run(store, lake, writer, options, decide, task)
            albums = Albums(store, writer, options)
            for origin, entry in found:
                if isinstance(entry, BadInput):
                    done.append(_refused(run, origin, entry))
                elif _is_media(albums, entry):
                    albums.take(origin, entry)
                    task.advance(entry.size)
                else:
                    done.append(_import_one(run, origin, entry))
            folders = list(albums.close())
        done += [_Input(replace(album.state, status="done"), album.tally, album.before) for album in folders]
        final = [_closed(item) for item in done]
        store.state.put_inputs(final)
        store.tidy(lake, ("messages", "events", "sightings"))
    return _report(store, done, final, writer.totals)


def _is_media(albums: Albums, file: InputFile) -> bool:
    try:
        return albums.wants(file)
    except (InputError, OSError):  # whoever reads it says why
        return False


def retry_quarantine(
    *, store: Store, options: ImportOptions, progress: Progress | None = None, decide: Decide = refuse
) -> ImportReport:
    """Read every input that has rejected rows once more, with today's readers or another mapping."""
    waiting = {input_id for input_id, _ in store.state.quarantine_counts()}
    origins: list[Path] = []
    for known in store.state.inputs(sorted(waiting)):
        if (path := named_path(known.origin)) is not None:
            store.state.release(known.input_id)
            if path not in origins:
                origins.append(path)
    again = replace(options, again=True)
    return import_files(origins, store=store, options=again, progress=progress, decide=decide)


def _input_id(digest: str, name: str, options: ImportOptions) -> str:
    """The same bytes read in the same way are the same input; the base name counts, since some formats carry the title there."""
    mapping = sorted(options.mapping.items()) if options.mapping else None
    how = (digest, PurePosixPath(name).name, options.account, options.zone, options.format, options.table, mapping)
    return "f:" + sha256(json.dumps(how, ensure_ascii=False).encode()).hexdigest()[:32]


def _refused(run: _Run, origin: str, bad: BadInput) -> _Input:
    """An input that is no readable file at all: remembered, and kept in quarantine as line 0."""
    options = run.options
    identity = _input_id("", bad.name, options)
    state = InputState(
        input_id=identity,
        name=bad.name,
        origin=origin,
        account=options.account,
        sha256="",
        bytes=0,
        format="",
        status="rejected",
        detail=bad.code,
    )
    run.store.state.quarantine([Quarantined(identity, bad.name, 0, bad.code, bad.detail, "")])
    return _Input(state, Tally())


def _import_one(run: _Run, origin: str, file: InputFile) -> _Input:
    options = run.options
    tally = Tally()
    try:
        head = sample(file)
        if isinstance(head, BadInput):
            run.task.advance(file.size)
            return _refused(run, origin, head)
        digest = sha256_of(file)
    except InputError as error:
        run.task.advance(file.size)
        return _refused(run, origin, BadInput(file.name, "unreadable", f"{error.what}. {error.hint}"))
    try:
        source = detect(head, file) if options.format == "auto" else by_name(options.format)
    except InputError as error:
        run.task.advance(file.size)
        return _refused(run, origin, BadInput(file.name, "unknown_format", f"{error.what}. {error.hint}"))
    identity = _input_id(digest, file.name, options)
    state = InputState(
        input_id=identity,
        name=file.name,
        origin=origin,
        account=options.account,
        sha256=digest,
        bytes=file.size,
        format=source.name,
        status="reading",
    )
    known = run.store.state.inputs([identity])
    passed = _passed(run, identity)
    if known and known[0].status == "done" and passed is not None and not options.again:
        run.task.advance(file.size)
        tally.read.update(known[0].read)
        tally.duplicate.update(passed)
        tally.rejected.update({t: n - passed.get(t, 0) for t, n in known[0].read.items() if t in FACTS})
        return _Input(known[0], tally)
    before = added_before(run.store, identity)
    run.store.state.put_inputs([replace(state, added=dict(before))])
    if passed and not options.again:
        tally.passed.update(passed)
        tally.duplicate.update(passed)
    context = ReadContext(
        account=options.account,
        zone=options.zone,
        input_id=identity,
        file_sha256=digest,
        mapping=options.mapping,
        table=options.table,
        chunk_rows=min(options.chunk_rows, 100_000),
    )
    try:
        _read(run, source, file, context, tally)
    except StoreError:
        raise
    except JianweiError as error:
        state = _failed(run.store, state, tally, error.what if not error.hint else f"{error.what}. {error.hint}")
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception as error:  # a reader met what it was not built for: this file fails, the others go on
        _log.exception("reading %s failed", file.name)
        state = _failed(run.store, state, tally, f"{type(error).__name__}: {error}")
    else:
        state = replace(state, status="done")
    return _Input(state, tally, before)


def _passed(run: _Run, identity: str) -> dict[str, int] | None:
    """Rows of the input that are known to be in the lake; None when that cannot be relied on (another lake, another reader)."""
    position = run.store.state.position(f"import/{identity}")
    if position is None or position["reader"] != __version__:
        return None
    passed = {}
    for name, reached in position["tables"].items():  # type: ignore[attr-defined]
        table, version = run.lake.identity(name)
        if table != reached["table"] or version < reached["version"]:
            return None
        passed[name] = int(reached["rows"])
    return passed


def _read(run: _Run, source: Source, file: InputFile, context: ReadContext, tally: Tally) -> None:
    consumed = 0
    skip = Counter(tally.passed)
    for piece in _pieces(source, file, context, run.decide):
        rejects = [Quarantined(context.input_id, file.name, r.line, r.reason, r.detail, r.raw) for r in piece.rejects]
        tally.read.update(piece.read)
        for name, met in piece.read.items():
            tally.rejected[name] += met - (piece.tables[name].num_rows if name in piece.tables else 0)
        tables = [(name, _unpassed(name, rows, skip)) for name, rows in piece.tables.items()]
        run.writer.add(context.input_id, tally, tables, rejects)
        run.task.advance(max(0, piece.consumed - consumed))
        consumed = max(consumed, piece.consumed)
    run.writer.add(context.input_id, tally, (), ())
    run.task.advance(max(0, file.size - consumed))


def _pieces(source: Source, file: InputFile, context: ReadContext, decide: Decide) -> Iterator[Piece]:
    """The source's pieces; when it needs a mapping, the one that it proposes if `decide` agrees."""
    try:
        yield from source.read(file, context)
        return
    except MappingNeeded as needed:
        if not needed.proposal.guesses:
            hint = "if it is a table, say what its columns are: --table messages --map 'text=COLUMN'"
            raise InputError(file.name, "this is no format that Jianwei knows", hint) from None
        if not decide(file.name, needed.proposal):
            raise
        proposal = needed.proposal
    yield from source.read(file, replace(context, mapping=dict(proposal.fields), table=proposal.table))


def _unpassed(name: str, rows: pa.Table, skip: Counter[str]) -> pa.Table:
    """Rows beyond those known to be committed."""
    if name not in FACTS or not skip[name]:
        return rows
    known = min(skip[name], rows.num_rows)
    skip[name] -= known
    return rows.slice(known)


def _failed(store: Store, state: InputState, tally: Tally, detail: str) -> InputState:
    store.state.quarantine([Quarantined(state.input_id, state.name, 0, "failed", detail, "")])
    return replace(state, status="failed" if any(tally.read.values()) else "rejected", detail=detail)


def _closed(item: _Input) -> InputState:
    if item.state.status == "done" and item.state.read:
        return item.state  # finished in an earlier run
    return replace(
        item.state,
        read=dict(item.tally.read),
        added={n: sum_ for n in FACTS if (sum_ := item.tally.new[n] + item.before.get(n, 0))},
    )


def _report(
    store: Store, done: Sequence[_Input], final: Sequence[InputState], totals: Mapping[str, Tally]
) -> ImportReport:
    reasons: dict[str, list[tuple[str, int, int]]] = {}
    for (input_id, reason), (rows, line) in sorted(store.state.quarantine_counts().items()):
        reasons.setdefault(input_id, []).append((reason, rows, line))
    refused: dict[str, list[tuple[str, str]]] = {}
    folders = [state.input_id for state in final if state.format == "media" and state.input_id in reasons]
    for row in store.state.quarantined(input_ids=folders) if folders else ():
        refused.setdefault(row.input_id, []).append((row.file, row.reason))
    inputs = tuple(
        InputReport(
            input_id=state.input_id,
            name=state.name,
            format=state.format,
            status=state.status,
            detail=state.detail,
            read=_counts(item.tally.read),
            new=_counts(item.tally.new),
            duplicate=_counts(item.tally.duplicate),
            rejected=_counts(item.tally.rejected),
            reasons=tuple(reasons.get(state.input_id, ())),
            refused=tuple(refused.get(state.input_id, ())),
        )
        for item, state in zip(done, final, strict=True)
    )
    sums = {}
    for kind in ("read", "new", "duplicate", "rejected"):
        total: Counter[str] = Counter()
        for item in done:
            total.update({n: c for n, c in getattr(item.tally, kind).items() if n in FACTS})
        for tally in totals.values():
            total.update(getattr(tally, kind))
        sums[kind] = _counts(total)
    return ImportReport(inputs, sums["read"], sums["new"], sums["duplicate"], sums["rejected"])


def _counts(counter: Counter[str]) -> dict[str, int]:
    return {name: counter[name] for name in sorted(counter) if counter[name]}
