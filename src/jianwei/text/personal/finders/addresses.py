"""Postal addresses: places from the large to the small that end in a number of a house, a building or a room.

A text is no address because a place is named in it. What counts as one must lead to a door: a road with a number, an estate or a place with
a building and a room, or whatever follows "地址：". Where no known province or city begins it, the beginning is the name of
a district, a road or an estate, and words that lead up to it ("我住在", "寄到") are cut off by characters that names do not hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jianwei.text.personal.finders.folding import DIGIT, Finder, Hit, each
from jianwei.text.personal.finders.places import CITIES, PROVINCES, names

__all__ = ["FINDERS", "area_length"]


def _none_of(endings: str) -> str:
    """Pattern: none of these words ends here."""
    return "".join(f"(?<!{word})" for word in names(endings))


_C = "[\u4e00-\u9fff]"
# Characters of names: without those that lead up to a place or stand between two words.
_N = "(?:(?![在住到去往是寄送至从的我你他她它们址于了把给与过沿就这那哪跟叫让请及或不没有走来坐下过个])[\u4e00-\u9fff])"
_E = "(?:(?![的是有在到去])[\u4e00-\u9fffA-Za-z0-9])"  # characters in names of estates
_NUM = "[0-9一二三四五六七八九十百零〇]"
_TOGETHER, _NEXT = "[ ,、]?", "[ -]?"

_PROVINCE = f"(?:{'|'.join(PROVINCES)})(?:省|市|(?:壮族|回族|维吾尔)?自治区|特别行政区)?"
_CITY = f"(?:{'|'.join(sorted(CITIES, key=len, reverse=True))})(?:{_C}{{0,8}}?自治州|市|地区|盟|州)?"
_AREA = f"(?:{_PROVINCE}{_TOGETHER}(?:{_CITY}{_TOGETHER})?|{_CITY}{_TOGETHER})"

_NO_DISTRICT = _none_of("小区 社区 园区 校区 景区 厂区 片区 地区 市区 郊区 超市 城市 门市 都市 上市 股市 夜市")
_DISTRICT_END = f"(?:自治县|开发区|高新区|新区|区|县|旗|市|街道|镇|乡){_NO_DISTRICT}"
_NO_ROAD = _none_of(
    "线路 道路 马路 公路 铁路 思路 出路 套路 半路 一路 网路 问路 带路 走路 迷路 同路 顺路 修路 逛街 上街 知道 味道 频道 通道 "
    "渠道 管道 街道 难道 报道 赛道 地道 轨道 跑道"
)
_ROAD_END = f"(?:大道|大街|胡同|公路|路|街|巷|道|弄堂){_NO_ROAD}"
_ROAD_TAIL = "[东西南北中]?(?:[一二三四五六七八九十]{1,2}(?:路|街|巷|段)|段)?"
_HOUSE = rf"(?P<house>{_NUM}{{1,5}}(?:[-之]{_NUM}{{1,4}})?(?:弄|号(?!线|店|球|选手|文件|口|院|楼|房)|号院))"
_ESTATE_END = (
    "(?:小区|花园|公寓|大厦|广场|花苑|家园|校区|园区|新村|社区|山庄|公馆|华庭|工业区|工业园|科技园|产业园|创业园|大学|学院|中学|小学|医院|学校|宿舍|商城|"
    "大楼|中心|[苑园府湾庭轩阁村屯城寨])"
)
_UNIT = (
    rf"(?:(?:第?[A-Za-z]?{_NUM}{{1,5}}[A-Za-z]?|[A-Za-z])(?:[-#][A-Za-z0-9]{{1,5}}){{0,2}}"
    "(?:号楼|号院|号房|栋|幢|座|舍|单元|楼层|层|楼|号|室|房|户|组|门(?!店|口))|[东西南北甲乙丙丁](?:栋|幢|座|楼|单元))"
)
_ROOM = r"(?:[A-Za-z]?[0-9]{3,4}(?:-[0-9]{1,4})?|[0-9]{1,2}-[0-9]{1,4})室?(?![0-9A-Za-z年月日元块个件:.])"
_INSIDE = rf"(?P<units>(?:{_NEXT}{_UNIT}){{0,5}})(?P<room>{_NEXT}{_ROOM})?"

_KNOWN = re.compile(
    rf"(?P<area>{_AREA})(?P<district>(?:{_C}{{1,8}}?{_DISTRICT_END}{_TOGETHER}){{0,3}})"
    rf"(?P<road>(?:{_C}{{1,10}}?{_ROAD_END}{_ROAD_TAIL}{_NEXT}){{1,2}}{_HOUSE}?)?"
    rf"(?P<estate>(?:{_NEXT}{_E}{{1,12}}?{_ESTATE_END}){{0,2}}){_INSIDE}"
)
_DISTRICT = rf"(?P<district>(?:(?!{_N}{{1,3}}?(?:{'|'.join(PROVINCES + CITIES)})){_N}{{1,4}}?{_DISTRICT_END}{_TOGETHER}){{0,2}})"
_LOCAL = re.compile(
    rf"(?P<area>){_DISTRICT}(?P<road>{_N}{{2,4}}?{_ROAD_END}{_ROAD_TAIL}{_NEXT}{_HOUSE}?)?"
    rf"(?P<estate>(?:{_NEXT}{_N}{{1,6}}?{_ESTATE_END}){{0,2}}){_INSIDE}"
)
_SAID = re.compile(
    r"(?:地址|住址)(?:改成|改为|改到|换成|是|为|在|:){1,2} {0,2}在?(?P<where>[^\n,，。;；!！?？\[\]*]{5,60})"
)
_SHORTEST = 5  # 3栋201
_STOPS = re.compile(r"\s*(?:电\s*话|手\s*机|姓\s*名|收件人|收货人|联系|邮\s*编|谢谢|[0-9]{7,}|[\ufdd0]).*", re.DOTALL)
_DOOR = re.compile(f"[0-9]|{_NUM}(?:号|栋|幢|座|单元|室|楼|弄|层)")
_PLACE_WORDS = re.compile("[省市区县镇乡村路街巷弄道园苑]")


def _leads_to_a_door(found: re.Match[str]) -> bool:
    """Whether what was matched is more than a name: see the head of this file."""
    units = re.findall(_UNIT, found["units"])
    doors = len(units) + bool(found["room"])
    placed = bool(found["area"] or found["district"])
    if found["road"]:
        return bool(found["house"]) or doors >= 2 or (doors == 1 and (placed or bool(found["estate"])))
    if not units:
        return False
    if found["estate"]:
        return doors >= 2 or placed
    if placed:
        return doors >= 2
    return doors >= 3 or (bool(found["room"]) and units[0].endswith(("栋", "幢", "号楼")))


def _read(found: re.Match[str]) -> Hit | None:
    start, text = found.start(), found[0].rstrip(" ,、")
    if len(text) < _SHORTEST or not _leads_to_a_door(found):
        return None
    return Hit(start, start + len(text), _plain(text))


def _read_said(found: re.Match[str]) -> Hit | None:
    start, text = found.start("where"), _STOPS.sub("", found["where"]).rstrip()
    placed = _PLACE_WORDS.search(text) and _DOOR.search(text)
    if len(text) < _SHORTEST or not (placed or len(re.findall(_UNIT, text)) >= 2):
        return None
    return Hit(start, start + len(text), _plain(text))


def _known(text: str) -> Iterator[Hit]:
    return each(_KNOWN, text, _read)


def _said(text: str) -> Iterator[Hit]:
    return each(_SAID, text, _read_said)


def _local(text: str) -> Iterator[Hit]:
    return each(_LOCAL, text, _read)


def _plain(address: str) -> str:
    return address.replace(" ", "")


_HEAD = re.compile(rf"(?:{_AREA})?(?:{_C}{{1,8}}?(?:自治县|区|县|旗|市)){{0,2}}")


def area_length(address: str) -> int:
    """How many characters at the beginning of a folded address name a region and no door.

    >>> area_length("广东省广州市天河区体育西路103号")
    9
    """
    found = _HEAD.match(address)
    return found.end() if found else 0


_HINT = (
    rf"(?:{DIGIT[:-1]}一二三四五六七八九十百零〇A-Za-zＡ-Ｚａ-ｚ东西南北甲乙丙丁])(?:号|栋|幢|座|舍|单元|室|楼|弄|层|房|户|组|门)"
    rf"|[路街巷道同堂段东西南北中].?[A-Za-zＡ-Ｚａ-ｚ]?{DIGIT}"
)

FINDERS = (
    Finder("address", _HINT, _known),
    Finder("address", "地址|住址", _said),
    Finder("address", _HINT, _local),
)
