"""Where the files of a Whisper model lie: a folder as CTranslate2 writes it, or packages that carry it in parts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jianwei.models import LocatedFolder, ModelIdentity, known_model, locate, locate_folder
from jianwei.models.folders import digest_of, files_identity
from jianwei.models.locate import MODELS_VARIABLE

__all__ = ["Weights", "find_weights"]


@dataclass(frozen=True, slots=True)
class Weights:
    """A folder, or the files themselves.

    Attributes:
        identity: see `files_identity`.
        path: the folder; the name of the model where there is none.
        files: name and content of every file, where they lie in pieces.
    """

    identity: ModelIdentity
    path: str
    files: Mapping[str, bytes]


def find_weights(
    name: str, models: str | os.PathLike[str] | None = None, *, environment: Mapping[str, str] | None = None
) -> Weights:
    """Find a model: `model.bin` and what belongs to it in a folder, or the files of the lock file, whose parts are joined in memory.

    Args:
        name: of the lock file, or of a folder in a models folder.
        models: a models folder to look in first, or the folder of the model itself.
        environment: variables to read, those of the process by default.

    Raises:
        ModelNotFoundError: a file is nowhere, or is not the one of the lock file.
    """
    env = os.environ if environment is None else environment
    given = [Path(place) for place in (models, env.get(MODELS_VARIABLE)) if place]
    for folder in (inside for place in given for inside in (place, place / name)):
        if (folder / "model.bin").is_file():
            found = [path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.startswith(".")]
            return Weights(files_identity(name, [(path.name, digest_of(path)) for path in found]), str(folder), {})
    known = known_model(name, env)
    if not any(".part" in file.file for file in known.files):
        located: LocatedFolder = locate_folder(known, path=models, environment=env)
        return Weights(located.identity, str(located.folder), {})
    files: dict[str, bytes] = {}
    for entry in known.entries:
        own = entry.file.rpartition("/")[2].partition(".part")[0]
        files[own] = files.get(own, b"") + locate(entry, path=models, environment=env).data
    digests = [(file.file.rpartition("/")[2], file.sha256) for file in known.files]
    return Weights(files_identity(name, digests), name, files)
