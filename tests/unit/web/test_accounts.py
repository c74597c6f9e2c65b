"""Accounts that are taken in while the server runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from jianwei.errors import StoreError
from jianwei.store import Account
from jianwei.web.accounts import Accounts, Served

SHOP = Account(name="shop", kind="official", app_id="wx1")


@pytest.mark.parametrize("trouble", [StoreError("state database", "is away", ""), OSError("is away"), KeyError("x")])
def test_trouble_with_the_store_does_not_end_the_watch(trouble: Exception) -> None:
    answers: list[Exception | Sequence[Account]] = [[], trouble, trouble, [SHOP]]

    def load() -> Sequence[Account]:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def test() -> None:
        accounts = Accounts(load, Served)
        await accounts.refresh()
        assert accounts.known("shop") is None
        watch = asyncio.create_task(accounts.keep_fresh(0.001))
        async with asyncio.timeout(30):
            while accounts.known("shop") is None:
                assert not watch.done()
                await asyncio.sleep(0.001)
        watch.cancel()

    asyncio.run(test())
