"""Texts and documents in pictures: what `Seen` was told of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from jianwei.sandbox.platform.pictures import Looked, look
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Refusal, Visit
from jianwei.wechat.endpoints import ocr as api

__all__ = ["HANDLERS"]

T = TypeVar("T")


def _document(kind: type[T]) -> Callable[[Visit, api.Picture[T]], T]:
    def read(visit: Visit, call: api.Picture[T]) -> T:
        for one in look(visit, call).shown:
            if isinstance(one, kind):
                return one
        raise Refusal(101001, "certificate not found")

    return read


def _text(visit: Visit, call: api.ReadText) -> api.TextItems:
    """Lines stand one below the other and share the height of the picture."""
    looked = look(visit, call)
    lines = [one for one in looked.shown if isinstance(one, str)]
    if not lines:
        raise Refusal(101001, "certificate not found")
    items = [api.TextItem(line, _place(looked, number, len(lines))) for number, line in enumerate(lines)]
    return api.TextItems(items, api.Size(looked.width, looked.height))


def _place(looked: Looked, number: int, count: int) -> api.Quad:
    top, bottom = looked.height * number / count, looked.height * (number + 1) / count
    right = looked.width
    return api.Quad(api.Point(0, top), api.Point(right, top), api.Point(right, bottom), api.Point(0, bottom))


HANDLERS: Mapping[type[Any], Handler] = {
    api.ReadText: _text,
    api.ReadIdCard: _document(api.IdCard),
    api.ReadBankCard: _document(api.BankCard),
    api.ReadVehicleLicence: _document(api.VehicleLicence),
    api.ReadDriverLicence: _document(api.DriverLicence),
    api.ReadBusinessLicence: _document(api.BusinessLicence),
    api.ReadPlateNumber: _document(api.PlateNumber),
}
