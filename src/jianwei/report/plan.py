"""What a report asks: every question by the name that findings and sections know it by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jianwei.behavior.anomalies import Anomalies
from jianwei.behavior.aspects import Aspects
from jianwei.behavior.conversion import Conversion
from jianwei.behavior.emotions import Emotions
from jianwei.behavior.flags import Flags
from jianwei.behavior.hours import Hours
from jianwei.behavior.keywords import Keywords
from jianwei.behavior.latency import Latency
from jianwei.behavior.mood import Mood
from jianwei.behavior.mood_by import MoodBy
from jianwei.behavior.near_duplicates import NearDuplicates
from jianwei.behavior.overview import Overview
from jianwei.behavior.picture_kinds import PictureKinds
from jianwei.behavior.ranking import Ranking
from jianwei.behavior.rfm import Rfm
from jianwei.behavior.topics import Topics
from jianwei.behavior.unsafe import Unsafe
from jianwei.behavior.voice_wants import VoiceWants
from jianwei.behavior.voices import Voices
from jianwei.behavior.volume import Volume
from jianwei.behavior.wants import Wants
from jianwei.behavior.words import Words
from jianwei.common.progress import Progress
from jianwei.mining.questions.contrast import Contrast
from jianwei.mining.questions.rules import AssociationRules
from jianwei.mining.questions.sequences import FrequentSequences
from jianwei.query._base import Question
from jianwei.report._base import Answers, Ask

__all__ = ["QUESTIONS", "ask_all"]

QUESTIONS: Mapping[str, Question[Any]] = {
    "overview": Overview(),
    "anomalies": Anomalies(),
    "volume_messages": Volume(of="messages"),
    "volume_events": Volume(of="events"),
    "hours_messages": Hours(of="messages"),
    "hours_events": Hours(of="events"),
    "person_messages": Ranking(by="person", of="messages"),
    "conversation_messages": Ranking(by="conversation", of="messages"),
    "person_events": Ranking(by="person", of="events"),
    "latency": Latency(),
    "mood": Mood(),
    "mood_item": MoodBy(by="item"),
    "mood_person": MoodBy(by="person", direction="in"),
    "mood_conversation": MoodBy(by="conversation"),
    "emotions": Emotions(),
    "emotions_time": Emotions(every="auto"),
    "wants": Wants(),
    "wants_time": Wants(every="auto"),
    "aspects": Aspects(),
    "aspects_time": Aspects(every="auto"),
    "aspects_item": Aspects(by="item", min_rows=5),
    "topics": Topics(),
    "flags": Flags(),
    "flags_time": Flags(every="auto", latest=0),
    "voices": Voices(),
    "voices_time": Voices(every="auto"),
    "voice_wants": VoiceWants(),
    "picture_kinds": PictureKinds(),
    "near_duplicates": NearDuplicates(),
    "unsafe": Unsafe(),
    "unsafe_time": Unsafe(every="auto", latest=0),
    "words_mood": Words(by_label=True),
    "words": Words(),
    "keywords": Keywords(),
    "conversion": Conversion(),
    "rfm": Rfm(),
    "item_events": Ranking(by="item", of="events"),
    "item_amount": Ranking(by="item", of="amount"),
    "rules": AssociationRules(),
    "sequences": FrequentSequences(
        max_length=2, max_gap_days=30, repeats=False, alpha=0.05, only_better=True, order="strength"
    ),
    "contrast": Contrast(),
}


def ask_all(ask: Ask, progress: Progress) -> Answers:
    """The answer to every question of the plan, by name."""
    answers = {}
    with progress.task("report", len(QUESTIONS), "questions") as task:
        for name, question in QUESTIONS.items():
            answers[name] = ask(question)
            task.advance()
    return answers
