"""A pipeline of spaCy's as a parser: trained here on invented sentences, saved, loaded, asked. No weights from outside."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jianwei.errors import MissingExtraError, ModelNotFoundError
from jianwei.text.grammar.parsing import PARSED_SCHEMA, parse
from jianwei.text.grammar.spacy_parser import SpacyParser, load_parser
from jianwei.text.opinion.grammar import Pair, pairs_of
from jianwei.text.opinion.judging import aspects

spacy = pytest.importorskip("spacy")

# Words of one character, which is how a blank Chinese pipeline cuts: text, parts of speech, heads, relations as spaCy names them.
SENTENCES = [
    ("菜很香", "NOUN ADV ADJ", [2, 2, 2], "nsubj advmod ROOT"),
    ("饭很咸", "NOUN ADV ADJ", [2, 2, 2], "nsubj advmod ROOT"),
    ("汤太差", "NOUN ADV ADJ", [2, 2, 2], "nsubj advmod ROOT"),
    ("面很好", "NOUN ADV ADJ", [2, 2, 2], "nsubj advmod ROOT"),
    ("我吃菜", "PRON VERB NOUN", [1, 1, 1], "nsubj ROOT dobj"),
    ("他送饭", "PRON VERB NOUN", [1, 1, 1], "nsubj ROOT dobj"),
    ("好汤", "ADJ NOUN", [1, 1], "amod ROOT"),
    ("差饭", "ADJ NOUN", [1, 1], "amod ROOT"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from spacy.tokens import Doc
    from spacy.training import Example

    language = spacy.blank("zh")
    language.add_pipe("morphologizer")
    language.add_pipe("parser", config={"min_action_freq": 1})
    examples = []
    for text, parts, heads, relations in SENTENCES:
        told = Doc(language.vocab, list(text), pos=parts.split(), heads=heads, deps=relations.split())
        examples.append(Example(language.make_doc(text), told))
    spacy.util.fix_random_seed(1)
    optimizer = language.initialize(lambda: examples)
    for _ in range(30):
        language.update(examples, sgd=optimizer)
    path = tmp_path_factory.mktemp("pipeline")
    language.meta.update(name="tiny", version="1.2.3")
    language.to_disk(path)
    return path


@pytest.fixture(scope="module")
def parser(folder: Path) -> SpacyParser:
    return load_parser(folder)


def test_sentences_are_parsed_with_the_names_of_universal_dependencies(parser: SpacyParser) -> None:
    found = parse(["我吃菜", None, "  汤太差"], parser=parser)
    assert found.rows.schema.equals(PARSED_SCHEMA)
    assert found.dependencies
    assert (found.identity.name, found.identity.version) == ("zh_tiny", "1.2.3")
    assert [(t["row"], t["text"], t["pos"], t["head"], t["relation"]) for t in found] == [
        (0, "我", "PRON", 1, "nsubj"),
        (0, "吃", "VERB", None, "root"),
        (0, "菜", "NOUN", 1, "obj"),
        (2, "汤", "NOUN", 2, "nsubj"),
        (2, "太", "ADV", 2, "advmod"),
        (2, "差", "ADJ", None, "root"),
    ]
    assert [(t["start"], t["end"]) for t in found if t["row"] == 2] == [(2, 3), (3, 4), (4, 5)]


def test_its_subjects_and_modifiers_become_pairs(parser: SpacyParser) -> None:
    pairs = pairs_of(parse(["汤太差", "我吃菜", "好汤"], parser=parser).rows)
    assert pairs == {0: [Pair((0, 1), (2, 3))], 1: [Pair((0, 1), (1, 2))], 2: [Pair((1, 2), (0, 1))]}


def test_a_parser_feeds_the_aspects(parser: SpacyParser) -> None:
    found = aspects(["汤太差", "好汤"], parser=parser)
    assert [(a["row"], a["aspect"], a["sentiment"]) for a in found] == [
        (0, "taste", "negative"),
        (1, "taste", "positive"),
    ]


def test_a_pipeline_without_a_parser_knows_no_dependencies(tmp_path: Path) -> None:
    spacy.blank("zh").to_disk(tmp_path)
    found = parse(["菜很咸"], parser=load_parser(tmp_path))
    assert not found.dependencies
    assert found.rows["relation"].null_count == found.rows["pos"].null_count == len(found) == 3


def test_what_is_no_pipeline_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "config.cfg").write_text("not a pipeline", "utf-8")
    for wrong in (tmp_path, tmp_path / "nowhere", "zh_no_such_pipeline"):
        with pytest.raises(ModelNotFoundError) as caught:
            load_parser(wrong)
        assert "spacy download" in caught.value.hint
        assert caught.value.where == str(wrong)


def test_no_installed_pipeline_and_no_spacy_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spacy.util, "get_installed_models", lambda: ["en_core_web_sm"])
    with pytest.raises(ModelNotFoundError, match="no Chinese pipeline"):
        load_parser()
    monkeypatch.setitem(sys.modules, "spacy", None)
    monkeypatch.setattr("jianwei.text.grammar.spacy_parser.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError) as caught:
        load_parser()
    assert "jianwei[parse]" in caught.value.hint
