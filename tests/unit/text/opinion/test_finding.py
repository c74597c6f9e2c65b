"""What the words of invented reviews say: aspects and signs, negation, contrast, domains. No model is asked."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.text.opinion.finding import Mention, domain_of, find_mentions
from jianwei.text.opinion.grammar import Pair
from jianwei.text.opinion.lists import ASPECTS, lists


def told(text: str) -> str:
    """Aspects in order, each once, with + - 0 for what its mentions add up to; ? where only a model can tell."""
    sums: dict[str, list[float | None]] = {}
    for mention in find_mentions(text, lists()):
        sums.setdefault(mention.aspect, []).append(mention.sign)
    return " ".join(aspect + _sign([s for s in signs if s is not None]) for aspect, signs in sums.items())


def _sign(signs: list[float]) -> str:
    if not signs:
        return "?"
    return "+" if sum(signs) > 0 else "-" if sum(signs) < 0 else "0"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # named and judged
        ("服务态度很好", "service+"),
        ("老板娘服务真差", "service-"),
        ("味道和服务都不错", "taste+ service+"),
        ("快递很快味道不错", "delivery+ taste+"),
        ("很好的服务", "service+"),
        ("贴心服务，下次还来", "service+"),
        ("包装一般", "packaging0"),
        # said in one word
        ("太贵了", "price-"),
        ("第二天就到了", "delivery+"),
        ("等了两个多小时", "delivery-"),
        ("十点下的单，一点半才送到", "delivery-"),
        ("面都坨了", "taste-"),
        ("汤全洒了", "packaging-"),
        ("里面有根头发丝和一只虫子", "hygiene-"),
        ("少送了一份米饭", "match- taste?"),
        ("买到假货了", "authenticity-"),
        ("不给退也不给换", "aftersale-"),
        ("袖子都开线了", "quality-"),
        # negation
        ("不好吃", "taste-"),
        ("不贵", "price+"),
        ("一点都不便宜", "price-"),
        ("没那么新鲜", "taste-"),
        ("不是很热情", "service-"),
        ("没有异味", "hygiene+"),
        ("房间没有热水，大堂很吵", "facilities- environment-"),
        ("吸管没有，发票也没有", "match-"),
        # contrast
        ("送得快但是不好吃", "delivery+ taste-"),
        ("好吃就是贵", "taste+ price-"),
        ("物流就是快", "delivery+"),
        ("虽然价格贵了点，不过质量没得说", "price- quality+"),
        # wishes are no praise
        ("希望味道能更好", "taste?"),
        ("给孩子买的，希望好用", ""),
        # the same word elsewhere
        ("手机运行速度很快", "use+"),
        ("手机和快递都很好", "quality+ delivery+"),
        ("前台办理入住太慢", "service-"),
        ("房间有股难闻的味道", "hygiene-"),
        ("这本小说很无聊", "content-"),
        ("洗完头皮很痒", "use-"),
        ("裤子太长", "fit-"),
        # neither praise nor blame
        ("今天中午吃什么", ""),
        ("师傅麻烦快点", "delivery?"),
        ("宝贵意见", ""),
        ("", ""),
    ],
)
def test_invented_reviews(text: str, expected: str) -> None:
    assert told(text) == expected


def test_a_judgement_may_come_a_clause_later() -> None:
    (mention,) = find_mentions("他们家的服务态度，真的太差了", lists())
    assert (mention.aspect, mention.sign) == ("service", -1.0)
    assert "差" in "他们家的服务态度，真的太差了"[mention.start : mention.end]
    assert find_mentions("我问了服务态度。今天真的太差了", lists())[0].sign is None


@pytest.mark.parametrize(
    ("text", "domain"),
    [("房间很旧，前台不错", "hotel"), ("手机屏幕不错", "device"), ("这本书的作者", "book"), ("不错", ""), ("", "")],
)
def test_domains(text: str, domain: str) -> None:
    assert domain_of(text, lists()) == domain


@given(st.text(st.sampled_from(list("服务不很好吃贵快递慢味道但是，。没有太房间的！ ")), max_size=30))
@settings(max_examples=150, deadline=None)
def test_mentions_lie_in_their_piece_and_clause(text: str) -> None:
    found = find_mentions(text, lists())
    for mention in found:
        assert mention.aspect in ASPECTS
        assert mention.clause[0] <= mention.start < mention.end <= mention.clause[1] <= len(text)
        assert mention.piece[0] <= mention.start < mention.end <= mention.piece[1]
        assert mention.sign is None or -1 <= mention.sign <= 1
    assert found == sorted(found, key=lambda m: (m.start, m.end, ASPECTS.index(m.aspect)))


def test_what_a_parser_joins_goes_before_what_stands_beside() -> None:
    text = "包装和上次一样的那种味道很好"  # 味道 is the neighbour, 包装 the subject
    at = {word: (text.index(word), text.index(word) + len(word)) for word in ("包装", "味道", "好")}

    def signs(pairs: list[Pair]) -> dict[str, float | None]:
        found: list[Mention] = find_mentions(text, lists(), pairs)
        return {mention.aspect: mention.sign for mention in found}

    assert signs([Pair(at["包装"], at["好"])]) == {"packaging": 1.0, "taste": None}
    assert signs([Pair(at["味道"], at["好"])])["taste"] == 1.0
