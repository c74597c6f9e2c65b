"""The workspace: four parts and nothing more. Every method is one call into a room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from jianwei.common.progress import Progress
from jianwei.common.results import Rows, Unavailable
from jianwei.settings import DEFAULT_WORKSPACE, Settings, read_settings

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

    from jianwei.behavior.rfm import RfmResult
    from jianwei.engines import Engine
    from jianwei.enrich import EnrichReport
    from jianwei.ingest import Decide, ImportReport
    from jianwei.mining.questions.contrast import ContrastResult
    from jianwei.mining.questions.itemsets import FrequentItemsetsResult
    from jianwei.mining.questions.rules import AssociationRulesResult
    from jianwei.mining.questions.sequences import FrequentSequencesResult
    from jianwei.query._base import Question
    from jianwei.recommend import Recommendations
    from jianwei.store import Store
    from jianwei.workspace.pictures.same_faces import SameFacesResult

__all__ = ["Workspace", "open_workspace"]

ResultT = TypeVar("ResultT", bound=Rows)


@dataclass(frozen=True, slots=True)
class Workspace:
    """One folder of records and everything that was worked out from them.

    Attributes:
        settings: see `jianwei.settings`.
        store: the lake and the state.
        engine: what computes.
        models: folder with models of one's own that go before the packaged ones, or None.
    """

    settings: Settings
    store: Store
    engine: Engine
    models: Path | None = None

    def import_files(
        self,
        paths: Sequence[str | Path],
        *,
        account: str | None = None,
        format: str = "auto",
        mapping: dict[str, str] | None = None,
        table: str | None = None,
        progress: Progress | None = None,
        decide: Decide | None = None,
    ) -> ImportReport:
        """Bring files, folders and zip archives in; reading the same file again adds nothing.

        Args:
            paths: what to import.
            account: account the rows belong to; default from the settings.
            format: name of a source, or "auto".
            mapping: canonical field → column, when sniffing is not sure or not right.
            table: kind of table, likewise.
            progress: where to report.
            decide: asked whether a proposed mapping is right; default: unsure files are reported, not guessed.

        Returns:
            An ImportReport with `.read`, `.new`, `.duplicate`, `.rejected` (rows by table) and `.inputs`.
        """
        from jianwei.ingest import ImportOptions, import_files
        from jianwei.ingest._base import refuse

        options = ImportOptions(
            account=account or self.settings.account,
            zone=self.settings.timezone,
            format=format,
            mapping=mapping,
            table=table,
        )
        return import_files(paths, store=self.store, options=options, progress=progress, decide=decide or refuse)

    def enrich(self, *, stages: Sequence[str] | None = None, progress: Progress | None = None) -> EnrichReport:
        """Let models answer every record they have not answered yet.

        Args:
            stages: some of "speech", "vision", "unsafe" and "text"; they run in this order. None: all that have something to read and
                whose models are here; the report names those that were skipped.
            progress: where to report.

        Raises:
            MissingExtraError: what a stage that was named needs is not installed.
        """
        from jianwei.enrich import Skipped, Stage, enrich
        from jianwei.enrich.choosing import chosen_stages
        from jianwei.enrich.stages import find_stages

        chosen: Iterator[Stage | Skipped]
        if stages is None:
            chosen = chosen_stages(self.store, self.engine, self.models)
        else:
            current = self.store.state.current
            chosen = iter(find_stages(stages, models=self.models, folder=self.store.folder, current=current))
        workers = self.settings.processes
        return enrich(chosen, store=self.store, engine=self.engine, workers=workers, progress=progress)

    def answer(self, question: Question[ResultT], *, inputs: frozenset[str] | None = None) -> ResultT | Unavailable:
        """The typed result of a question; `inputs` restricts it to what some inputs hold."""
        from jianwei.questions import Coverage, answer

        coverage = Coverage(self.settings.timezone, inputs)
        return answer(question, store=self.store, engine=self.engine, coverage=coverage)

    def recommend(self, **asked: Any) -> Recommendations:
        """What to recommend: `person="…"`, `basket=[…]`, `item="…"`, `popular=True` or `new=True`, with `k=10` and more.

        See `jianwei.recommend.recommended` for everything that can be asked.
        """
        from jianwei.recommend import recommended

        return recommended(store=self.store, engine=self.engine, zone=self.settings.timezone, **asked)

    def same_faces(self, **settings: Any) -> SameFacesResult:
        """Faces by the person whom they seem to show, in the pictures of people whose consent is on record.

        See `jianwei.workspace.pictures.same_faces`.
        """
        from jianwei.workspace.pictures.same_faces import same_faces

        return same_faces(self, **settings)

    def table(self, name: str) -> ibis.Table:
        """A canonical table at its newest version as an ibis expression (the embedded engine stays open for it)."""
        from jianwei.workspace.tables import open_table

        return open_table(name, self.store, self.settings.timezone)

    def sql(self, query: str) -> pa.Table:
        """The result of a SELECT over the canonical tables and the derived ones, computed by the embedded engine."""
        from jianwei.workspace.tables import run_sql

        return run_sql(query, self.store, self.settings.timezone)

    def derived(self, name: str) -> pa.Table:
        """A table that was worked out and kept, such as "rules"; what it was made from: `store.derived().get(name)`."""
        from jianwei.workspace.tables import read_derived

        return read_derived(name, self.store).rows

    def keep(self, name: str, result: Rows) -> None:
        """Keep the rows of a result as the derived table `name`, in place of an older one."""
        from jianwei.workspace.tables import keep

        keep(name, result, self.store)

    def rfm(self, **settings: Any) -> RfmResult | Unavailable:
        """Short for `answer(Rfm(...))`."""
        from jianwei.behavior.rfm import Rfm

        return self.answer(Rfm(**settings))

    def itemsets(self, **settings: Any) -> FrequentItemsetsResult | Unavailable:
        """Short for `answer(FrequentItemsets(...))`."""
        from jianwei.mining.questions.itemsets import FrequentItemsets

        return self.answer(FrequentItemsets(**settings))

    def rules(self, **settings: Any) -> AssociationRulesResult | Unavailable:
        """Short for `answer(AssociationRules(...))`."""
        from jianwei.mining.questions.rules import AssociationRules

        return self.answer(AssociationRules(**settings))

    def sequences(self, **settings: Any) -> FrequentSequencesResult | Unavailable:
        """Short for `answer(FrequentSequences(...))`."""
        from jianwei.mining.questions.sequences import FrequentSequences

        return self.answer(FrequentSequences(**settings))

    def contrast(self, **settings: Any) -> ContrastResult | Unavailable:
        """Short for `answer(Contrast(...))`."""
        from jianwei.mining.questions.contrast import Contrast

        return self.answer(Contrast(**settings))


def open_workspace(folder: str | Path = DEFAULT_WORKSPACE, **arguments: Any) -> Workspace:
    """Open a workspace; creates it when missing.

    Args:
        folder: where it lies.
        arguments: settings that go before jianwei.toml and the environment.

    Raises:
        SettingsError: a setting is wrong.
        StoreError: the folder cannot be used.
    """
    from jianwei.engines.duckdb import DuckDBEngine
    from jianwei.store import open_store

    path = Path(folder)
    settings = read_settings(path, arguments=arguments)
    url = settings.state_url.reveal() if settings.state_url else None
    return Workspace(settings, open_store(path, state_url=url), DuckDBEngine())
