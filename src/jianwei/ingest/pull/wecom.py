"""The parts of `pull wecom`: members, contacts, customer groups and figures; the archive where a library for it is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from jianwei.ingest.pull._base import BEIJING, Batch, Part, Pulling, input_of
from jianwei.ingest.pull.agreement import Agreement
from jianwei.ingest.pull.polite import Polite
from jianwei.sources._gathered import Pulled, together
from jianwei.sources.wecom import contacts_of, group_of, left_of, members_of, room_of, work_figures_of
from jianwei.wechat.areas import Sync
from jianwei.wechat.endpoints import WeComAreas
from jianwei.wechat.endpoints.wecom_archive import CheckGroupAgreement, CheckSingleAgreement, Pair
from jianwei.wechat.endpoints.wecom_contacts import ContactOf
from jianwei.wechat.errors import ApiError, WeChatError

__all__ = ["PlatformAgreements", "rooms_part", "wecom_parts"]

Areas = WeComAreas[Sync]
BATCH = 100
SPAN = timedelta(days=30)
_NO_CONTACTS, _NO_GROUP, _UNKNOWN = 84061, (86003, 49008), 40058


def wecom_parts(caller: Polite) -> Mapping[str, Part]:
    """The parts of a pull of one corp, in the order in which they are pulled."""
    areas: Areas = WeComAreas(caller)
    return {
        "members": lambda pulling: _members(areas, pulling),
        "contacts": lambda pulling: _contacts(areas, pulling),
        "groups": lambda pulling: _groups(areas, pulling),
        "statistics": lambda pulling: _statistics(areas, pulling),
    }


def _members(areas: Areas, pulling: Pulling) -> Iterator[Batch]:
    """Everybody whom the application may see, by the departments at the top of what it sees."""
    departments = areas.departments.list()
    names = {one.id: one.name for one in departments}
    tops = [one.id for one in departments if one.parentid not in names]
    pulling.total(len(tops))
    for top in tops:
        found = areas.members.list(top, 1)
        yield Batch(members_of(found, names, account=pulling.account, now_us=pulling.now_us), done=1)


def _contacts(areas: Areas, pulling: Pulling) -> Iterator[Batch]:
    """Contacts of all members who may have some, from where an interrupted pull stopped.

    They are joined before they are kept, since several members know the same ones; also with what was known of members who are not asked
    now.
    """
    members = areas.contacts.follow_users()
    tags = {tag.id: tag.name for group in areas.contacts.tags() for tag in group.tag}
    pulling.total(len(members))
    start = _after(members, pulling)
    yield Batch(done=start)
    known: list[ContactOf] = []
    asked: list[str] = []

    def joined() -> Pulled:
        still = set(members) - set(asked)
        before = pulling.known.contacts()
        return contacts_of(known, tags, before, still, account=pulling.account, now_us=pulling.now_us)

    try:
        for some in _in_batches(members[start:]):
            known += _of_members(areas, some)
            asked += some
            yield Batch(done=len(some))
    except WeChatError:
        if asked:
            yield Batch(joined(), {"after": asked[-1]})
        raise
    yield Batch(joined(), {"after": None})


def _of_members(areas: Areas, members: list[str]) -> list[ContactOf]:
    try:
        return list(areas.contacts.of_members(members))
    except ApiError as error:
        if error.code != _NO_CONTACTS:
            raise
        return []


def _after(names: Sequence[str], pulling: Pulling) -> int:
    """Where an interrupted pull goes on in a list: behind the name in its position, at the beginning if that is none of them."""
    after = pulling.position.get("after")
    return names.index(str(after)) + 1 if after in names else 0


def _in_batches(members: Sequence[str]) -> Iterator[list[str]]:
    return (list(members[at : at + BATCH]) for at in range(0, len(members), BATCH))


def _groups(areas: Areas, pulling: Pulling) -> Iterator[Batch]:
    """Every customer group with everybody in it, from where an interrupted pull stopped; who left is marked."""
    groups = list(areas.groups.list())
    pulling.total(len(groups))
    start = _after([group.chat_id for group in groups], pulling)
    yield Batch(done=start)
    for ref in groups[start:]:
        try:
            group = areas.groups.get(ref.chat_id)
        except ApiError as error:
            if error.code not in _NO_GROUP:
                raise
            yield Batch(position={"after": ref.chat_id}, done=1, notes={"groups_gone": 1})
            continue
        tables = group_of(group, ref.status, account=pulling.account, now_us=pulling.now_us)
        tables, left = _with_left(ref.chat_id, tables, pulling)
        yield Batch(tables, {"after": ref.chat_id}, 1, {"left": left} if left else {})
    yield Batch(position={"after": None})


def _with_left(chat_id: str, tables: Pulled, pulling: Pulling) -> tuple[Pulled, int]:
    """(rows of a group with those of people who are no longer in it, how many these are)"""
    here = set(tables["members"].column("user_id").to_pylist()) if "members" in tables else set()
    left = sorted(pulling.known.members(chat_id) - here)
    gone = left_of(chat_id, left, account=pulling.account, now_us=pulling.now_us)
    return together(tables, gone), len(left)


def _statistics(areas: Areas, pulling: Pulling) -> Iterator[Batch]:
    """What every member's groups and talks with contacts came to, day by day, from where an interrupted pull stopped.

    That goes on with the days that it had, so that all members have the same ones; the days since then come with the next pull.
    """
    members = areas.contacts.follow_users()
    first, last = pulling.days("day", overlap=2)
    pulling.total(len(members))
    named = pulling.options.since is not None or pulling.options.until is not None
    days = [first.isoformat(), last.isoformat()]
    stopped = pulling.position.get("days")
    goes_on = isinstance(stopped, list) and pulling.position.get("named") is named and (stopped == days or not named)
    start = _after(members, pulling) if goes_on else 0
    if start and isinstance(stopped, list):
        days = stopped
    first, last = (date.fromisoformat(day) for day in days)
    stands = {"day": pulling.position.get("day"), "days": days, "named": named}
    yield Batch(done=start)
    for member in members[start:]:
        for begin, end in _spans(first, last):
            groups = areas.groups.statistics_by_day(begin, [member], end)
            talks = areas.contacts.behavior(begin, end, userid=[member])
            figures = [
                work_figures_of("groups", member, [(d.stat_time, d.data) for d in groups], account=pulling.account),
                work_figures_of("talks", member, [(d.stat_time, d) for d in talks], account=pulling.account),
            ]
            yield Batch(together(*figures))
        yield Batch(position={**stands, "after": member}, done=1)
    yield Batch(position={"day": pulling.reached("day", first, last)})


def _spans(first: date, last: date) -> Iterator[tuple[int, int]]:
    """First seconds of the first and last day of spans of at most 30 days."""
    while first <= last:
        end = min(first + SPAN - timedelta(days=1), last)
        yield _second(first), _second(end)
        first = end + timedelta(days=1)


def _second(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=BEIJING).timestamp())


def rooms_part(caller: Polite) -> Part:
    """The part that gives names and members to internal groups that the archive brought. The caller must be the archive's.

    The position has the customer groups among them, which this does not answer for and which are not asked for again.
    """
    areas: Areas = WeComAreas(caller)

    def rooms(pulling: Pulling) -> Iterator[Batch]:
        kept = pulling.position.get("others")
        others: list[object] = list(kept) if isinstance(kept, list) else []
        groups = [one for one in pulling.known.groups(input_of(pulling.account, "archive")) if one not in set(others)]
        pulling.total(len(groups))
        for roomid in groups:
            try:
                room = areas.archive.group(roomid)
            except ApiError as error:
                if error.code != _UNKNOWN:
                    raise
                others.append(roomid)  # a customer group: part "groups" names it
                yield Batch(position={"others": list(others)}, done=1)
                continue
            tables, left = _with_left(
                roomid, room_of(roomid, room, account=pulling.account, now_us=pulling.now_us), pulling
            )
            yield Batch(tables, done=1, notes={"left": left} if left else {})

    return rooms


class PlatformAgreements:
    """Satisfies `agreement.Agreements` with the platform's own record. The caller must be the archive's."""

    def __init__(self, caller: Polite) -> None:
        self._caller = caller

    def single(self, pairs: Sequence[tuple[str, str]]) -> list[Agreement]:
        found: list[Agreement] = []
        for some in (list(pairs[at : at + BATCH]) for at in range(0, len(pairs), BATCH)):
            found += self._asked(some)
        return found

    def _asked(self, pairs: list[tuple[str, str]]) -> list[Agreement]:
        """The platform refuses a whole list for one pair that it does not know: then they are asked for in halves."""
        try:
            told = self._caller.call(CheckSingleAgreement([Pair(*pair) for pair in pairs]))
        except ApiError as error:
            if error.code != _UNKNOWN:
                raise
            half = len(pairs) // 2
            return self._asked(pairs[:half]) + self._asked(pairs[half:]) if half else []
        return [Agreement(o.external_openid, o.userid, o.agree_status, o.status_change_time) for o in told]

    def room(self, room: str) -> list[Agreement]:
        try:
            told = self._caller.call(CheckGroupAgreement(room))
        except ApiError as error:
            if error.code != _UNKNOWN:
                raise
            return []
        return [Agreement(o.external_openid, "", o.agree_status, o.status_change_time) for o in told]
