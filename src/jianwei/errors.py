"""Every error says where it happened, what was wrong and what to do next.

The tree is shallow on purpose: a caller either shows the message (doors), tries again (`RetryableError`) or lets it pass.
"""

from __future__ import annotations

__all__ = [
    "CancelledError",
    "DamagedModelError",
    "InputError",
    "JianweiError",
    "LeaseError",
    "MissingExtraError",
    "ModelNotFoundError",
    "RetryableError",
    "SettingsError",
    "SnapshotExpiredError",
    "StoreError",
    "UsageError",
]


class JianweiError(Exception):
    """Root of all errors that Jianwei raises on purpose.

    Args:
        where: the file, table, option or room it happened in.
        what: what was wrong, in one sentence.
        hint: what the reader can do about it; may be empty.

    >>> str(JianweiError("orders.csv", "the file is empty", "export it again"))
    'orders.csv: the file is empty. What to do: export it again.'
    """

    exit_code = 1

    def __init__(self, where: str, what: str, hint: str = "") -> None:
        self.where = where
        self.what = what
        self.hint = hint
        super().__init__(where, what, hint)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what.rstrip('.')}."
        if not self.hint:
            return text
        hint = self.hint.rstrip(".")
        return f"{text} What to do: {hint}" + ("" if hint.endswith("?") else ".")


class UsageError(JianweiError):
    """The call itself is wrong: an unknown option, a value out of bounds."""

    exit_code = 2


class SettingsError(UsageError):
    """A setting in jianwei.toml, the environment or the arguments is wrong."""


class InputError(JianweiError):
    """A file or page from outside cannot be read as what it claims to be."""


class StoreError(JianweiError):
    """The lake or the state database refused an operation."""


class RetryableError(StoreError):
    """Another process was faster; the same call may succeed when tried again."""


class SnapshotExpiredError(RetryableError):
    """A file of a pinned snapshot is gone, because it was vacuumed in between."""


class LeaseError(StoreError):
    """A lease is held by somebody else, or was lost while working under it."""


class MissingExtraError(JianweiError):
    """An optional part of Jianwei is not installed.

    >>> MissingExtraError.named("speech recognition", "speech").hint
    'pip install "jianwei[speech]"'
    """

    @classmethod
    def named(cls, where: str, extra: str) -> MissingExtraError:
        return cls(where, f"needs the extra '{extra}', which is not installed", f'pip install "jianwei[{extra}]"')


class ModelNotFoundError(JianweiError):
    """A model's weights are at none of the places they are looked for."""


class DamagedModelError(ModelNotFoundError):
    """A model's weights are there, but not what they must be: another file, half a file, nothing that runs."""


class CancelledError(JianweiError):
    """The person at the keyboard stopped the work; what was committed stays."""

    exit_code = 130
