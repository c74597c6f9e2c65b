"""Pictures, voices and videos among the files of an import: every folder is one input, every file in it one message.

A file is kept before its row is written; rows go to the lake in large chunks. What was brought before is read again, to be sure, and adds
nothing; a kill costs this repeated reading, never a file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import PurePosixPath

from jianwei.common.files import InputFile
from jianwei.common.media import MediaLimits, RejectedMediaError, open_media
from jianwei.errors import InputError
from jianwei.ingest._base import ImportOptions
from jianwei.ingest.earlier import added_before
from jianwei.ingest.keeping import copied, digest_of, settle
from jianwei.ingest.writer import ChunkWriter, Tally
from jianwei.sources._gathered import Gathered
from jianwei.sources.media_files import (
    MediaFile,
    MediaSource,
    add_album,
    add_media,
    album_of,
    kept_path,
    measured,
    promises_media,
)
from jianwei.store import InputState, Quarantined, Store

__all__ = ["Album", "Albums"]

_GATHERED = 1_000  # files whose rows are handed over together
_SNIFFED = 4096


@dataclass(slots=True)
class Album:
    """One folder on its way in.

    Attributes:
        state: what is remembered of the input.
        before: rows that earlier imports of it brought.
    """

    state: InputState
    name: str
    before: Mapping[str, int]
    rows: Gathered
    tally: Tally = field(default_factory=Tally)
    rejects: list[Quarantined] = field(default_factory=list)
    seen: int = 0


class Albums:
    """The folders of one import.

    Args:
        store: the workspace's store.
        writer: takes the rows.
        options: how to read.
    """

    def __init__(self, store: Store, writer: ChunkWriter, options: ImportOptions) -> None:
        self._store, self._writer, self._options = store, writer, options
        self._albums: dict[tuple[str, str], Album] = {}

    def wants(self, file: InputFile) -> bool:
        """Whether a file is a picture, voice or video, or says that it is one.

        Raises:
            InputError: it cannot be opened.
        """
        if self._options.format != "auto":
            return self._options.format == MediaSource.name
        if self._options.mapping or self._options.table:
            return False
        with file.open() as stream:
            return promises_media(file.name, stream.read(_SNIFFED))

    def take(self, origin: str, file: InputFile) -> Album:
        """Keep a file and note its message, or why it is refused; gives its folder.

        Raises:
            StoreError: the disk, the lake or the state refuses.
        """
        album = self._album(origin, file)
        album.seen += 1
        album.tally.read["messages"] += 1
        try:
            found = self._kept(file)
        except RejectedMediaError as error:
            self._reject(album, file, error.code, error.what)
        except InputError as error:
            self._reject(album, file, "damaged", error.what)
        except OSError as error:
            self._reject(album, file, "unreadable", error.strerror or "")
        else:
            if not album.rows.count("messages"):
                add_album(album.rows, album.name, found.ts_us)
            add_media(album.rows, found, album.rows.conversation(f"folder:{album.name}"), seq=album.seen - 1)
        if album.rows.count("messages") + len(album.rejects) >= _GATHERED:
            self._hand_over(album)
        return album

    def close(self) -> Iterator[Album]:
        """Hand over what is left; gives all folders."""
        for album in self._albums.values():
            self._hand_over(album)
            yield album

    def _album(self, origin: str, file: InputFile) -> Album:
        folder = PurePosixPath(file.name).parent.as_posix()
        if (origin, folder) not in self._albums:
            self._albums[origin, folder] = self._opened(origin, folder, album_of(file))
        return self._albums[origin, folder]

    def _opened(self, origin: str, folder: str, name: str) -> Album:
        options = self._options
        how = (origin, folder, options.account, options.zone, MediaSource.name)
        identity = "f:" + sha256(json.dumps(how, ensure_ascii=False).encode()).hexdigest()[:32]
        state = InputState(
            input_id=identity,
            name=folder if folder != "." else name,
            origin=origin,
            account=options.account,
            sha256="",
            bytes=0,
            format=MediaSource.name,
            status="reading",
        )
        before = added_before(self._store, identity)
        self._store.state.release(identity)
        self._store.state.put_inputs([replace(state, added=dict(before))])
        return Album(state, name, before, Gathered(options.account, identity))

    def _reject(self, album: Album, file: InputFile, code: str, what: str) -> None:
        album.tally.rejected["messages"] += 1
        album.rejects.append(Quarantined(album.state.input_id, file.name, album.seen, code, what, ""))

    def _hand_over(self, album: Album) -> None:
        rejects, rows = album.rejects, album.rows.tables()
        for name in rows.keys() - {"messages"}:
            album.tally.read[name] += rows[name].num_rows
        album.rejects, album.rows = [], Gathered(self._options.account, album.state.input_id)
        self._writer.add(album.state.input_id, album.tally, rows.items(), rejects)

    def _kept(self, file: InputFile) -> MediaFile:
        """The file, kept; one that lies on disk is copied only if it is new."""
        limits, folder, zone = MediaLimits(), self._store.folder, self._options.zone
        if file.path is not None:
            media = open_media(file.path, limits=limits)
            with media.open() as stream:
                found = measured(file, media, digest_of(stream), zone)
            place = folder / kept_path(found.sha256, found.type.suffix)
            if place.exists() and place.stat().st_size == found.bytes:
                return found
        suffix = PurePosixPath(file.name).suffix[:16]
        with file.open() as stream, copied(stream, folder, file.name, suffix=suffix, most_bytes=limits.bytes) as aside:
            found = measured(file, open_media(aside.path, limits=limits), aside.sha256, zone)
            settle(aside, folder / kept_path(found.sha256, found.type.suffix))
        return found
