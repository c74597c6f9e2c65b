"""Log-in with WeChat and answers to messages in a Django application, in one file.

    WECHAT_APP_ID=wx… WECHAT_SECRET=… WECHAT_TOKEN=… WECHAT_AES_KEY=… PUBLIC_URL=https://shop.example uvicorn django_shop:application

Without an account, `jianwei sandbox` simulates the platform: set WECHAT_BASE_URL to its address.
"""

from __future__ import annotations

import logging
import os
import secrets

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from jianwei.wechat import AsyncLogin, Hosts, LoginApp, LoginError, MemoryInbox, MessageCrypto, Webhook, WeChatError

BASE_URL = os.environ.get("WECHAT_BASE_URL")
PUBLIC_URL = os.environ["PUBLIC_URL"]
APP_ID, SECRET, TOKEN = (os.environ[f"WECHAT_{name}"] for name in ("APP_ID", "SECRET", "TOKEN"))

settings.configure(
    SECRET_KEY=os.environ.get("DJANGO_SECRET_KEY") or secrets.token_hex(32),
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["localhost", "127.0.0.1", PUBLIC_URL.split("://")[1].split("/")[0].split(":")[0]],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    SESSION_COOKIE_HTTPONLY=True,
    SESSION_COOKIE_SAMESITE="Lax",
)

# --- log-in: everything that must be checked is checked by `login` ------------------------------------------------------

login = AsyncLogin(LoginApp(APP_ID, SECRET, "official", hosts=Hosts.under(BASE_URL) if BASE_URL else Hosts()))
log = logging.getLogger("shop")


async def begin(request: HttpRequest) -> HttpResponse:
    visitor = secrets.token_hex(16)
    await request.session.aset("visitor", visitor)
    try:
        sent = await login.start(
            visitor, "snsapi_userinfo", f"{PUBLIC_URL}/callback", next=request.GET.get("next", "/")
        )
    except LoginError as error:
        return JsonResponse({"error": error.what, "hint": error.hint}, status=400)
    return HttpResponseRedirect(sent.url)


async def back(request: HttpRequest) -> HttpResponse:
    try:
        person = await login.finish(request.GET, await request.session.aget("visitor", ""))
    except LoginError as error:
        return JsonResponse({"error": error.what, "hint": error.hint}, status=400)
    except WeChatError as error:
        log.error("WeChat: %s", error)  # what to do is for you to read, not for the visitor
        return JsonResponse({"error": "WeChat does not answer", "hint": "try again in a minute"}, status=502)
    await request.session.aflush()
    if not person.snapshot:  # who only looks at a snapshot of the page is nobody yet
        await request.session.aset("openid", person.openid)
    return HttpResponseRedirect(person.next)


async def home(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"openid": await request.session.aget("openid")})


# --- messages -----------------------------------------------------------------------------------------------------------


async def answer(message) -> str | None:
    return f"heard {message.content}" if message.kind == "text" else None


webhook = Webhook(
    "shop", TOKEN, MemoryInbox(), answer, crypto=MessageCrypto(TOKEN, os.environ["WECHAT_AES_KEY"], APP_ID)
)


@csrf_exempt
async def wechat(request: HttpRequest) -> HttpResponse:
    query = request.GET.dict()
    told = await (webhook.verify(query) if request.method == "GET" else webhook.receive(query, request.body))
    return HttpResponse(told.body, status=told.status, content_type=told.media_type)


urlpatterns = [path("login", begin), path("callback", back), path("wechat", wechat), path("", home)]
application = get_asgi_application()
