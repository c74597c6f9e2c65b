"""Which faces in the pictures that people sent are of one person. Asked only of pictures whose senders consented; nothing of it is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.common.media import RejectedMediaError, open_media
from jianwei.common.progress import Progress, SilentProgress
from jianwei.common.results import Rows
from jianwei.engines import Scope
from jianwei.enrich.stages.files import below
from jianwei.ingest.consenting import held_consents, keep_consent, withdraw_consent
from jianwei.models.endpoint import ConsentMissingError
from jianwei.query.files import files
from jianwei.query.groups import find_person
from jianwei.query.views import names_of
from jianwei.store import now_us
from jianwei.vision.faces.grouping import PURPOSE, Consent, group_faces

if TYPE_CHECKING:
    from jianwei.query._base import Reader
    from jianwei.vision._base import Box
    from jianwei.vision.faces.finding import FaceFinder
    from jianwei.workspace.workspace import Workspace

__all__ = ["SAME_FACES", "SameFacesResult", "consent_to_faces", "same_faces"]

SAME_FACES = pa.schema(
    [
        ("group", pa.int32()), ("name", pa.string()), ("path", pa.string()), ("face", pa.int32()), ("ts_us", pa.int64()),
        ("person_id", pa.string()), ("record_id", pa.string()), ("media_id", pa.string()), ("left", pa.float64()),
        ("top", pa.float64()), ("right", pa.float64()), ("bottom", pa.float64()),
    ]
)  # fmt: skip

_TABLES = ("consents", "media", "messages", "names", "users")
_MOST = 5_000  # faces that are compared: their distances fill 100 MB


@dataclass(frozen=True)
class SameFacesResult(Rows):
    """Faces by the person whom they seem to show; schema `SAME_FACES`, the largest group first.

    `group` counts from 1, `face` is the place of a face among those of its picture, the largest first, from 0; the box is in pixels of the
    upright picture. `name` and `person_id` are of whoever sent the picture, who need not be in it.

    Attributes:
        people: whose consent holds.
        pictures: of theirs that were looked at.
        unread: of theirs that could not be read.
        not_looked: of theirs that were left because there were too many faces.
        without_consent: pictures of others; they were not opened.
    """

    people: int
    pictures: int
    unread: int
    not_looked: int
    without_consent: int


class _Seen(NamedTuple):
    """A face, and the row of its picture."""

    picture: int
    face: int
    box: Box
    embedding: NDArray[np.float32] | None


def consent_to_faces(ws: Workspace, person: str, *, basis: str | None) -> str:
    """Put on record that somebody consents to having faces in their pictures compared, or takes that back.

    Args:
        person: an id, the source's own id, or a name that only one bears.
        basis: on what the consent rests, in words; None takes it back.

    Returns:
        the id of the user.

    Raises:
        UsageError: nobody is called so, several are, or no basis is given.
        StoreError: the workspace cannot be written.
    """
    with ws.engine.open(ws.store.lake.snapshot(_TABLES), Scope(ws.settings.timezone)) as reader:
        user = find_person(reader, person)
        users = reader.table("users")
        account = reader.execute(users.filter(users.user_id == user).select("account"))["account"].to_pylist()
    of = next(iter(account), None) or ws.settings.account
    if basis is None:
        withdraw_consent(ws.store, of, user, purpose=PURPOSE)
    else:
        keep_consent(ws.store, of, user, purpose=PURPOSE, basis=basis)
    return user


def same_faces(
    ws: Workspace, *, models: Path | None = None, most: int = _MOST, progress: Progress | None = None
) -> SameFacesResult:
    """Group the faces in the pictures of everybody who consented, by the person whom they seem to show.

    The embeddings that this takes are made now, compared, and forgotten: neither they nor the groups are written anywhere.

    Args:
        models: a folder of models that goes before all other places; that of the workspace by default.
        most: faces to compare, those of the newest pictures.
        progress: sees one task, in pictures.

    Raises:
        ConsentMissingError: nobody's consent holds.
        MissingExtraError, ModelNotFoundError, DamagedModelError: what faces are found or embedded with is not here.
    """
    with ws.engine.open(ws.store.lake.snapshot(_TABLES), Scope(ws.settings.timezone)) as reader:
        held = {
            one.user_id: Consent(one.user_id, PURPOSE, one.given_us)
            for one in held_consents(reader.execute(reader.table("consents")), PURPOSE, at_us=now_us())
        }
        if not held:
            raise ConsentMissingError(
                "faces",
                "faces are compared only in pictures of people who consented, and nobody did",
                'record it: jianwei same-person --of PERSON --consent "on what it rests"',
            )
        pictures, others = _pictures(reader, tuple(held))
        names = names_of(reader, "person", pictures["person_id"])
    from jianwei.vision.faces.finding import open_finder

    finder = open_finder(models or ws.models)
    alike = finder.embedder.alike
    faces: list[_Seen] = []
    looked = unread = 0
    with (progress or SilentProgress()).task("faces", pictures.num_rows, "pictures") as task:
        for at, path in enumerate(pictures["path"].to_pylist()):
            if len(faces) >= most:
                break
            try:
                faces += _faces(finder, below(ws.store.folder, path), at)
                looked += 1
            except RejectedMediaError:
                unread += 1
            task.advance()
    senders = pictures["user_id"].to_pylist()
    consents = [held[senders[seen.picture]] for seen in faces]
    groups = group_faces(np.array([seen.embedding for seen in faces]), alike=alike, consents=consents)
    rows = _rows(faces, sorted(groups, key=lambda group: -len(group)), pictures, names)
    left = pictures.num_rows - looked - unread
    return SameFacesResult(rows, len(held), looked, unread, left, others)


def _pictures(reader: Reader, consenting: Sequence[str]) -> tuple[pa.Table, int]:
    """Pictures of those who consent, the newest first, and how many there are of others."""
    rows = files(reader)
    rows = rows.filter((rows.kind == "image") | rows.mime.startswith("image/").fill_null(False))
    theirs = rows.user_id.isin(consenting).fill_null(False)
    found = rows.filter(theirs).order_by(rows.ts_us.desc(nulls_first=False), "record_id", "media_id")
    others = reader.execute(rows.filter(~theirs).select("media_id")).num_rows
    return reader.execute(found.select("user_id", "person_id", "record_id", "media_id", "path", "ts_us")), others


def _faces(finder: FaceFinder, path: Path, picture: int) -> Iterator[_Seen]:
    from jianwei.vision.decoding import read_picture

    found = finder.find(read_picture(open_media(path, "picture")).pixels, embed=True)
    return (_Seen(picture, at, face.box, face.embedding) for at, face in enumerate(found))


def _rows(faces: Sequence[_Seen], groups: Sequence[Sequence[int]], pictures: pa.Table, names: pa.Array) -> pa.Table:
    ordered = [(number, faces[at]) for number, group in enumerate(groups, 1) for at in group]
    sent = pictures.append_column("name", names).to_pylist()
    rows = []
    for number, seen in ordered:
        left, top, right, bottom = seen.box
        rows.append(
            {**sent[seen.picture], "group": number, "face": seen.face, "left": left, "top": top, "right": right, "bottom": bottom}
        )  # fmt: skip
    return pa.Table.from_pylist(rows, SAME_FACES)
