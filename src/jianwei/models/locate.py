"""Finding a model's file: path given by the caller → folder in the environment → cache → installed package.

Files that the user points at (path, JIANWEI_MODELS) are taken as they are, under the version that their bytes give them. Files that Jianwei
put somewhere itself (cache, package) must have the sha256 that their entry pins: anything else is damage.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from jianwei.errors import DamagedModelError, ModelNotFoundError

__all__ = [
    "MODELS_VARIABLE",
    "Located",
    "ModelEntry",
    "ModelIdentity",
    "Place",
    "Source",
    "cache_folder",
    "find",
    "locate",
]

MODELS_VARIABLE = "JIANWEI_MODELS"

Source = Literal["path", "environment", "cache", "package"]
"""The places where models are looked for, in this order."""


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """Which model said something. Scores, thresholds and annotations belong to it.

    Attributes:
        name: what the model is called, "sentiment".
        version: what tells its editions apart; for weights the first 16 hex digits of their sha256.
    """

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One file that the house knows of: a line of the lock file.

    Attributes:
        name: name of the model.
        file: name of its file in a models folder, in the cache and in the package.
        sha256: 64 hex digits, what the file must hash to where Jianwei itself put it.
        package: import name of the package that may carry the file; empty when none does.
        hint: what a person can do when the file is nowhere.
        inside: name of the file in the package; empty where it is that of `file`.
    """

    name: str
    file: str
    sha256: str
    package: str = ""
    hint: str = ""
    inside: str = ""


@dataclass(frozen=True, slots=True)
class Located:
    """A model's bytes, and where they were found.

    Attributes:
        data: the content of the file.
        source: which of the four places it was.
        where: its path, for messages.
    """

    entry: ModelEntry
    data: bytes
    source: Source
    where: str

    @property
    def identity(self) -> ModelIdentity:
        """Name of the model and the first 16 hex digits of what its bytes hash to."""
        return ModelIdentity(self.entry.name, sha256(self.data).hexdigest()[:16])


def cache_folder(environment: Mapping[str, str] | None = None) -> Path:
    """Where pulled models lie: `$XDG_CACHE_HOME/jianwei/models`, by default under `~/.cache`.

    >>> cache_folder({"XDG_CACHE_HOME": "/c"}).as_posix()
    '/c/jianwei/models'
    """
    env = os.environ if environment is None else environment
    base = env.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "jianwei" / "models"


@dataclass(frozen=True, slots=True)
class Place:
    """A file of a model, found but not read.

    Attributes:
        pinned: whether Jianwei put it there itself, so that it must hash to what its entry says.
    """

    path: Path
    source: Source

    @property
    def pinned(self) -> bool:
        return self.source in ("cache", "package")


def find(
    entry: ModelEntry, *, path: str | os.PathLike[str] | None = None, environment: Mapping[str, str] | None = None
) -> Place:
    """Where the file of a model lies; the arguments are those of `locate`.

    Raises:
        ModelNotFoundError: the file is nowhere.
    """
    env = os.environ if environment is None else environment
    if path is not None and not Path(path).is_dir():
        return Place(Path(path), "path")
    if path is not None and (named := Path(path) / entry.file).is_file():
        return Place(named, "path")
    if (folder := env.get(MODELS_VARIABLE)) and (given := Path(folder) / entry.file).is_file():
        return Place(given, "environment")
    if (cached := cache_folder(env) / entry.file).is_file():
        return Place(cached, "cache")
    carried = _package_folder(entry.package) if entry.package else None
    if carried and (inside := carried / (entry.inside or entry.file)).is_file():
        return Place(inside, "package")
    looked = f"{MODELS_VARIABLE}, {cache_folder(env)}" + (f" and the package {entry.package}" if entry.package else "")
    raise ModelNotFoundError(entry.name, f"{entry.file} was not found; looked in {looked}", entry.hint)


def _package_folder(name: str) -> Path | None:
    """Where a package lies, without running it; None when it is not installed."""
    try:
        spec = find_spec(name)
    except ModuleNotFoundError:
        return None
    return Path(spec.origin).parent if spec and spec.origin else None


def locate(
    entry: ModelEntry, *, path: str | os.PathLike[str] | None = None, environment: Mapping[str, str] | None = None
) -> Located:
    """Find and read the file of a model.

    Args:
        entry: which model.
        path: a file to use instead, which must be there; or a folder of models, passed over when it lacks the file.
        environment: variables to read, those of the process by default.

    Raises:
        ModelNotFoundError: the file is nowhere.
        DamagedModelError: a file that must not differ from its entry does.
    """
    place = find(entry, path=path, environment=environment)
    try:
        found = Located(entry, place.path.read_bytes(), place.source, str(place.path))
    except OSError as error:
        raise ModelNotFoundError(str(place.path), f"cannot be read ({error.strerror})", entry.hint) from error
    return _verified(found) if place.pinned else found


def _verified(found: Located) -> Located:
    if (actual := sha256(found.data).hexdigest()) != found.entry.sha256:
        what = f"its sha256 is {actual[:16]}…, the {found.entry.name} model needs {found.entry.sha256[:16]}…"
        raise DamagedModelError(found.where, what, f"delete the file, or name your own model in {MODELS_VARIABLE}")
    return found
