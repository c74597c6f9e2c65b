"""A network that takes one tensor and gives one, and who answers with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jianwei.errors import DamagedModelError
from jianwei.models import ModelIdentity, known_model, locate
from jianwei.models.folders import files_identity
from jianwei.models.locate import Located
from jianwei.models.onnx import open_session

__all__ = ["Network", "open_network"]


@dataclass(frozen=True, slots=True)
class Network:
    """A loaded network. Made by `open_network`.

    Attributes:
        identity: its name; its version is made from its bytes and from the edition of what is done around it.
    """

    identity: ModelIdentity
    _found: Located
    _session: Any

    @property
    def shapes(self) -> tuple[list[Any], ...]:
        """Of what it takes and of what it gives, in this order; an axis that may have any length bears a name."""
        return tuple(list(port.shape) for port in (*self._session.get_inputs(), *self._session.get_outputs()))

    def run(self, tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        """What it gives for a batch of one; float32 [...] without the batch."""
        (answer,) = self._session.run(None, {self._session.get_inputs()[0].name: tensor[None]})
        first: NDArray[np.float32] = answer[0]
        return first

    def damaged(self, what: str) -> DamagedModelError:
        """The error of a network that is not the one that it should be."""
        return DamagedModelError(self._found.where, what, self._found.entry.hint)


def open_network(name: str, rules: str, models: Path | None, threads: int) -> Network:
    """Load a network by the name under which it is locked.

    Args:
        rules: edition of what is done before and after it; a new one is a new version.
        models: a folder of models that goes before all other places.
        threads: of one call.

    Raises:
        MissingExtraError: onnxruntime is not installed.
        ModelNotFoundError: the weights are nowhere.
        DamagedModelError: they are not what they must be.
    """
    found = locate(known_model(name).entry, path=models)
    identity = files_identity(found.identity.name, [("weights", found.identity.version), ("rules", rules)])
    return Network(identity, found, open_session(found, extra="vision", threads=threads))
