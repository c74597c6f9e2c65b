"""Log-in with WeChat and answers to messages in a FastAPI application.

    WECHAT_APP_ID=wx… WECHAT_SECRET=… WECHAT_TOKEN=… WECHAT_AES_KEY=… PUBLIC_URL=https://shop.example uvicorn fastapi_shop:app

Without an account, `jianwei sandbox` simulates the platform: set WECHAT_BASE_URL to its address.
"""

from __future__ import annotations

import logging
import os
import secrets

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from jianwei.wechat import AsyncLogin, Hosts, LoginApp, LoginError, MemoryInbox, MessageCrypto, Webhook, WeChatError

BASE_URL = os.environ.get("WECHAT_BASE_URL")
PUBLIC_URL = os.environ["PUBLIC_URL"]
APP_ID, SECRET, TOKEN = (os.environ[f"WECHAT_{name}"] for name in ("APP_ID", "SECRET", "TOKEN"))

app = FastAPI()

# --- log-in: everything that must be checked is checked by `login` ------------------------------------------------------

login = AsyncLogin(LoginApp(APP_ID, SECRET, "official", hosts=Hosts.under(BASE_URL) if BASE_URL else Hosts()))
people: dict[str, str] = {}  # visitor → openid, the newest 10,000; a real shop keeps its sessions elsewhere
log = logging.getLogger("shop")


def _remember(response: Response, visitor: str) -> Response:
    response.set_cookie("visitor", visitor, httponly=True, samesite="lax", secure=PUBLIC_URL.startswith("https:"))
    return response


@app.get("/login")
async def begin(next: str = "/") -> Response:
    visitor = secrets.token_hex(16)
    sent = await login.start(visitor, "snsapi_userinfo", f"{PUBLIC_URL}/callback", next=next)
    return _remember(RedirectResponse(sent.url), visitor)


@app.get("/callback")
async def back(request: Request) -> Response:
    person = await login.finish(request.query_params, request.cookies.get("visitor", ""))
    visitor = secrets.token_hex(16)
    if not person.snapshot:  # who only looks at a snapshot of the page is nobody yet
        people[visitor] = person.openid
        if len(people) > 10_000:
            people.pop(next(iter(people)))
    return _remember(RedirectResponse(person.next), visitor)


@app.get("/")
async def home(request: Request) -> dict[str, str | None]:
    return {"openid": people.get(request.cookies.get("visitor", ""))}


@app.exception_handler(LoginError)
async def not_logged_in(request: Request, error: LoginError) -> Response:
    return JSONResponse({"error": error.what, "hint": error.hint}, 400)


@app.exception_handler(WeChatError)
async def not_answered(request: Request, error: WeChatError) -> Response:
    log.error("WeChat: %s", error)  # what to do is for you to read, not for the visitor
    return JSONResponse({"error": "WeChat does not answer", "hint": "try again in a minute"}, 502)


# --- messages -----------------------------------------------------------------------------------------------------------


async def answer(message) -> str | None:
    return f"heard {message.content}" if message.kind == "text" else None


webhook = Webhook(
    "shop", TOKEN, MemoryInbox(), answer, crypto=MessageCrypto(TOKEN, os.environ["WECHAT_AES_KEY"], APP_ID)
)


@app.api_route("/wechat", methods=["GET", "POST"])
async def wechat(request: Request) -> Response:
    query = dict(request.query_params)
    told = await (webhook.verify(query) if request.method == "GET" else webhook.receive(query, await request.body()))
    return Response(told.body, told.status, media_type=told.media_type)
