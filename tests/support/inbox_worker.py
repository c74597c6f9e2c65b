"""A process that receives deliveries: `python inbox_worker.py KIND ADDRESS FIRST LAST`; prints the key of each one once it is kept.

KIND is "sqlite" (ADDRESS a workspace folder), "remote" (a socket) or "postgres" (a URL).
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from jianwei.common.kept import Delivery
from jianwei.store.inbox import PostgresInbox, RemoteInbox, WriterInbox
from jianwei.store.state import now_us, open_database


def opened(kind: str, address: str) -> Any:
    if kind == "remote":
        return RemoteInbox(Path(address))
    if kind == "postgres":
        return PostgresInbox(open_database(Path(), address), life_seconds=0.5)
    return WriterInbox(open_database(Path(address)))


async def main(kind: str, address: str, first: int, last: int) -> None:
    async with AsyncExitStack() as stack:
        inbox = await stack.enter_async_context(opened(kind, address))
        await inbox.begin("shop", "claimed", 0)

        async def receive(number: int) -> None:
            key = str(number)
            if (await inbox.begin("shop", key, 0)).first:
                body = b'{"MsgType": "text", "MsgId": %d, "FromUserName": "o1", "Content": "hello"}' % (number + 1)
                await inbox.finish(Delivery("shop", key, body, now_us()), f"answer {key}".encode())
                sys.stdout.write(f"{key}\n")
                sys.stdout.flush()

        numbers = iter(range(first, last))

        async def serve() -> None:
            for number in numbers:
                await receive(number)

        await asyncio.gather(*(serve() for _ in range(16)))
        print("done", flush=True)
        await asyncio.sleep(600)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
