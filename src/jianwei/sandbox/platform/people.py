"""The people of an app: they write, tap, scan, follow and leave, and the app's callback hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import md5
from typing import Any, Literal

from jianwei.errors import UsageError
from jianwei.sandbox.platform.areas.customer_service import Desk, heard
from jianwei.sandbox.platform.callbacks import Pushed, push, settle
from jianwei.sandbox.platform.daily import Daily
from jianwei.sandbox.platform.pending import announce
from jianwei.sandbox.platform.world import App, Follower, Platform

__all__ = ["People"]

_COUNTED = {"text": 1, "image": 2, "voice": 3, "video": 4, "shortvideo": 4, "link": 6}
"""Types of messages as the platform's statistics number them."""


@dataclass(frozen=True, slots=True)
class People:
    """Lets the people of an app do things. Every method waits for the callback and gives what came of it.

    >>> app = App("wx0123456789abcdef", "secret", "service")
    >>> people = People(Platform(), app)
    >>> person = people.meet("小满")
    >>> people.say(person.openid, "在吗").outcome, app.followers[person.openid].spoke_at is not None
    ('unconnected', True)
    """

    platform: Platform
    app: App

    def meet(
        self, nickname: str, openid: str = "", union_id: str | None = None, *, subscribed: bool = True
    ) -> Follower:
        """Somebody comes to be known to the app, without an event. `openid` is made up where it is not given."""
        with self.platform.lock:
            openid = openid or f"o{self.platform.name(27)}"
            person = Follower(openid, nickname, union_id, subscribed, self._now() if subscribed else 0)
            self.app.followers[openid] = person
            return person

    def say(self, openid: str, text: str, *, menu_id: str = "") -> Pushed:
        """Somebody writes; `menu_id` is the entry of a menu message that they tapped."""
        return self.send(openid, "text", Content=text, **({"bizmsgmenuid": menu_id} if menu_id else {}))

    def send_image(self, openid: str, content: bytes, *, base_url: str = "") -> Pushed:
        """Somebody sends a picture (JPG, PNG, GIF or BMP); `base_url` is the simulator's, for its address."""
        media_id = self._keep("image", content)
        return self.send(openid, "image", PicUrl=self._host(content, base_url), MediaId=media_id)

    def send_voice(self, openid: str, content: bytes, *, recognition: str = "") -> Pushed:
        """Somebody sends a voice message (AMR or MP3); `recognition` is what the platform hears in it, where that is switched on."""
        from jianwei.sandbox.platform.formats import suffix_of

        heard = {"Recognition": recognition} if recognition else {}
        media_id = self._keep("voice", content)
        return self.send(openid, "voice", MediaId=media_id, Format=suffix_of(content) or "amr", **heard)

    def send_video(self, openid: str, content: bytes, *, short: bool = False) -> Pushed:
        """Somebody sends a video (MP4)."""
        from jianwei.sandbox.platform.formats import picture

        thumb = self._keep("thumb", picture(content))
        media_id = self._keep("video", content)
        return self.send(openid, "shortvideo" if short else "video", MediaId=media_id, ThumbMediaId=thumb)

    def send_location(self, openid: str, latitude: float, longitude: float, label: str = "", scale: int = 15) -> Pushed:
        """Somebody sends a place on the map, in degrees."""
        return self.send(
            openid, "location", Location_X=latitude, Location_Y=longitude, Scale=scale, Label=label
        )  # fmt: skip

    def send_link(self, openid: str, title: str, description: str, url: str) -> Pushed:
        """Somebody shares a page."""
        return self.send(openid, "link", Title=title, Description=description, Url=url)

    def send_file(self, openid: str, name: str, content: bytes) -> Pushed:
        """Somebody sends a file. †"""
        key = self._keep("file", content)
        digest = md5(content, usedforsecurity=False).hexdigest()
        return self.send(openid, "file", Title=name, FileKey=key, FileMd5=digest, FileTotalLen=len(content))

    def send(self, openid: str, kind: str, **fields: Any) -> Pushed:
        """Somebody sends a message of any type, with its fields under their names on the wire."""
        self._person(openid)
        with self.platform.lock:
            now = self._now()
            heard(self.app, openid, str(fields.get("Content", "")), now)
            message = self._common(openid, kind, now) | fields | {"MsgId": self.platform.number(19)}
            self.app.of(Daily).note("message", now, openid, code=_COUNTED.get(kind, 1))
        return self._push(message)

    def subscribe(self, openid: str = "", nickname: str = "", *, scene: str | int = "", ticket: str = "") -> Pushed:
        """Somebody follows, after scanning a QR code where `scene` is given. Unknown openids are met first."""
        person = self.app.followers.get(openid) or self.meet(nickname or "微信用户", openid, subscribed=False)
        with self.platform.lock:
            now = self._now()
            person.subscribed, person.subscribed_at = True, now
            person.acted["subscribe"] = now
            person.scene = "ADD_SCENE_QR_CODE" if scene != "" else person.scene
            person.qr_scene, person.qr_scene_str = (scene, "") if isinstance(scene, int) else (0, scene)
            self.app.of(Daily).note("follow", now, person.openid, code=30 if scene != "" else 1)
        key = f"qrscene_{scene}" if scene != "" else ""
        return self.event(person.openid, "subscribe", EventKey=key, **({"Ticket": ticket} if scene != "" else {}))

    def unsubscribe(self, openid: str) -> Pushed:
        """Somebody follows no longer."""
        with self.platform.lock:
            self._person(openid).subscribed = False
            self.app.of(Daily).note("leave", self._now(), openid)
        return self.event(openid, "unsubscribe", EventKey="")

    def scan(self, openid: str, scene: str | int, ticket: str = "") -> Pushed:
        """Somebody scans a QR code with a scene: a follower's scan is an event of its own, others are asked to follow and do."""
        person = self.app.followers.get(openid)
        if person is None or not person.subscribed:
            return self.subscribe(openid, scene=scene, ticket=ticket)
        return self._act(openid, "scan", "SCAN", EventKey=str(scene), Ticket=ticket)

    def click(self, openid: str, key: str, *, menu_id: str = "") -> Pushed:
        """Somebody taps a menu's entry with a key."""
        return self._act(openid, "click", "CLICK", EventKey=key, **({"MenuId": menu_id} if menu_id else {}))

    def view(self, openid: str, url: str, *, menu_id: str = "") -> Pushed:
        """Somebody taps a menu's entry with an address."""
        return self.event(openid, "VIEW", EventKey=url, **({"MenuId": menu_id} if menu_id else {}))

    def locate(self, openid: str, latitude: float, longitude: float, precision: float = 40.0) -> Pushed:
        """The place of somebody who opens the chat is reported."""
        return self.event(openid, "LOCATION", Latitude=latitude, Longitude=longitude, Precision=precision)

    def scan_code(self, openid: str, key: str, result: str, *, wait: bool = False) -> Pushed:
        """Somebody scans any code from the menu; with `wait` the person waits for an answer."""
        info = {"ScanType": "qrcode", "ScanResult": result}
        name = "scancode_waitmsg" if wait else "scancode_push"
        return self._act(openid, "scan", name, EventKey=key, ScanCodeInfo=info)

    def enter(self, openid: str, source: str = "") -> Pushed:
        """Somebody opens the customer-service chat of a mini-program."""
        return self._act(openid, "enter", "user_enter_tempsession", SessionFrom=source)

    def event(self, openid: str, name: str, **fields: Any) -> Pushed:
        """Any event about somebody, with its fields under their names on the wire."""
        with self.platform.lock:
            event = self._common(openid, "event", self._now()) | {"Event": name} | fields
        return self._push(event)

    def tell(self, name: str, **fields: Any) -> Pushed:
        """A notice to a third-party platform: an InfoType with its fields ("component_verify_ticket", "authorized", …)."""
        with self.platform.lock:
            head = {"AppId": self.app.app_id, "CreateTime": self._now(), "InfoType": name}
        return push(self.platform, self.app, head | fields)

    def ticket(self) -> Pushed:
        """A fresh component_verify_ticket, as a third-party platform gets it every ten minutes."""
        from jianwei.sandbox.platform.areas.components import new_ticket

        with self.platform.lock:
            ticket = new_ticket(self.platform, self.app)
        return self.tell("component_verify_ticket", ComponentVerifyTicket=ticket)

    def authorize(self, account: str, preauth_code: str) -> Pushed:
        """An account (its app id) authorises this third-party platform on the page that a pre_auth_code opened.

        Raises:
            Refusal: 40029 the code is none or has ended, 40013 there is no such account.
        """
        from jianwei.sandbox.platform.areas.components import CODE_LIFE, authorize

        with self.platform.lock:
            code, end = authorize(self.platform, self.app, account, preauth_code), self._now() + CODE_LIFE
        fields = {"AuthorizerAppid": account, "AuthorizationCode": code, "AuthorizationCodeExpiredTime": end}
        return self.tell("authorized", **fields, PreAuthCode=preauth_code)

    def settle(self) -> list[Pushed]:
        """Push the events that the app is owed by now: results of publishing, mass messages, checks."""
        return settle(self.platform, self.app)

    def _act(self, openid: str, what: Literal["click", "scan", "enter"], name: str, **fields: Any) -> Pushed:
        with self.platform.lock:
            self._person(openid).acted[what] = self._now()
        return self.event(openid, name, **fields)

    def _push(self, fields: Mapping[str, Any]) -> Pushed:
        pushed = push(self.platform, self.app, fields)
        if pushed.tries:
            with self.platform.lock:
                took = int(sum(one.seconds for one in pushed.tries) * 1_000)
                failed = pushed.outcome == "unavailable"
                who = str(fields["FromUserName"])
                self.app.of(Daily).note("call", int(fields["CreateTime"]), who, took=took, failed=failed)
        if (pushed.reply or {}).get("MsgType") == "transfer_customer_service":
            self._transfer(str(fields["FromUserName"]), pushed.reply or {})
        return pushed

    def _transfer(self, openid: str, reply: Mapping[str, Any]) -> None:
        """The account hands somebody over to its staff: to the one that it names, or to whoever is there."""
        wanted = reply.get("TransInfo", {})
        account = str(wanted.get("KfAccount", "")) if isinstance(wanted, Mapping) else ""
        with self.platform.lock:
            desk, now = self.app.of(Desk), self._now()
            online = [one for one in desk.staff if one not in desk.offline]
            if account in online or (not account and online):
                desk.sessions[openid] = account or online[0], now
                desk.waiting.pop(openid, None)
                announce(self.app, "kf_create_session", now, openid, KfAccount=account or online[0])
            else:
                desk.waiting[openid] = now

    def _common(self, openid: str, kind: str, now: int) -> dict[str, Any]:
        common = {"ToUserName": self._account(), "FromUserName": openid, "CreateTime": now, "MsgType": kind}
        return common | {"AgentID": self.app.app_id.partition("/")[2]} if self.app.kind == "wecom" else common

    def _account(self) -> str:
        return self.app.app_id.split("/")[0] if self.app.kind == "wecom" else self.app.original_id or self.app.app_id

    def _person(self, openid: str) -> Follower:
        found = self.app.followers.get(openid)
        if found is None and self.app.kind == "wecom":
            return self.meet(openid, openid)
        if found is None:
            raise UsageError(
                "openid", f"{openid[:40]!r} is nobody of this app", "let them follow first, or see who does"
            )
        return found

    def _now(self) -> int:
        return int(self.platform.clock.now())

    def _keep(self, kind: str, content: bytes) -> str:
        from jianwei.sandbox.platform.areas.media import Kept, MediaStore

        with self.platform.lock:
            return self.app.of(MediaStore).keep(self.platform, Kept(kind, content, self._now()))

    def _host(self, content: bytes, base_url: str) -> str:
        from jianwei.sandbox.platform.areas.media import host
        from jianwei.sandbox.platform.world import Visit

        with self.platform.lock:
            return host(Visit(self.platform, self.app, self._now(), base_url=base_url), content)
