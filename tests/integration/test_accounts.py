"""`jianwei accounts` and `jianwei pull`, as a person types them, against the simulated platform."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.archive_sdk import compiled, new_key, pem_of
from support.hook import Got, Reply, hook
from support.official_world import OfficialWorld, official_world
from support.served import free_port
from support.weibo_api import WeiboApi, serving
from typer.testing import CliRunner, Result

from jianwei.cli.app import build_app
from jianwei.records import TABLES
from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.corp import Corps
from jianwei.sandbox.platform.envelopes import Wiring
from jianwei.sandbox.platform.faults import Fault
from jianwei.sandbox.platform.world import App
from jianwei.sources._gathered import Gathered
from jianwei.store import open_store
from jianwei.store.secrets import Vault
from jianwei.wechat.endpoints.wecom_members import Member

APP = "wx00000000000000e1"


@dataclass(frozen=True)
class Desk:
    """Types commands."""

    folder: Path
    url: str
    world: OfficialWorld

    def run(self, *command: str, typed: str = "", **environment: str) -> Result:
        arguments = [*command, "-w", str(self.folder)] if command[:2] != ("accounts", "key") else list(command)
        return CliRunner().invoke(build_app(), arguments, input=typed, env=environment)

    def json(self, *command: str, typed: str = "") -> Any:
        done = self.run(*command, "--json", typed=typed)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def add(self, name: str = "shop", *more: str, typed: str = "secret\n") -> Result:
        options = ("--kind", "service", "--app-id", APP, "--base-url", self.url, "--secret-stdin")
        return self.run("accounts", "add", name, *options, *more, typed=typed)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("JIANWEI_KEY", Vault.new_key().reveal())
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    for name in ("LC_ALL", "LC_MESSAGES", "JIANWEI_SECRET", "JIANWEI_TOKEN", "JIANWEI_AES_KEY"):
        monkeypatch.delenv(name, raising=False)
    world = official_world(30)
    world.platform.clock.machine = __import__("time").time  # commands use the machine's clock
    with running(world.platform) as url:
        yield Desk(tmp_path / "ws", url, world)


def marks(report: Any) -> dict[str, str]:
    return {found["name"]: found["state"] for found in report["abilities"]}


def checks(report: Any) -> dict[str, str]:
    return {found["part"]: found["state"] for found in report["checks"]}


def test_an_account_is_kept_listed_tested_and_forgotten(desk: Desk) -> None:
    assert desk.add().exit_code == 0
    (row,) = desk.json("accounts", "list")
    assert (row["name"], row["kind"], row["secret"], row["token"]) == ("shop", "service", True, False)
    report = desk.json("accounts", "test", "shop")
    assert set(marks(report).values()) == {"yes"}
    assert checks(report)["token"] == checks(report)["address"] == "ok"
    assert desk.run("accounts", "remove", "shop").exit_code == 2  # nobody confirmed
    assert desk.run("accounts", "remove", "shop", "--yes").exit_code == 0
    assert desk.json("accounts", "list") == []


def test_the_mode_of_the_webhook_stays_until_another_is_given(desk: Desk) -> None:
    for given, kept in ((["--mode=plain"], "plain"), ([], "plain"), (["--mode=secure"], "secure")):
        assert desk.add("shop", *given).exit_code == 0
        (row,) = desk.json("accounts", "list")
        assert row["attrs"]["mode"] == kept
    assert desk.add("shop", "--mode=loud").exit_code == 2


def test_secrets_are_on_no_disk_and_in_no_output(desk: Desk) -> None:
    secret = "a-secret-that-nobody-may-see"
    shown = desk.add(typed=f"{secret}\n").output + desk.run("accounts", "list", "--json").output
    shown += desk.run("accounts", "test", "shop").output
    assert secret not in shown
    for file in desk.folder.rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes(), file


def test_secrets_come_line_by_line_or_from_the_environment(desk: Desk) -> None:
    aes = "a" * 43
    assert desk.add("a", "--token", "--aes-key", typed=f"secret\ntoken123\n{aes}\n").exit_code == 0
    options = ("accounts", "add", "b", "--kind", "service", "--app-id", APP, "--base-url", desk.url)
    assert desk.run(*options, JIANWEI_SECRET="secret", JIANWEI_TOKEN="token123").exit_code == 0
    a, b = desk.json("accounts", "list")
    assert (a["secret"], a["token"], a["aes_key"]) == (True, True, True)
    assert (b["secret"], b["token"], b["aes_key"]) == (True, True, False)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("accounts", "add", "x", "--kind", "service", "--app-id", APP), "JIANWEI_SECRET"),
        (("accounts", "add", "x", "--kind", "huh", "--app-id", APP, "--no-secret"), "official"),
        (("accounts", "add", "x", "--kind", "service", "--app-id", "ww1", "--no-secret"), "wx"),
        (("accounts", "add", "a/b", "--kind", "service", "--app-id", APP, "--no-secret"), "NAME"),
        (
            ("accounts", "add", "x", "--kind", "service", "--app-id", APP, "--no-secret", "--base-url", "ftp://a"),
            "--base-url",
        ),
        (("pull", "official-account"), "accounts add"),
        (("pull", "weibo"), "accounts add"),
        (("pull", "official-account", "--since", "soon"), "--since"),
        (("pull", "official-account", "--since", "2026-02-02", "--until", "2026-02-01"), "--since"),
    ],
)
def test_wrong_use_says_what_to_do(desk: Desk, command: Sequence[str], said: str) -> None:
    done = desk.run(*command)
    assert done.exit_code == 2
    assert said in done.output
    assert "Traceback" not in done.output


def test_without_a_key_it_says_how_to_make_one(desk: Desk) -> None:
    done = desk.run("accounts", "list", JIANWEI_KEY="")
    assert done.exit_code == 2
    assert "jianwei accounts key" in done.output
    made = desk.run("accounts", "key")
    assert len(made.stdout.strip()) == 43
    assert desk.run("accounts", "list", JIANWEI_KEY=made.stdout.strip()).exit_code == 0


def test_the_matrix_shows_what_is_missing(desk: Desk) -> None:
    desk.world.app.kind = "subscription"
    desk.world.app.denied = frozenset({"comments", "/cgi-bin/message/custom/send"})
    desk.add()
    report = desk.json("accounts", "test", "shop")
    missing = {name for name, state in marks(report).items() if state == "no"}
    assert missing == {"comments", "replies", "templates", "qrcodes"}
    shown = desk.run("accounts", "test", "shop").output
    assert "✗" in shown
    assert "48001" in shown


def test_an_address_that_is_not_allowed_is_printed(desk: Desk) -> None:
    desk.world.platform.faults.add(
        Fault(path="/cgi-bin/stable_token", code=40164, message="invalid ip 203.0.113.9, not in whitelist", times=None)
    )
    desk.add()
    done = desk.run("accounts", "test", "shop", "--json")
    assert done.exit_code == 1
    assert next(c for c in json.loads(done.stdout)["checks"] if c["part"] == "address")["detail"] == "203.0.113.9"


def test_a_wrong_secret_is_found_although_a_token_is_kept(desk: Desk) -> None:
    desk.add()
    assert desk.run("pull", "official-account", "--only", "tags", "--quiet").exit_code == 0
    desk.world.app.secret = "another"
    done = desk.run("accounts", "test", "shop")
    assert done.exit_code == 1
    assert "40125" in done.output


def test_a_webhook_is_checked_as_the_platform_does(desk: Desk) -> None:
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread
    from urllib.parse import parse_qs, urlsplit

    from jianwei.wechat.signatures import verify_url_signature

    class Echo(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
            known = verify_url_signature("token123", query["timestamp"], query["nonce"], query["signature"])
            self.send_response(200 if known else 403)
            self.end_headers()
            self.wfile.write(query["echostr"].encode() + (b"\n" if "sloppy" in self.path else b""))

        def log_message(self, *args: object) -> None:
            return None

    server = HTTPServer(("127.0.0.1", 0), Echo)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        desk.add("shop", "--token", typed="secret\ntoken123\n")
        desk.add("other", "--token", typed="secret\ntoken124\n")
        for name, path, state in (("shop", "/", "ok"), ("shop", "/sloppy", "broken"), ("other", "/", "broken")):
            done = desk.run("accounts", "test", name, "--webhook-url", address + path, "--json")
            assert checks(json.loads(done.stdout))["webhook"] == state
    finally:
        server.shutdown()
        server.server_close()


def test_a_website_and_a_corp_are_tested(desk: Desk) -> None:
    platform = desk.world.platform
    platform.add(App("wx00000000000000e2", "web-secret", "website"))
    platform.add(App("ww1/1000002", "corp-secret", "wecom"))
    platform.of(Corps)["ww1"].add(Member("li", "小李"))
    shared = ("--base-url", desk.url, "--secret-stdin")
    desk.run(
        "accounts", "add", "site", "--kind", "website", "--app-id", "wx00000000000000e2", *shared, typed="web-secret"
    )
    desk.run("accounts", "add", "corp", "--kind", "wecom", "--app-id", "ww1/1000002", *shared, typed="corp-secret")
    assert checks(desk.json("accounts", "test", "site")) == {"login": "ok"}
    assert marks(desk.json("accounts", "test", "corp"))["groups"] == "yes"
    corp = next(row for row in desk.json("accounts", "list") if row["name"] == "corp")
    assert (corp["app_id"], corp["attrs"]["agent_id"]) == ("ww1", "1000002")
    report = desk.json("pull", "wecom")
    assert {part["status"] for part in report["parts"]} == {"done"}


def test_whether_the_platform_reaches_the_callback_is_told(desk: Desk) -> None:
    desk.add()
    assert checks(desk.json("accounts", "test", "shop"))["callback"] == "unknown"  # none is entered there
    desk.world.app.wiring = Wiring(desk.url, "token123")
    assert checks(desk.json("accounts", "test", "shop"))["callback"] == "ok"
    desk.world.app.wiring = Wiring(f"http://127.0.0.1:{free_port()}", "token123")
    done = desk.run("accounts", "test", "shop", "--json")
    assert done.exit_code == 1
    report = json.loads(done.stdout)
    assert checks(report)["callback"] == "broken"
    assert "100%" in next(one["detail"] for one in report["checks"] if one["part"] == "callback")


def test_the_webhook_of_a_corp_is_checked_with_an_encrypted_echo(desk: Desk) -> None:
    """The webhook is that of a peer's library."""
    from wechatpy.enterprise.crypto import WeChatCrypto
    from wechatpy.exceptions import InvalidSignatureException

    aes = "a" * 42 + "E"
    theirs = WeChatCrypto("token123", aes, "ww1")

    def echo(got: Got) -> Reply:
        query = got.query
        try:
            return theirs.check_signature(
                query["msg_signature"], query["timestamp"], query["nonce"], query["echostr"]
            ).encode()
        except (InvalidSignatureException, KeyError):
            return 403, b""

    desk.world.platform.add(App("ww1/1000002", "corp-secret", "wecom"))
    options = ("--kind", "wecom", "--base-url", desk.url, "--secret-stdin", "--token", "--aes-key")
    for name, token in (("corp", "token123"), ("other", "token124")):
        typed = f"corp-secret\n{token}\n{aes}\n"
        assert desk.run("accounts", "add", name, *options, "--app-id", "ww1/1000002", typed=typed).exit_code == 0
    with hook() as webhook:
        webhook.answer = echo
        for name, state in (("corp", "ok"), ("other", "broken")):
            done = desk.run("accounts", "test", name, "--webhook-url", webhook.url, "--json")
            assert checks(json.loads(done.stdout))["webhook"] == state


def test_groups_their_members_and_mentions_are_listed(desk: Desk) -> None:
    rows = Gathered("corp", "f:1")
    for key, title in (("wr1", "春茶群"), ("wr2", "值班")):
        rows.add("conversations", 1, conversation_id=rows.conversation(key), key=key, kind="group", title=title)
        for number, (user, name) in enumerate((("li", "小李"), ("wang", "小王"))):
            user_id, at = rows.user(user), 1_772_000_000_000_000 + number
            rows.add("users", 1, user_id=user_id, key=user, nickname=name)
            if (key, user) != ("wr2", "wang"):
                rows.add("members", 1, conversation_id=rows.conversation(key), user_id=user_id, joined_us=at)
            called = "小王" if user == "li" else "小李"
            rows.add(
                "messages", at, message_id=rows.message("test", f"{key}/{user}"), user_id=user_id, kind="text",
                text=f"@{called} 在吗", mentions=json.dumps([called], ensure_ascii=False), conversation_id=rows.conversation(key),
            )  # fmt: skip
    store = open_store(desk.folder)
    with store.writing() as lake:
        for name, table in rows.tables().items():
            (lake.upsert if TABLES[name].writes == "upsert" else lake.append_new)(name, table)
    assert {row["group"]: row["members"] for row in desk.json("groups", "list")} == {"春茶群": 2, "值班": 1}
    assert {row["name"] for row in desk.json("groups", "members", "春茶群")} == {"小李", "小王"}
    assert [row["name"] for row in desk.json("groups", "members", "值班")] == ["小李"]
    assert {row["by"] for row in desk.json("mentions", "--of", "小王")} == {"小李"}
    assert {row["by"] for row in desk.json("mentions")} == {"小李", "小王"}
    assert len(desk.json("mentions", "--limit", "1")) == 1
    shown = desk.run("mentions", "--of", "小王", JIANWEI_TIMEZONE="Asia/Shanghai")
    assert "@小王 在吗" in shown.output
    assert "@小李 在吗" not in shown.output
    unknown = desk.run("groups", "members", "没有")
    assert unknown.exit_code == 2
    assert "Traceback" not in unknown.output


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = compiled(tmp_path_factory.mktemp("sdk"))
    return made or pytest.skip("no C compiler here")


def test_the_archive_is_pulled_with_the_library_and_its_own_secret(desk: Desk, library: Path, tmp_path: Path) -> None:
    platform = desk.world.platform
    for agent, secret in (("1000002", "corp-secret"), ("2000001", "archive-secret")):
        platform.add(App(f"ww1/{agent}", secret, "wecom"))
        options = ("--kind", "wecom", "--app-id", f"ww1/{agent}", "--base-url", desk.url, "--secret-stdin")
        assert desk.run("accounts", "add", f"a{agent}", *options, typed=secret).exit_code == 0
    key = tmp_path / "key.pem"
    key.write_bytes(pem_of(new_key()))
    pulled = ("pull", "wecom", "a1000002", "--only", "archive,rooms", "--archive-sdk", str(library))
    own = (*pulled, "--archive-account", "a2000001")
    report = desk.json(*own, "--archive-key", f"1={key}", "--media", "--archive-proxy", "socks5://127.0.0.1:1")
    assert [(part["name"], part["status"]) for part in report["parts"]] == [("archive", "done"), ("rooms", "done")]
    for command, said in (
        (pulled, "10000"),  # the account's own secret does not open the archive
        ((*own, "--archive-key", f"1={tmp_path / 'none.pem'}"), "none.pem"),
        ((*own, "--archive-key", f"1={library}"), "--archive-key 1"),
        ((*own, "--archive-key", str(key)), "--archive-key"),
    ):
        done = desk.run(*command, "--quiet")
        assert done.exit_code in (1, 2)
        assert said in done.output
        assert "Traceback" not in done.output


@pytest.mark.parametrize(
    "options", [["--media"], ["--archive-key=1=key.pem"], ["--archive-account=a"], ["--archive-proxy=socks5://a"]]
)
def test_options_of_the_archive_want_its_library(desk: Desk, options: list[str]) -> None:
    done = desk.run("pull", "wecom", *options)
    assert done.exit_code == 2
    assert "--archive-sdk" in done.output


def test_pulling_shows_what_came_and_ends_with_three_at_the_limit(desk: Desk) -> None:
    desk.world.fill(desk.url)
    desk.add()
    report = desk.json("pull", "official-account", "--only", "followers,tags,articles,comments")
    assert report["complete"] is True
    assert next(part for part in report["parts"] if part["name"] == "followers")["new"]["users"] == 30
    desk.world.platform.faults.add(Fault(path="/cgi-bin/comment/list", code=45009))
    stopped = desk.run("pull", "official-account", "shop", "--only", "comments,tags", "--quiet")
    assert stopped.exit_code == 3
    assert "45009" in stopped.output
    assert "goes on from there" in stopped.output
    assert desk.run("pull", "official-account", "shop", "--only", "comments", "--quiet").exit_code == 0


def test_weibo_from_log_in_to_comments(desk: Desk) -> None:
    api = WeiboApi()
    api.write("4000000000000001", 5)
    with serving(api) as url:
        options = ("--kind", "weibo", "--app-id", "12345678", "--base-url", url, "--secret-stdin")
        assert desk.run("accounts", "add", "weibo", *options, typed="weibo-secret\n").exit_code == 0
        early = desk.run("pull", "weibo", "--post", "4000000000000001")
        assert early.exit_code == 2
        assert "accounts login weibo" in early.output
        shown = desk.run("accounts", "login", "weibo", "--paste", typed="good\n")
        assert shown.exit_code == 0, shown.output
        assert f"{url}/oauth2/authorize?client_id=12345678" in shown.output
        assert checks(desk.json("accounts", "test", "weibo")) == {"login": "ok"}
        report = desk.json("pull", "weibo", "--post", "https://m.weibo.cn/detail/4000000000000001")
        assert report["parts"][0]["new"]["messages"] == 5
        assert desk.json("pull", "weibo")["parts"][0]["new"] == {}
    for file in desk.folder.rglob("*"):
        assert not file.is_file() or b"token-1" not in file.read_bytes(), file


def test_the_browser_brings_the_code_back(desk: Desk) -> None:
    from threading import Thread
    from time import sleep
    from urllib.request import urlopen

    from jianwei.settings import Secret
    from jianwei.store import Account
    from jianwei.workspace.weibo_login import begin_login, wait_for_redirect

    account = Account(name="w", kind="weibo", app_id="12345678", secret=Secret("s"))
    pending = begin_login(account, redirect=f"http://127.0.0.1:{free_port()}/")

    def browser() -> None:
        for path in ("favicon.ico", f"?code=abc&state={pending.state}"):
            for _ in range(200):
                try:
                    urlopen(pending.redirect + path, timeout=5).read()
                    break
                except OSError as error:
                    if "404" in str(error):
                        break
                    sleep(0.02)

    visitor = Thread(target=browser, daemon=True)
    visitor.start()
    came = wait_for_redirect(pending, lambda well: f"<p>{well}</p>", seconds=20)
    visitor.join()
    assert "code=abc" in came
