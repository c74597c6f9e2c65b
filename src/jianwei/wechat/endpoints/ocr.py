"""Text and documents in pictures. Every method takes the address of a picture (`url`) or a picture (`file`).

Names of the fields as the platform answers them. †
"""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

import msgspec

from jianwei.wechat.areas import Area, Mode, method
from jianwei.wechat.request import Part, Query, Request, Source, post

__all__ = [
    "BankCard",
    "BusinessLicence",
    "DriverLicence",
    "IdCard",
    "Ocr",
    "Picture",
    "PlateNumber",
    "Point",
    "Quad",
    "ReadBankCard",
    "ReadBusinessLicence",
    "ReadDriverLicence",
    "ReadIdCard",
    "ReadPlateNumber",
    "ReadText",
    "ReadVehicleLicence",
    "Size",
    "TextItem",
    "TextItems",
    "VehicleLicence",
]

R = TypeVar("R")
ERRORS = (101000, 101001, 101002)


class Size(msgspec.Struct, frozen=True):
    """Size of a picture in pixels."""

    w: int = 0
    h: int = 0


class Point(msgspec.Struct, frozen=True):
    """A place in a picture, pixels from its upper left corner."""

    x: float = 0
    y: float = 0


class Quad(msgspec.Struct, frozen=True):
    """Four corners of something in a picture."""

    left_top: Point = Point()
    right_top: Point = Point()
    right_bottom: Point = Point()
    left_bottom: Point = Point()


class Picture(Request[R], Generic[R], frozen=True):
    """A request about a picture, given by address or as a file."""

    url: Annotated[str | None, Query("img_url")] = None
    file: Annotated[Source | None, Part("img")] = None


class IdCard(msgspec.Struct, frozen=True, omit_defaults=True):
    """An identity card; `type` is "Front" or "Back", which has `valid_date` only."""

    type: str = ""
    name: str = ""
    id: str = ""
    addr: str = ""
    gender: str = ""
    nationality: str = ""
    valid_date: str = ""


class BankCard(msgspec.Struct, frozen=True, omit_defaults=True):
    """The number of a bank card."""

    number: str = ""


class VehicleLicence(msgspec.Struct, frozen=True, omit_defaults=True):
    """A vehicle licence."""

    plate_num: str = ""
    vehicle_type: str = ""
    owner: str = ""
    addr: str = ""
    use_character: str = ""
    model: str = ""
    vin: str = ""
    engine_num: str = ""
    register_date: str = ""
    issue_date: str = ""
    plate_num_b: str = ""
    record: str = ""
    passengers_num: str = ""
    total_quality: str = ""
    prepare_quality: str = ""
    overall_size: str = ""


class DriverLicence(msgspec.Struct, frozen=True, omit_defaults=True):
    """A driver's licence."""

    id_num: str = ""
    name: str = ""
    sex: str = ""
    nationality: str = ""
    address: str = ""
    birth_date: str = ""
    issue_date: str = ""
    car_class: str = ""
    valid_from: str = ""
    valid_to: str = ""
    official_seal: str = ""


class BusinessLicence(msgspec.Struct, frozen=True, omit_defaults=True):
    """A business licence."""

    reg_num: str = ""
    serial: str = ""
    legal_representative: str = ""
    enterprise_name: str = ""
    type_of_organization: str = ""
    address: str = ""
    type_of_enterprise: str = ""
    business_scope: str = ""
    registered_capital: str = ""
    paid_in_capital: str = ""
    valid_period: str = ""
    registered_date: str = ""


class PlateNumber(msgspec.Struct, frozen=True, omit_defaults=True):
    """The number plate of a vehicle."""

    number: str = ""


class TextItem(msgspec.Struct, frozen=True):
    """A line of text and where it stands."""

    text: str
    pos: Quad = Quad()


class TextItems(msgspec.Struct, frozen=True):
    """All lines of text in a picture."""

    items: list[TextItem] = []
    img_size: Size = Size()

    @property
    def text(self) -> str:
        """The lines, one below the other."""
        return "\n".join(item.text for item in self.items)


@post("/cv/ocr/idcard", area="ocr", errors=ERRORS)
class ReadIdCard(Picture[IdCard], frozen=True):
    """Read an identity card; `type` tells a photo from a scan."""

    type: Annotated[Literal["photo", "scan"], Query()] = "photo"


@post("/cv/ocr/bankcard", area="ocr", errors=ERRORS)
class ReadBankCard(Picture[BankCard], frozen=True):
    """Read a bank card."""


@post("/cv/ocr/driving", area="ocr", errors=ERRORS)
class ReadVehicleLicence(Picture[VehicleLicence], frozen=True):
    """Read a vehicle licence (行驶证)."""


@post("/cv/ocr/drivinglicense", area="ocr", errors=ERRORS)
class ReadDriverLicence(Picture[DriverLicence], frozen=True):
    """Read a driver's licence (驾驶证)."""


@post("/cv/ocr/bizlicense", area="ocr", errors=ERRORS)
class ReadBusinessLicence(Picture[BusinessLicence], frozen=True):
    """Read a business licence (营业执照)."""


@post("/cv/ocr/comm", area="ocr", errors=ERRORS)
class ReadText(Picture[TextItems], frozen=True):
    """Read printed text."""


@post("/cv/ocr/platenum", area="ocr", errors=ERRORS)
class ReadPlateNumber(Picture[PlateNumber], frozen=True):
    """Read a number plate."""


class Ocr(Area[Mode], Generic[Mode]):
    """`client.ocr`"""

    text = method(ReadText)
    id_card = method(ReadIdCard)
    bank_card = method(ReadBankCard)
    vehicle_licence = method(ReadVehicleLicence)
    driver_licence = method(ReadDriverLicence)
    business_licence = method(ReadBusinessLicence)
    plate_number = method(ReadPlateNumber)
