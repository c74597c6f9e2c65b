"""The room: open it once, ask it for as much as you like. Everything in it is of one snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from jianwei.common.progress import Progress, SilentProgress
from jianwei.common.results import Provenance, Reason
from jianwei.engines import Engine, Scope, Session
from jianwei.errors import UsageError
from jianwei.query._base import ModelId
from jianwei.query.views import names_of
from jianwei.recommend._base import Choice, Learning, Recommendations, Whom, as_rows
from jianwei.recommend.choosing import (
    Chosen,
    for_basket,
    for_everybody,
    for_person,
    new_items,
    popular_items,
    similar_items,
)
from jianwei.recommend.evidence import withdrawn
from jianwei.recommend.kept import place_of, recalled
from jianwei.recommend.knowledge import Knowledge, learn
from jianwei.recommend.naming import item_called, items_called, items_listed, people_listed, person_called
from jianwei.store import Store

__all__ = ["Room", "open_room"]

_LEARNED_FROM = ("annotations", "consents", "events", "items", "messages")
_NAMES = ("names", "users")
_TASK = "sentiment"
_BLOCK = 512


@dataclass(frozen=True, eq=False)
class Room:
    """Answers what to recommend. `notes` hold for every answer."""

    session: Session
    known: Knowledge
    made_from: Provenance
    notes: tuple[Reason, ...] = field(default=())

    def person(self, name: str, *, k: int = 10, choice: Choice | None = None) -> Recommendations:
        """For somebody, named by any id or by a name that only one bears.

        Raises:
            UsageError: nobody is called so, or several are.
        """
        person_id = person_called(self.session, name)
        whom = Whom(person_id, str(names_of(self.session, "person", pa.array([person_id]))[0].as_py()))
        if person_id in self.left_out:
            return self._answer(((), (Reason("left_out"),)), whom)
        row = self.known.touches.row_of(person_id)
        return self._answer(for_person(self.known, row, _checked(k), choice or Choice()), whom)

    def basket(self, items: Sequence[str], *, k: int = 10, choice: Choice | None = None) -> Recommendations:
        """For whoever holds these items, named by id, key, title, or a part of only one title.

        Raises:
            UsageError: nothing is called so, or several things are.
        """
        columns = np.array(items_called(self.known.shelf, items), np.int32)
        if not len(columns):
            raise UsageError("basket", "it is empty", "name at least one item")
        return self._answer(for_basket(self.known, columns, _checked(k), choice or Choice()))

    def like(self, item: str, *, k: int = 10, choice: Choice | None = None) -> Recommendations:
        """Items like one.

        Raises:
            UsageError: nothing is called so, or several things are.
        """
        column = item_called(self.known.shelf, item)
        return self._answer(similar_items(self.known, column, _checked(k), choice or Choice()))

    def popular(self, *, k: int = 10, choice: Choice | None = None) -> Recommendations:
        """What is much wanted in the last `days` of the records."""
        return self._answer(popular_items(self.known, _checked(k), choice or Choice()))

    def new(self, *, k: int = 10, choice: Choice | None = None) -> Recommendations:
        """What came in the last `days` of the records, and is wanted."""
        return self._answer(new_items(self.known, _checked(k), choice or Choice()))

    def everybody(
        self, *, k: int = 10, choice: Choice | None = None, progress: Progress | None = None
    ) -> Iterator[Recommendations]:
        """For every person of whom something is known, in the order of their ids, some hundreds at a time."""
        people = self.known.touches.persons
        rows: list[pa.Table] = []
        with (progress or SilentProgress()).task("recommend", len(people), "people") as task:
            for row, (picks, _) in for_everybody(self.known, _checked(k), choice or Choice()):
                if row % _BLOCK == 0:
                    names = names_of(self.session, "person", people[row : row + _BLOCK])
                rows.append(as_rows(picks, Whom(str(people[row].as_py()), str(names[row % _BLOCK].as_py()))))
                task.advance()
                if len(rows) == _BLOCK or row + 1 == len(people):
                    yield Recommendations(pa.concat_tables(rows), self.notes, provenance=self.made_from)
                    rows = []

    def choice(
        self, *, out_of_stock: Sequence[str] = (), categories: Sequence[str] = (), repeats: str = "no"
    ) -> tuple[Choice, tuple[Reason, ...]]:
        """What may be recommended, from names; and a note where names are not known.

        Raises:
            UsageError: no item is of such a category.
        """
        for category in categories:
            if not self.known.shelf.among(frozenset({category})).any():
                some = sorted(set(self.known.shelf.categories.drop_null().to_pylist()))[:8]
                hint = f"there are {', '.join(some)}" if some else "the items have no categories"
                raise UsageError("category", f"no item is of the category {category!r}", hint)
        out, strange = items_listed(self.known.shelf, out_of_stock)
        notes = (Reason("strange_items", {"rows": strange, "of": len(out_of_stock)}),) if strange else ()
        return Choice(out_of_stock=out, categories=frozenset(categories), repeats=repeats), notes

    @cached_property
    def left_out(self) -> frozenset[str]:
        """Ids of people to whom nothing is recommended."""
        return self.known.learning.left_out | withdrawn(self.session)

    def _answer(self, chosen: Chosen, whom: Whom | None = None) -> Recommendations:
        picks, notes = chosen
        return Recommendations(as_rows(picks, whom), (*notes, *self.notes), provenance=self.made_from)


@contextmanager
def open_room(
    *,
    store: Store,
    engine: Engine,
    zone: str = "Asia/Shanghai",
    learning: Learning | None = None,
    leave_out: Sequence[str] = (),
    progress: Progress | None = None,
) -> Iterator[Room]:
    """Learn from the records, or recall what was learned from the same ones, and answer.

    Args:
        store: the records are read from it, what was learned is kept in its folder `recommend`.
        engine: reads.
        zone: zone of days.
        learning: what is learned from, and how.
        leave_out: people whose data are not used and to whom nothing is recommended, named by id, key or name.
        progress: where to report.

    Raises:
        UsageError: there are no events to learn from.
    """
    settings = learning or Learning()
    snapshot = store.lake.snapshot((*_LEARNED_FROM, *_NAMES))
    models = {task: ModelId(*identity) for task, identity in store.state.current().items()}
    with engine.open(snapshot, Scope(zone, None, models)) as session:
        notes: tuple[Reason, ...] = ()
        if leave_out:
            people, strange = people_listed(session, leave_out)
            settings = replace(settings, left_out=settings.left_out | people)
            if strange:
                notes = (Reason("strange_people", {"rows": strange, "of": len(leave_out)}),)
        versions = {name: version for name, version in snapshot.versions.items() if name in _LEARNED_FROM}
        names = {_TASK: f"{models[_TASK].model}/{models[_TASK].version}"} if _TASK in models else {}
        known = _known(store, session, versions, names, settings, progress or SilentProgress())
        made_from = Provenance("Recommendations", settings.settings, versions, names, engine.name)
        yield Room(session, known, made_from, notes)


def _known(
    store: Store,
    session: Session,
    versions: Mapping[str, int],
    models: Mapping[str, str],
    learning: Learning,
    progress: Progress,
) -> Knowledge:
    def learned() -> Knowledge:
        with progress.task("learning"):
            return learn(session, learning)

    place = place_of(store.folder / "recommend", versions, models, session.zone, learning)
    return recalled(place, learning, learned)


def _checked(k: int) -> int:
    if not 1 <= k <= 1000:
        raise UsageError("k", f"{k} items cannot be recommended", "ask for 1 to 1,000")
    return k
