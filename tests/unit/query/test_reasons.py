"""An answer that does not exist says why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jianwei.common.results import Reason
from jianwei.query.reasons import nobody, untimed
from jianwei.query.views import talk


def test_nothing_there_differs_from_nothing_known(memory_reader: Callable[..., Any]) -> None:
    empty, bare = memory_reader(), memory_reader(messages=[{"ts_us": None, "user_id": None}])
    for reader, codes in ((empty, ("no_rows", "no_rows")), (bare, ("no_times", "no_person"))):
        rows = talk(reader)
        found = untimed(reader, rows, "messages").reason, nobody(reader, rows, "messages", "person").reason
        assert found == tuple(Reason(code, {"table": "messages"}) for code in codes)
