"""Departments of a corp."""

from __future__ import annotations

from collections.abc import Mapping

from jianwei.sandbox.platform.corp import corp_of
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Visit
from jianwei.wechat.endpoints import wecom_departments as api

__all__ = ["HANDLERS"]


def _found(visit: Visit, id: int | None) -> list[api.Department]:
    corp = corp_of(visit)
    return [corp.departments[one] for one in corp.below(1 if id is None else id)]


def list_(visit: Visit, call: api.ListDepartments) -> list[api.Department]:
    return _found(visit, call.id)


def ids(visit: Visit, call: api.ListDepartmentIds) -> list[api.Department]:
    return [api.Department(one.id, parentid=one.parentid, order=one.order) for one in _found(visit, call.id)]


HANDLERS: Mapping[type, Handler] = {api.ListDepartments: list_, api.ListDepartmentIds: ids}
