"""The inbox on PostgreSQL, where any number of processes and hosts may write.

Claims are rows with an owner and an end: those of a killed worker are taken over when they end. What arrives while one round of
statements runs goes into the next round, so that a busy server pays three statements a round, not a request. Rows are touched in the
order of their keys, so that rounds of several processes wait for each other without a deadlock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TypeVar
from uuid import uuid4

import sqlalchemy as sa

from jianwei.common.kept import Claim, Delivery
from jianwei.errors import RetryableError, StoreError
from jianwei.store.inbox._batcher import Batcher

__all__ = ["PostgresInbox"]

POLL_SECONDS = 0.05

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Begin:
    account: str
    key: str


@dataclass(frozen=True, slots=True)
class _Abandon:
    account: str
    key: str


@dataclass(frozen=True, slots=True)
class _Finish:
    account: str
    key: str
    body: bytes
    received_us: int
    answer: bytes


_Request = _Begin | _Abandon | _Finish
_Outcome = Claim | StoreError | None

_NOW = "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)"  # one clock for all hosts
_KEYS = "unnest(CAST(:accounts AS text[]), CAST(:keys AS text[])) AS given(account, key)"

_CLAIM = sa.text(f"""
    INSERT INTO claims (account, key, owner, until_us)
    SELECT account, key, :owner, {_NOW} + :life_us FROM {_KEYS} ORDER BY account, key
    ON CONFLICT (account, key) DO UPDATE SET owner = excluded.owner, until_us = excluded.until_us
    WHERE claims.until_us < {_NOW}
    RETURNING account, key
""")
_ANSWERS = sa.text(f"SELECT account, key, inbox.answer FROM inbox JOIN {_KEYS} USING (account, key)")
_KEEP = sa.text("""
    INSERT INTO inbox (account, key, body, answer, received_us)
    SELECT account, key, body, answer, received_us FROM unnest(
        CAST(:accounts AS text[]), CAST(:keys AS text[]), CAST(:bodies AS bytea[]), CAST(:answers AS bytea[]),
        CAST(:times AS bigint[])
    ) AS given(account, key, body, answer, received_us) ORDER BY account, key
    ON CONFLICT DO NOTHING
""")
_GIVE_BACK = sa.text(f"""
    DELETE FROM claims WHERE (account, key) IN (
        SELECT account, key FROM claims JOIN {_KEYS} USING (account, key)
        WHERE owner = :owner ORDER BY account, key FOR UPDATE OF claims
    )
""")


class PostgresInbox:
    """The `Inbox` of a workspace whose state is in PostgreSQL. Use as an asynchronous context manager, one a process.

    Args:
        engine: the state database.
        life_seconds: how long a claim lasts when nobody finishes it.
    """

    def __init__(self, engine: sa.Engine, *, life_seconds: float = 30.0) -> None:
        self._engine, self._life_us = engine, int(life_seconds * 1e6)
        self._owner = uuid4().hex
        self._batcher: Batcher[_Request, _Outcome] = Batcher(self._work, "inbox")

    async def __aenter__(self) -> PostgresInbox:
        self._batcher.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._batcher.close()

    async def begin(self, account: str, key: str, wait_seconds: float) -> Claim:
        """Claim a delivery. If somebody claimed it before, on any host, wait up to `wait_seconds` for their answer.

        Raises:
            StoreError: the database cannot be reached.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait_seconds
        while True:
            claim = await self._ask(_Begin(account, key))
            left = deadline - loop.time()
            if claim is not None or left <= 0:
                return claim or Claim(first=False)
            await asyncio.sleep(min(POLL_SECONDS, left))

    async def finish(self, delivery: Delivery, answer: bytes) -> None:
        """Keep a claimed delivery and its answer. When this returns, both are on disk.

        Raises:
            StoreError: they could not be written; the claim is still held, until it is given back or ends.
        """
        row = _Finish(delivery.account, delivery.key, delivery.body, delivery.received_us, answer)
        await self._ask(row)

    async def abandon(self, account: str, key: str) -> None:
        """Give a claim back without an answer: the next retry is a first one again."""
        try:
            await self._ask(_Abandon(account, key))
        except StoreError:
            return  # it ends by itself

    async def _ask(self, request: _Request) -> Claim | None:
        future: asyncio.Future[_Outcome] = asyncio.get_running_loop().create_future()

        def settle(outcome: _Outcome) -> None:
            if not future.done():
                future.set_result(outcome)
            elif isinstance(outcome, Claim) and outcome.first:  # for a caller that is gone
                self._batcher.add(_Abandon(request.account, request.key), lambda _: None)

        self._batcher.add(request, settle)
        outcome = await future
        if isinstance(outcome, StoreError):
            raise outcome
        return outcome

    # --- in the thread -----------------------------------------------------------------------------------------------

    def _work(self, requests: Sequence[_Request]) -> Sequence[_Outcome]:
        outcomes: list[_Outcome] = [None] * len(requests)
        finishes = _numbered(requests, _Finish)
        abandons = _numbered(requests, _Abandon)
        begins = _numbered(requests, _Begin)
        if finishes:
            self._each(finishes, self._finish, outcomes)
        if abandons:
            self._each(abandons, self._give_back, outcomes)
        if begins:
            self._each(begins, self._begin, outcomes)
        return outcomes

    def _each(
        self,
        numbered: Sequence[tuple[int, T]],
        work: Callable[[Sequence[T]], Sequence[_Outcome]],
        outcomes: list[_Outcome],
    ) -> None:
        """All at once; when that fails, one after the other: a row that the database does not take must not cost the others."""
        try:
            done = work([request for _, request in numbered])
        except (StoreError, sa.exc.SQLAlchemyError, UnicodeError) as error:
            if len(numbered) == 1 or isinstance(error, RetryableError | sa.exc.TimeoutError):
                done = [_refused(error)] * len(numbered)
            else:
                for one in numbered:
                    self._each([one], work, outcomes)
                return
        for (at, _), outcome in zip(numbered, done, strict=True):
            outcomes[at] = outcome

    def _finish(self, rows: Sequence[_Finish]) -> Sequence[_Outcome]:
        values = {
            **_keys(rows),
            "bodies": [row.body for row in rows],
            "answers": [row.answer for row in rows],
            "times": [row.received_us for row in rows],
        }
        with self._engine.begin() as connection:
            connection.execute(_KEEP, values)
            connection.execute(_GIVE_BACK, {**_keys(rows), "owner": self._owner})
        return [None] * len(rows)

    def _give_back(self, rows: Sequence[_Abandon]) -> Sequence[_Outcome]:
        with self._engine.begin() as connection:
            connection.execute(_GIVE_BACK, {**_keys(rows), "owner": self._owner})
        return [None] * len(rows)

    def _begin(self, rows: Sequence[_Begin]) -> Sequence[_Outcome]:
        distinct = list(dict.fromkeys(rows))
        asked = _keys(distinct)
        with self._engine.begin() as connection:
            mine = connection.execute(_CLAIM, {**asked, "owner": self._owner, "life_us": self._life_us}).all()
            # Looked at after claiming: whoever finished in between committed answer and claim together.
            found = connection.execute(_ANSWERS, asked).all()
            answers = {_Begin(row.account, row.key): bytes(row.answer) for row in found}
            first = {_Begin(row.account, row.key) for row in mine} - answers.keys()
            if spare := [row for row in distinct if row in answers]:
                connection.execute(_GIVE_BACK, {**_keys(spare), "owner": self._owner})
        outcomes: list[_Outcome] = []
        for row in rows:
            if row in answers:
                outcomes.append(Claim(first=False, answer=answers[row]))
            elif row in first:
                first.discard(row)  # of equal ones in a round one is the first
                outcomes.append(Claim(first=True))
            else:
                outcomes.append(None)
        return outcomes


def _numbered(requests: Sequence[_Request], kind: type[T]) -> list[tuple[int, T]]:
    return [(at, request) for at, request in enumerate(requests) if isinstance(request, kind)]


def _keys(rows: Sequence[_Request]) -> dict[str, object]:
    return {"accounts": [row.account for row in rows], "keys": [row.key for row in rows]}


def _refused(error: Exception) -> StoreError:
    if isinstance(error, StoreError):
        return error
    return StoreError("inbox", f"cannot be used ({type(error).__name__})", "see that the state database runs")
