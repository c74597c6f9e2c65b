"""What customers and staff wrote to each other, day by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from jianwei.ingest.pull._base import BEIJING, Batch, Part, Pulling
from jianwei.ingest.pull.polite import Polite
from jianwei.sources.official_account import records_of
from jianwei.wechat.endpoints.customer_service import ListRecords

__all__ = ["records_part"]

DAY = timedelta(days=1)
MARGIN = 300
"""Seconds before now from which on messages are left for the next pull: the webhook may still be receiving them."""


def records_part(caller: Polite) -> Part:
    """The part that reads records of customer service in slices of one Beijing day, today included as far as it has come.

    What the webhook received must be in the lake before, so that it is not brought a second time under another id.
    """

    def records(pulling: Pulling) -> Iterator[Batch]:
        first, yesterday = pulling.days("day", overlap=1)
        last = yesterday if pulling.options.until else pulling.today
        pulling.total(max(0, (last - first).days + 1))
        settled = int(pulling.options.now()) - MARGIN
        pulling.known.settle()
        for day in (first + DAY * n for n in range((last - first).days + 1)):
            begin = int(datetime(day.year, day.month, day.day, tzinfo=BEIJING).timestamp())
            end = min(begin + 86_400, settled)
            found = list(caller.iterate(ListRecords(begin, end - 1))) if end > begin else []
            known = pulling.known.heard(begin * 1_000_000, end * 1_000_000, pulling.input_id) if found else Counter()
            tables, notes = records_of(found, known, account=pulling.account, input_id=pulling.input_id)
            yield Batch(tables, {"day": pulling.reached("day", first, day)}, 1, notes)

    return records
