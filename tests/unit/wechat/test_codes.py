"""Classes of return codes that were once wrong, as the platform's documentation has them."""

from __future__ import annotations

import pytest

from jianwei.wechat.codes import CODES, Retry, code_of
from jianwei.wechat.errors import QuotaError, api_error
from jianwei.wechat.exchange import BACK_OFF


@pytest.mark.parametrize("number", [*range(61450, 61458), 101000, 101001, 101002])
def test_customer_service_and_recognition_are_never_tried_again(number: int) -> None:
    assert code_of(number).retry is Retry.NEVER
    assert number in CODES
    assert number not in BACK_OFF
    assert not isinstance(api_error("/x", number, "", 0), QuotaError)


@pytest.mark.parametrize("number", range(89501, 89508))
def test_calls_that_wait_for_an_administrator_pass_later(number: int) -> None:
    assert code_of(number).retry is Retry.BACK_OFF
    assert code_of(number).hint
