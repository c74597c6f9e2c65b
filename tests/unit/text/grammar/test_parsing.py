"""Parts of speech without any extra: places, sentences, and an honest word about what is not known."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import UsageError
from jianwei.text.grammar.parsing import PARSED_SCHEMA, parse

UPOS = {
    "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X",
}  # fmt: skip
TEXT = st.text(
    st.sampled_from(list("服务很好菜太咸了。！？ \n\t，OK3个👍[微笑]＃é")) | st.characters(codec="utf-8"), max_size=40
)


@given(st.lists(st.none() | TEXT, max_size=4))
@settings(max_examples=60, deadline=None)
def test_tokens_stand_where_they_say_and_cover_all_that_is_no_blank(texts: list[str | None]) -> None:
    found = parse(texts)
    assert found.rows.schema.equals(PARSED_SCHEMA)
    for row, text in enumerate(texts):
        tokens = [token for token in found if token["row"] == row]
        assert [token["token"] for token in tokens] == list(range(len(tokens)))
        assert all((text or "")[token["start"] : token["end"]] == token["text"] for token in tokens)
        covered = {at for token in tokens for at in range(token["start"], token["end"])}
        assert not any(not sign.isspace() for at, sign in enumerate(text or "") if at not in covered)
        sentences = [token["sentence"] for token in tokens]
        assert sentences == sorted(sentences)
        assert {token["pos"] for token in tokens} <= UPOS


def test_sentences_end_at_their_marks() -> None:
    found = parse(["菜咸了！！服务呢？\n不错", "好。"])
    ends = [(token["row"], token["sentence"], token["text"]) for token in found]
    assert [(row, sentence) for row, sentence, text in ends if text in ("菜", "服务", "不错", "好")] == [
        (0, 0), (0, 1), (0, 2), (1, 0),
    ]  # fmt: skip


def test_marks_numbers_and_foreign_words() -> None:
    found = {token["text"]: token["pos"] for token in parse(["我 买 了 3 件 ， OK 👍"])}
    assert (found["，"], found["3"], found["OK"], found["👍"], found["我"]) == ("PUNCT", "NUM", "X", "SYM", "PRON")


def test_what_it_does_not_know_is_null_and_said() -> None:
    found = parse(["快递很慢"])
    assert not found.dependencies
    assert found.identity.name == "rjieba-tag"
    assert found.rows["head"].null_count == found.rows["relation"].null_count == len(found) > 0


def test_many_texts_keep_their_numbers() -> None:
    found = parse(["好"] * 2500)
    assert found.rows["row"].to_pylist() == list(range(2500))


def test_one_text_is_refused() -> None:
    with pytest.raises(UsageError, match="one text"):
        parse("快递很慢")
