"""The command line. One file per group of commands; a command opens the workspace, asks a room, and shows the answer."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `jianwei` with these arguments (default: the process's) and exit."""
    from jianwei.cli.app import build_app

    given = list(sys.argv[1:] if arguments is None else arguments)
    build_app(frozenset(given))(args=given, prog_name="jianwei")
