"""Codes, tokens and secrets of requests, events and the log of addresses."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import msgspec
import pytest

from jianwei.wechat import Client, WeComClient, parse_message
from jianwei.wechat.endpoints import registry
from jianwei.wechat.request import Request

SECRET = ("token", "secret", "code", "ticket")
SHOWN = {("ShowQrCode", "ticket")}  # what everybody sees who scans the code


def _secrets(kind: type[Request[Any]]) -> list[str]:
    names = [one.name for one in msgspec.structs.fields(kind) if any(word in one.name for word in SECRET)]
    return [name for name in names if (kind.__name__, name) not in SHOWN]


@pytest.mark.parametrize("kind", [kind for kind in registry() if _secrets(kind)], ids=lambda kind: kind.__name__)
def test_requests_do_not_show_what_opens_doors(kind: type[Request[Any]]) -> None:
    names = _secrets(kind)
    required = {one.name: "x" for one in msgspec.structs.fields(kind) if one.required}
    assert "S3CRET" not in repr(kind(**required | dict.fromkeys(names, "S3CRET")))


def test_events_do_not_show_welcome_codes() -> None:
    event = parse_message(
        "<xml><MsgType>event</MsgType><Event>change_external_contact</Event><UserID>li</UserID><WelcomeCode>S3CRET</WelcomeCode></xml>"
    )
    assert event.welcome_code == "S3CRET"  # type: ignore[union-attr]
    assert "S3CRET" not in repr(event)
    assert "li" in repr(event)


def test_addresses_in_the_log_do_not_show_codes(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "httpx")

    def far(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, json={"openid": "o", "session_key": "K", "access_token": "S3CRET", "expires_in": 7200, "errcode": 0}
        )

    plain = httpx.MockTransport(far)
    client, corp = Client("wx1", "S3CRET", transport=plain), WeComClient("ww1", "S3CRET", transport=plain)
    client.logins.session("S3CRET")
    client.logins.tokens("S3CRET")
    client.logins.refresh("S3CRET")
    client.tags.list()
    corp.members.log_in("S3CRET")
    client.request("GET", "/x", query={"auth_code": "S3CRET", "jsapi_ticket": "S3CRET", "next_openid": "o7"})
    assert "S3CRET" not in caplog.text
    assert "next_openid=o7" in caplog.text
    assert caplog.text.count("HTTP Request") >= 6
