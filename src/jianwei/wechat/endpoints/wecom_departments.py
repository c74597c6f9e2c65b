"""WeCom: departments of a corp."""

from __future__ import annotations

from typing import Generic

import msgspec

from jianwei.wechat.areas import Area, Mode, method
from jianwei.wechat.request import Host, Request, get

__all__ = ["CorpDepartments", "Department", "ListDepartmentIds", "ListDepartments"]


class Department(msgspec.Struct, frozen=True, omit_defaults=True):
    """A department; the root has `id` 1 and `parentid` 0. Of a larger `order` comes first."""

    id: int
    name: str = ""
    name_en: str = ""
    parentid: int = 0
    order: int = 0
    department_leader: list[str] = []


@get("/cgi-bin/department/list", area="departments", host=Host.WECOM, at="department", errors=(60003, 60011))
class ListDepartments(Request[list[Department]], frozen=True):
    """A department and all below it; all that the application may see without an `id`."""

    id: int | None = None


@get("/cgi-bin/department/simplelist", area="departments", host=Host.WECOM, at="department_id", errors=(60003, 60011))
class ListDepartmentIds(Request[list[Department]], frozen=True):
    """The same without names."""

    id: int | None = None


class CorpDepartments(Area[Mode], Generic[Mode]):
    """`client.departments`"""

    list = method(ListDepartments)
    ids = method(ListDepartmentIds)
