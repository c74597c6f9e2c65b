"""Texts: words, classes, sentiment, aspects, keywords, topics, personal data, language models. Pure: texts in, arrays out.

Everything is loaded at first use, so that `import jianwei.text` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jianwei.text.builtin import emotion, load_builtin, sentiment, topic
    from jianwei.text.classifier import TextClassifier
    from jianwei.text.cutting.dictionary import Dictionary
    from jianwei.text.cutting.kinds import TypedTokens, typed_tokens
    from jianwei.text.cutting.normal import normalize
    from jianwei.text.cutting.words import tokenize
    from jianwei.text.evaluation import Evaluation, Leaks, evaluate, leaks
    from jianwei.text.grammar.parsing import Parsed, parse
    from jianwei.text.lm._base import Suggestion
    from jianwei.text.lm.model import LanguageModel
    from jianwei.text.loading import load_classifier
    from jianwei.text.moderation import Judgements, judge
    from jianwei.text.opinion.judging import Aspects, aspects
    from jianwei.text.personal.entities import Entities, find_entities
    from jianwei.text.personal.masking import Redacted, redact
    from jianwei.text.pretrained.few_shot import FewShotClassifier
    from jianwei.text.pretrained.transformer import TransformerClassifier
    from jianwei.text.pretrained.zero_shot import ZeroShotClassifier
    from jianwei.text.salience.graph import textrank
    from jianwei.text.salience.phrases import keyphrases
    from jianwei.text.salience.terms import Keywords, keywords
    from jianwei.text.scores import ClassScores, SentimentScores
    from jianwei.text.topicmodel.answer import Topics, topics
    from jianwei.text.topicmodel.model import TopicModel

    STOPWORDS: frozenset[str]

__all__ = [
    "STOPWORDS",
    "Aspects",
    "ClassScores",
    "Dictionary",
    "Entities",
    "Evaluation",
    "FewShotClassifier",
    "Judgements",
    "Keywords",
    "LanguageModel",
    "Leaks",
    "Parsed",
    "Redacted",
    "SentimentScores",
    "Suggestion",
    "TextClassifier",
    "TopicModel",
    "Topics",
    "TransformerClassifier",
    "TypedTokens",
    "ZeroShotClassifier",
    "aspects",
    "emotion",
    "evaluate",
    "find_entities",
    "judge",
    "keyphrases",
    "keywords",
    "leaks",
    "load_builtin",
    "load_classifier",
    "normalize",
    "parse",
    "redact",
    "sentiment",
    "textrank",
    "tokenize",
    "topic",
    "topics",
    "typed_tokens",
]

# No module bears the name of a function: the import system would put the module in the function's place.
_NAMES = {
    "builtin": "emotion load_builtin sentiment topic",
    "classifier": "TextClassifier",
    "cutting.dictionary": "Dictionary",
    "personal.entities": "Entities find_entities",
    "evaluation": "Evaluation Leaks evaluate leaks",
    "pretrained.few_shot": "FewShotClassifier",
    "salience.graph": "textrank",
    "cutting.kinds": "TypedTokens typed_tokens",
    "loading": "load_classifier",
    "lm._base": "Suggestion",
    "lm.model": "LanguageModel",
    "personal.masking": "Redacted redact",
    "moderation": "Judgements judge",
    "cutting.normal": "normalize",
    "opinion.judging": "Aspects aspects",
    "grammar.parsing": "Parsed parse",
    "salience.phrases": "keyphrases",
    "scores": "ClassScores SentimentScores",
    "salience.terms": "Keywords keywords",
    "topicmodel.answer": "Topics topics",
    "topicmodel.model": "TopicModel",
    "pretrained.transformer": "TransformerClassifier",
    "cutting.words": "tokenize",
    "pretrained.zero_shot": "ZeroShotClassifier",
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name == "STOPWORDS":
        return import_module("jianwei.text.cutting.stopwords").stopwords()
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"jianwei.text.{_HOMES[name]}"), name)
