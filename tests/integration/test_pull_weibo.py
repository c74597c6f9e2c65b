"""`pull weibo` against a small licensed interface: paging, resuming, limits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.lake_rows import contents, rows
from support.weibo_api import WeiboApi, serving

from jianwei.errors import UsageError
from jianwei.ingest.pull import PullOptions, PullReport, pull, weibo_parts
from jianwei.ingest.pull.weibo_client import WeiboClient
from jianwei.settings import Secret
from jianwei.store import Store, open_store
from jianwei.wechat.errors import ApiError, TokenRefusedError

NOW = 1_772_500_000.0
POSTS = ("4000000000000001", "4000000000000002")


@pytest.fixture
def api() -> WeiboApi:
    api = WeiboApi()
    api.write(POSTS[0], 95, replies=5)
    api.write(POSTS[1], 7)
    return api


@pytest.fixture
def url(api: WeiboApi) -> Iterator[str]:
    with serving(api) as address:
        yield address


def client(url: str, token: str | None = "token-1") -> WeiboClient:
    kept = Secret(token) if token else None
    return WeiboClient(
        "12345678", Secret("weibo-secret"), token=kept, base_url=url, now=lambda: NOW, sleep=lambda _: None
    )


def run(url: str, store: Store, *posts: str, token: str = "token-1") -> PullReport:
    options = PullOptions(now=lambda: NOW, sleep=lambda _: None, chunk_rows=10)
    with client(url, token) as calling:
        return pull(weibo_parts(calling, posts, own="7001"), account="shop", store=store, options=options)


def test_all_pages_come_in_once(api: WeiboApi, url: str, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    report = run(url, store, *POSTS)
    assert report.complete
    messages = rows(store, "messages")
    written = {one["id"] for comments in api.posts.values() for one in comments}
    answers = {inner["id"] for one in api.posts[POSTS[0]] for inner in one["comments"] or ()}
    assert len(messages) == len(written) + len(answers) == 95 + 7 + 64
    assert report.parts[0].notes == {"more_replies": 32 * 3}
    assert sum(row["direction"] == "out" for row in messages) > 0
    assert {row["key"] for row in rows(store, "items")} == {f"weibo/{mid}" for mid in POSTS}
    before = contents(store)
    assert not any(run(url, store).parts[0].new.values())  # the posts of the pull before
    assert contents(store) == before


def test_the_limit_stops_and_the_next_pull_goes_on_there(api: WeiboApi, url: str, tmp_path: Path) -> None:
    whole, stopped = open_store(tmp_path / "a"), open_store(tmp_path / "b")
    run(url, whole, POSTS[0])
    api.calls.clear()
    with client(url) as calling:
        parts = weibo_parts(_Limited(calling, api), [POSTS[0]], own="7001")
        report = pull(parts, account="shop", store=stopped, options=PullOptions(now=lambda: NOW, sleep=lambda _: None))
    assert report.parts[0].status == "quota"
    assert not report.complete
    api.calls.clear()
    assert run(url, stopped).complete
    assert api.calls[0][1]["max_id"] == "40"
    assert contents(stopped) == contents(whole)


class _Limited:
    """Meets the hourly limit at the third page."""

    def __init__(self, calling: WeiboClient, api: WeiboApi) -> None:
        self._calling, self._api, self._pages = calling, api, 0

    def comments(self, mid: str, max_id: int = 0, max_id_type: int = 0, count: int = 50):
        self._pages += 1
        if self._pages == 3:
            self._api.faults.append(10022)
        return self._calling.comments(mid, max_id, max_id_type, count)


def test_passing_faults_are_survived(api: WeiboApi, url: str, tmp_path: Path) -> None:
    api.faults += [503, 10001, 10009]
    assert run(url, open_store(tmp_path), POSTS[1]).complete


def test_a_post_that_is_gone_leaves_the_others(url: str, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    report = run(url, store, "4000000000000009", POSTS[1])
    assert report.complete
    assert report.parts[0].notes["gone"] == 1
    assert len(rows(store, "messages")) == 7


def test_an_ended_log_in_says_what_to_do(url: str, tmp_path: Path) -> None:
    with pytest.raises(TokenRefusedError, match="accounts login") as error:
        run(url, open_store(tmp_path), POSTS[1], token="old-token-x")
    assert "old-token-x" not in str(error.value)


def test_the_code_of_a_log_in_serves_once(url: str) -> None:
    with client(url, None) as calling:
        token = calling.exchange("good", "http://127.0.0.1/")
        assert (token.access_token, token.uid) == ("token-1", "7001")
        assert "token-1" not in repr(token)
        with pytest.raises(ApiError, match="21325"):
            calling.exchange("good", "http://127.0.0.1/")
        with pytest.raises(UsageError, match="logged in"):
            calling.comments(POSTS[0])
