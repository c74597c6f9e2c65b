"""The one list of analyses. A new analysis is one file with a question in it, and one line here.

Command line, REST, forms and report blocks are made from these entries; nothing is imported before it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from importlib import import_module
from typing import Any

from jianwei.errors import UsageError

__all__ = ["CATALOG", "Entry", "Setting", "find", "settings_of"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One analysis.

    Attributes:
        name: how it is called everywhere, e.g. "mood-by".
        group: the command group it stands in, "behavior" or "mine".
        path: module and class of its question.
    """

    name: str
    group: str
    path: str

    def load(self) -> type[Any]:
        """The question's class."""
        module, _, name = self.path.partition(":")
        question: type[Any] = getattr(import_module(module), name)
        return question


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a question, as a door needs it to make an option of it."""

    name: str
    type: str
    default: Any
    help: str
    minimum: float | None
    maximum: float | None
    choices: tuple[str, ...] | None


CATALOG: tuple[Entry, ...] = (
    Entry("overview", "behavior", "jianwei.behavior.overview:Overview"),
    Entry("volume", "behavior", "jianwei.behavior.volume:Volume"),
    Entry("hours", "behavior", "jianwei.behavior.hours:Hours"),
    Entry("ranking", "behavior", "jianwei.behavior.ranking:Ranking"),
    Entry("latency", "behavior", "jianwei.behavior.latency:Latency"),
    Entry("words", "behavior", "jianwei.behavior.words:Words"),
    Entry("keywords", "behavior", "jianwei.behavior.keywords:Keywords"),
    Entry("topics", "behavior", "jianwei.behavior.topics:Topics"),
    Entry("mood", "behavior", "jianwei.behavior.mood:Mood"),
    Entry("mood-by", "behavior", "jianwei.behavior.mood_by:MoodBy"),
    Entry("emotions", "behavior", "jianwei.behavior.emotions:Emotions"),
    Entry("wants", "behavior", "jianwei.behavior.wants:Wants"),
    Entry("aspects", "behavior", "jianwei.behavior.aspects:Aspects"),
    Entry("flags", "behavior", "jianwei.behavior.flags:Flags"),
    Entry("voices", "behavior", "jianwei.behavior.voices:Voices"),
    Entry("voice-wants", "behavior", "jianwei.behavior.voice_wants:VoiceWants"),
    Entry("picture-kinds", "behavior", "jianwei.behavior.picture_kinds:PictureKinds"),
    Entry("pictures", "behavior", "jianwei.behavior.pictures:Pictures"),
    Entry("near-duplicates", "behavior", "jianwei.behavior.near_duplicates:NearDuplicates"),
    Entry("unsafe", "behavior", "jianwei.behavior.unsafe:Unsafe"),
    Entry("rfm", "behavior", "jianwei.behavior.rfm:Rfm"),
    Entry("conversion", "behavior", "jianwei.behavior.conversion:Conversion"),
    Entry("anomalies", "behavior", "jianwei.behavior.anomalies:Anomalies"),
    Entry("itemsets", "mine", "jianwei.mining.questions.itemsets:FrequentItemsets"),
    Entry("sequences", "mine", "jianwei.mining.questions.sequences:FrequentSequences"),
    Entry("contrast", "mine", "jianwei.mining.questions.contrast:Contrast"),
    Entry("rules", "mine", "jianwei.mining.questions.rules:AssociationRules"),
)


def find(name: str) -> Entry:
    """The entry called `name`.

    Raises:
        UsageError: there is none; lists those there are.
    """
    for entry in CATALOG:
        if entry.name == name:
            return entry
    raise UsageError("question", f"{name!r} is unknown", f"known are {', '.join(e.name for e in CATALOG)}")


def settings_of(question: type[Any]) -> tuple[Setting, ...]:
    """The settings of a question's class, in order."""
    return tuple(
        Setting(
            name=item.name,
            type=str(item.type),
            default=item.default,
            help=item.metadata["help"],
            minimum=item.metadata["minimum"],
            maximum=item.metadata["maximum"],
            choices=item.metadata["choices"],
        )
        for item in fields(question)
    )
