"""Which microblog an address names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.errors import UsageError
from jianwei.ingest.pull.weibo_client import mid_of

LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@given(mid=st.integers(3_000_000_000_000_000, 6_000_000_000_000_000))
def test_addresses_name_ids_in_base_62(mid: int) -> None:
    parts, left = [], mid
    while left:
        left, seven = divmod(left, 10**7)
        letters = "".join(LETTERS[seven // 62**n % 62] for n in reversed(range(4)))
        parts.append(letters if left else letters.lstrip("0"))
    short = "".join(reversed(parts))
    assert mid_of(f"https://weibo.com/1649173367/{short}") == mid_of(f"https://m.weibo.cn/detail/{mid}") == str(mid)


@pytest.mark.parametrize(
    "text",
    [
        "https://weibo.com/u/1649173367", "https://weibo.com/1649173367", "https://m.weibo.cn/profile/1649173367",
        "https://weibo.com/teashop", "https://weibo.com/", "", "1649173367", "茶", "https://weibo.com/n/茶铺",
    ],
)  # fmt: skip
def test_a_profile_is_no_microblog(text: str) -> None:
    with pytest.raises(UsageError, match="--post"):
        mid_of(text)
