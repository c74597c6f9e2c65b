"""Webhooks as people write them today, to be measured beside ours: the same work, without keeping anything."""

from __future__ import annotations

import sys

TOKEN = "benchmarktoken0123456789"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APP_ID = "wx0123456789abcdef"
THREADS = 16
"""Of waitress: tried were 1 to 64, and both peers did best with 8 to 16 (with its own 4 they did half as well)."""


def werobot_app() -> object:
    """WeRoBot, with its sessions off (they would be written to disk)."""
    import werobot

    robot = werobot.WeRoBot(token=TOKEN, encoding_aes_key=AES_KEY, app_id=APP_ID, enable_session=False)

    @robot.text
    def answer(message: object) -> str:
        return f"收到：{message.content}"  # type: ignore[attr-defined]

    return robot.wsgi


def wechatpy_app() -> object:
    """wechatpy in a Flask application, as its guide shows."""
    from flask import Flask, abort, request
    from wechatpy import create_reply, parse_message
    from wechatpy.crypto import WeChatCrypto
    from wechatpy.exceptions import InvalidSignatureException
    from wechatpy.utils import check_signature

    app = Flask(__name__)
    crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)

    @app.post("/")
    def answer() -> str:
        given = request.args
        try:
            check_signature(TOKEN, given["signature"], given["timestamp"], given["nonce"])
            plain = crypto.decrypt_message(request.data, given["msg_signature"], given["timestamp"], given["nonce"])
        except InvalidSignatureException:
            abort(403)
        message = parse_message(plain)
        reply = create_reply(f"收到：{message.content}", message)
        return crypto.encrypt_message(reply.render(), given["nonce"], given["timestamp"])

    return app


async def answer(message: object) -> str:
    """The same handler for `jianwei serve --handler benchmarks.peers:answer`."""
    return f"收到：{message.content}"  # type: ignore[attr-defined]


async def busy(message: object) -> str:
    """A handler with some work of its own: about 0.6 ms of Python."""
    sum(number * number for number in range(20_000))
    return await answer(message)


if __name__ == "__main__":
    from waitress import serve

    serve(
        {"werobot": werobot_app, "wechatpy": wechatpy_app}[sys.argv[1]](),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        threads=THREADS,
    )
