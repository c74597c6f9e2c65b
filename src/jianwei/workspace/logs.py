"""The log of a server: lines on standard error, times in UTC, nothing personal in them."""

from __future__ import annotations

import logging
import time

__all__ = ["set_up_log"]


def set_up_log(level: int = logging.INFO) -> None:
    """Send this process's log to standard error; libraries speak up only when something is wrong."""
    form = logging.Formatter("%(asctime)sZ %(levelname)s %(process)d %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    form.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(form)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("jianwei").setLevel(level)
