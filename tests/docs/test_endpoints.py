"""docs/endpoints.md is what the registry says; every endpoint can be called by a method."""

from __future__ import annotations

import runpy
from pathlib import Path

from jianwei.wechat.endpoints.tokens import CorpToken

ROOT = Path(__file__).resolve().parents[2]
TOOL = runpy.run_path(str(ROOT / "tools" / "endpoints_page.py"))


def test_page_is_current() -> None:
    assert (ROOT / "docs" / "endpoints.md").read_text("utf-8") == TOOL["page"](), "run tools/endpoints_page.py"


def test_every_endpoint_has_a_method() -> None:
    # WeCom's token is the client's own business.
    assert {kind for kind, called in TOOL["methods"]().items() if not called} == {CorpToken}
