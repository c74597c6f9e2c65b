"""Log-in with WeChat and answers to messages in a Flask application.

    WECHAT_APP_ID=wx… WECHAT_SECRET=… WECHAT_TOKEN=… WECHAT_AES_KEY=… PUBLIC_URL=https://shop.example flask --app flask_shop run

Without an account, `jianwei sandbox` simulates the platform: set WECHAT_BASE_URL to its address.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import threading

from flask import Flask, Response, redirect, request, session

from jianwei.wechat import Hosts, Login, LoginApp, LoginError, MemoryInbox, MessageCrypto, Webhook, WeChatError

BASE_URL = os.environ.get("WECHAT_BASE_URL")
PUBLIC_URL = os.environ["PUBLIC_URL"]
APP_ID, SECRET, TOKEN = (os.environ[f"WECHAT_{name}"] for name in ("APP_ID", "SECRET", "TOKEN"))

app = Flask(__name__)
app.secret_key = os.environ.get("FLASK_SECRET_KEY") or secrets.token_bytes(32)
app.config.update(SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax", MAX_CONTENT_LENGTH=2 << 20)

# --- log-in: everything that must be checked is checked by `login` ------------------------------------------------------

login = Login(LoginApp(APP_ID, SECRET, "official", hosts=Hosts.under(BASE_URL) if BASE_URL else Hosts()))


@app.get("/login")
def begin() -> Response:
    session["visitor"] = session.get("visitor") or secrets.token_hex(16)
    sent = login.start(
        session["visitor"], "snsapi_userinfo", f"{PUBLIC_URL}/callback", next=request.args.get("next", "/")
    )
    return redirect(sent.url)


@app.get("/callback")
def back() -> Response:
    person = login.finish(request.args, session.get("visitor", ""))
    session.clear()
    if not person.snapshot:  # who only looks at a snapshot of the page is nobody yet
        session["openid"] = person.openid
    return redirect(person.next)


@app.get("/")
def home() -> dict[str, str | None]:
    return {"openid": session.get("openid")}


@app.errorhandler(LoginError)
def not_logged_in(error: LoginError) -> tuple[dict[str, str], int]:
    return {"error": error.what, "hint": error.hint}, 400


@app.errorhandler(WeChatError)
def not_answered(error: WeChatError) -> tuple[dict[str, str], int]:
    app.logger.error("WeChat: %s", error)  # what to do is for you to read, not for the visitor
    return {"error": "WeChat does not answer", "hint": "try again in a minute"}, 502


# --- messages: the webhook is asynchronous, so it has an event loop of its own ------------------------------------------

loop = asyncio.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()


async def answer(message) -> str | None:
    return f"heard {message.content}" if message.kind == "text" else None


webhook = Webhook(
    "shop", TOKEN, MemoryInbox(), answer, crypto=MessageCrypto(TOKEN, os.environ["WECHAT_AES_KEY"], APP_ID)
)


@app.route("/wechat", methods=["GET", "POST"])
def wechat() -> Response:
    query = request.args.to_dict()
    call = webhook.verify(query) if request.method == "GET" else webhook.receive(query, request.get_data())
    told = asyncio.run_coroutine_threadsafe(call, loop).result()
    return Response(told.body, told.status, content_type=told.media_type)
