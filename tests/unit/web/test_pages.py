"""Small pages: both languages, nothing from outside, a style that the policy allows."""

from __future__ import annotations

import base64
import re
from hashlib import sha256

import pytest

from jianwei.common.i18n import catalog
from jianwei.web.pages import PAGE_POLICY, language_of, page

CODES = sorted({key.split(".")[2] for key in catalog("en").entries if key.startswith("serve.fault.")})


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(("accepted", "tag"), [("zh-CN", "zh-CN"), ("en", "en")])
def test_every_fault_has_a_page(code: str, accepted: str, tag: str) -> None:
    html = page(accepted, "fault", code=code, retry="/login/shop")
    assert f'lang="{tag}"' in html
    assert 'href="/login/shop"' in html
    assert "{" not in re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)


def test_names_cannot_become_markup() -> None:
    html = page("en", "done", code="named", name='<img src=x onerror="alert(1)">{x}')
    assert "<img" not in html
    assert "&lt;img" in html


def test_the_policy_allows_the_style_and_nothing_else() -> None:
    html = page("en", "done", code="unnamed")
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in PAGE_POLICY()
    assert "default-src 'none'" in PAGE_POLICY()
    assert not re.search(r"<script|style=|src=|https?:", html)


@pytest.mark.parametrize("accepted", ["", "*", "xx", ";;;", "q=1", "en;q=x", "en;q=", ",,,,", "é" * 50, "en;q=0"])
def test_strange_headers_get_a_page(accepted: str) -> None:
    assert language_of(accepted) in ("zh_CN", "en")
