"""What customers ask of a shop: texts with topics to train on, and the sentences that the report is made of.

    python tools/service_topics.py DATA [--wrong]

trains the linear model as a trial and prints what it scores. DATA is a folder with one folder a set, `<set>/data.parquet`.

* `training(DATA)` yields texts and their topics: templates written for Jianwei (`seeds/service_topics.tsv`), filled and roughened by a
  seeded generator, and texts of public sets that a rule of high precision labels. A rule must never see what is reported: the tenth of
  every set with hash 0 is left out.
* `reported(DATA)` gives real sentences labelled by hand (`benchmarks/data/service_topics.tsv`), all of that tenth.

Topics do not exclude each other ("没收到货，退款" is two of them). "other" is what a shop is not asked about.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from jianwei.text.evaluation.keys import key_of, tenth
from jianwei.text.linear import LinearModel, NGrams, Recipe

__all__ = ["TOPICS", "Row", "reported", "training"]

TOPICS = (
    "shipping", "return", "refund", "price", "product", "stock", "order", "invoice", "payment", "complaint", "repair", "member",
    "agent", "greeting", "other",
)  # fmt: skip
SEEDS = Path(__file__).with_name("seeds") / "service_topics.tsv"
LABELS = Path(__file__).parents[1] / "benchmarks" / "data" / "service_topics.tsv"
FILLS = 8
LONGEST = 60

_SLOTS = {
    "物": "衣服 裤子 鞋子 杯子 锅 耳机 手机壳 洗发水 苹果 书 台灯 包包 沙发 奶粉 蛋糕 充电宝 行李箱 拖鞋 被子 面膜 水壶 键盘",
    "时": "三天 五天 一周 一个礼拜 半个月 两个小时 一个多小时 好几天 十来天 四十分钟 2天 7天 48小时 一上午",
    "地": "北京 上海 广州 新疆 西藏 成都 黑龙江 杭州 乡下 内蒙古 海南 县城",
    "数": "110 120 130 36 38 42 170 XL M 2XL 95",
    "钱": "10块 20元 50 100块钱 9块9 三百 30",
    "号": "2023110588 88231 SF10338 917734002 330",
    "司": "杭州某某科技有限公司 某某商贸 我们公司",
}
_BEFORE = [
    "",
    "",
    "",
    "",
    "",
    "",
    "请问",
    "请问一下",
    "那个",
    "老板",
    "掌柜的",
    "问下",
    "想问一下",
    "麻烦问下",
    "就是",
    "我想问",
]
_AFTER = [
    "",
    "",
    "",
    "",
    "",
    "？",
    "?",
    "呀",
    "啊",
    "呢",
    "哈",
    "吖",
    "。",
    "！",
    "~",
    "？？",
    "哦",
    "嘛",
    "急",
    "[微笑]",
    "🙏",
]
_TYPOS = (
    "什么 神马|怎么 肿么|没有 木有|可以 阔以|喜欢 稀饭|退款 退宽|发货 法货|快递 快第|优惠 优会|尺码 尺吗|在吗 在嘛|会员 会圆|"
    "质量 质料|发票 fa票|这个 介个|收到 收道"
)
_SYNONYMS = (
    "什么时候 啥时候 几时 多久 哪天 何时|怎么 咋 如何 怎样|可以 能 能不能 可不可以|什么 啥|多少钱 啥价 什么价位 几块钱|"
    "快递 包裹 快件|发货 发出 寄出 发|退款 退钱|坏了 出毛病了 用不了了 不好使了|东西 商品 宝贝 货|收到 拿到|帮我 麻烦 给我 替我|"
    "我要 我想 想 需要|没有 没|优惠 折扣|还没 到现在还没 一直没|吗 不 么 嘛|太 真 特别 好|客服 客服人员 在线客服|修 维修|改 换 修改|"
    "查一下 查查 看一下 看看|电话 手机号 号码|地址 收货地址|钱 钱款|订单 单子|发一下 发我"
)

# Set → column, most texts taken, and rules: whoever matches has the topic; the last pattern is what an "other" must not hold.
_ASKED = (
    r"快递|物流|发货|送货|配送|送餐|到货|收货|单号|退|换货|价|优惠|多少钱|红包|券|便宜|贵|打折|货到|有货|没货|缺货|断货|库存|订单|地址|下单|取消|备注|发票|"
    r"付|支付|花呗|借呗|白条|分期|还款|充值|扣|转账|银行卡|坏|破|假|质量|投诉|差评|垃圾|骗|少送|漏|错|修|售后|保修|安装|会员|积分|等级|人工|客服|"
    r"你好|您好|谢谢|感谢|辛苦|再见|在吗|尺码|码|怎么用|材质|正品|哪个好|牌子|好用|什么好|差|慢|快|烂|酸|臭|凉|洒"
)
_REVIEW = {
    "shipping": r"快递|物流|发货|送货|配送|送餐|到货|送到|送来|骑士|骑手|外卖小哥",
    "invoice": r"发票",
    "refund": r"退款|退钱|退我",
    "return": r"退货|换货|退换|要求退|想退",
    "price": r"降价|价保|保价|差价|优惠|打折|满减|便宜|实惠|太贵|价格|性价比|划算",
    "stock": r"缺货|没货|断货|有货",
    "payment": r"货到付款|付款|支付|刷卡",
    "complaint": (
        r"坏了|破损|破了|假货|少送|漏送|漏发|少发|送错|发错|发霉|虫|头发|过期|质量(?:太|很|真|非常)?差|质量不好|烂了|烂的|难吃|垃圾|骗|投诉|没熟|臭|划痕|死机|"
        r"掉色|客服.{0,4}(?:差|不理|不回)|态度(?:很|太|极|真)?差"
    ),
    "member": r"会员|积分",
    "repair": r"售后|维修|保修|返修",
    "greeting": r"辛苦|谢谢|感谢|多谢",
    "product": r"尺码|码数|偏大|偏小|合身",
}
_FINANCE = {
    "payment": r"花呗|借呗|支付|还款|付款|转账",
    "refund": r"退款",
    "price": r"红包|优惠|免息|立减",
    "invoice": r"发票",
    "member": r"会员|积分",
    "agent": r"人工|客服",
    "return": r"退货",
}
_QUESTIONS = {
    "price": r"多少钱|价格|怎么卖",
    "member": r"会员|积分",
    "product": r"怎么用|怎么安装|什么牌子|哪个牌子|质量怎么样|好用吗|是正品吗|哪个好用|使用方法",
    "agent": r"客服电话|人工客服|转人工",
    "payment": r"支付宝|支付密码|财付通|信用卡|银行卡|转账|充值",
    "refund": r"退款",
    "shipping": r"快递|物流|包邮",
    "invoice": r"发票",
    "repair": r"坏了怎么|维修|保修|怎么修",
    "greeting": r"^(?:您好|你好)|为您服务|谢谢亲",
}
_SETS: tuple[tuple[str, str, int, dict[str, str]], ...] = (
    ("waimai_10k", "text", 2500, _REVIEW),
    ("online_shopping_10_cats", "text", 5000, _REVIEW),
    ("afqmc", "text_a", 2500, _FINANCE),
    ("lcqmc", "text_a", 2500, _QUESTIONS),
    ("crosswoz", "text", 1000, {}),
    ("kdconv", "text", 1000, {}),
    ("medical_faq_zh", "title", 1000, {}),
    ("tv_subtitle_dialogue", "text", 2500, {}),
    ("nus_sms_zh", "text", 2000, {}),
    ("chatterbot_zh", "question", 400, {}),
    ("egret_wenda_faq", "question", 500, {}),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A text and its topics; source: "seeds", or the set it is from; template: the seed it was made of."""

    text: str
    topics: frozenset[str]
    source: str
    template: str = ""


def training(folder: Path, seed: int = 0) -> Iterator[Row]:
    """What may be trained on, in an order of its own: the same folder and seed give the same rows.

    Args:
        folder: the sets; those that are not there are left out, the templates always come.
    """
    held = {key_of(row.text) for row in reported(folder)}
    seen: set[str] = set()
    for row in (*seeded(seed), *_weak(folder)):
        key = key_of(row.text)
        if key not in held and key not in seen:
            seen.add(key)
            yield row


def reported(folder: Path) -> list[Row]:
    """The sentences labelled by hand, as far as their sets are there."""
    tables: dict[tuple[str, str], list[str]] = {}
    rows = []
    for line in LABELS.read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        name, column, at, topics = line.split("\t")
        file = folder / name / "data.parquet"
        if (name, column) not in tables and file.is_file():
            tables[name, column] = pq.read_table(file, columns=[column])[column].to_pylist()
        if (name, column) in tables:
            rows.append(Row(tables[name, column][int(at)], frozenset(topics.split(",")), name))
    return rows


def templates() -> Iterator[tuple[frozenset[str], str]]:
    """Topics and text of every line of the seeds."""
    for line in SEEDS.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            topics, template = line.split("\t")
            yield frozenset(topics.split(",")), template


def seeded(seed: int = 0) -> Iterator[Row]:
    """The templates, each as it stands and in several other words."""
    for topics, template in templates():
        rng = random.Random(f"{seed}:{template}")  # noqa: S311 - not for secrets
        yield Row(re.sub(r"\{(.)\}", lambda slot: _SLOTS[slot[1]].split()[0], template), topics, "seeds", template)
        for _ in range(FILLS):
            yield Row(_rough(_filled(template, rng), rng), topics, "seeds", template)


def _filled(template: str, rng: random.Random) -> str:
    return re.sub(r"\{(.)\}", lambda slot: rng.choice(_SLOTS[slot[1]].split()), template)


def _rough(text: str, rng: random.Random) -> str:
    """The text in other words, with what people put before and after it, and sometimes a slip."""
    text = _replaced(_replaced(text, _SYNONYMS, 0.4, rng), _TYPOS, 0.08, rng)
    if rng.random() < 0.06 and len(text) > 5:
        at = rng.randrange(len(text))
        text = text[:at] + text[at + 1 :]
    if rng.random() < 0.2:
        text = re.sub(r"[ ，。？！]", "", text)
    return rng.choice(_BEFORE) + text + rng.choice(_AFTER)


def _replaced(text: str, listed: str, chance: float, rng: random.Random) -> str:
    for entry in listed.split("|"):
        word, *others = entry.split()
        if word in text and rng.random() < chance:
            text = text.replace(word, rng.choice(others), 1)
    return text


def _weak(folder: Path) -> Iterator[Row]:
    asked = re.compile(_ASKED)
    for name, column, most, rules in _SETS:
        file = folder / name / "data.parquet"
        if not file.is_file():
            continue
        table = pq.read_table(file)
        judged = table["label"].to_pylist() if rules is _REVIEW else [None] * table.num_rows
        texts = dict(zip(table[column].to_pylist(), judged, strict=True))
        found = {topic: re.compile(rule) for topic, rule in rules.items()}
        short = (text for text in texts if text and len(text) <= LONGEST)
        mixed = sorted(short, key=lambda text: sha256(text.encode()).digest())
        labelled = ((text, _topics(text, found, asked, texts[text])) for text in mixed)
        told = ((text, topics) for text, topics in labelled if topics and tenth(key_of(text)) != 0)
        for text, topics in islice(told, most):
            yield Row(text, topics, name)


def _topics(text: str, found: dict[str, re.Pattern[str]], asked: re.Pattern[str], judged: int | None) -> frozenset[str]:
    """What the rules say, nothing where they cannot tell; `judged` is 1 for a review that praises, 0 for one that blames."""
    topics = {topic for topic, rule in found.items() if rule.search(text)}
    if judged == 1:
        topics.discard("complaint")
    if not topics and judged == 0:
        return frozenset({"complaint"})
    return frozenset(topics) if topics or asked.search(text) else frozenset({"other"})


def truth(rows: list[Row]) -> NDArray[np.bool_]:
    """bool [n, topics]."""
    return np.array([[topic in row.topics for topic in TOPICS] for row in rows], bool)


def fitted(rows: list[Row]) -> LinearModel:
    """The model that is tried here; a rule's word counts a tenth of a seed's."""
    from jianwei.text.linear.training import train  # scikit-learn, which takes long to import

    texts = pa.array([row.text for row in rows], pa.string())
    weights = np.array([1.0 if row.source == "seeds" else 0.1 for row in rows])
    return train(
        "service-topics", TOPICS, "multi-label", texts, truth(rows), Recipe(NGrams(1, 2, 17), min_texts=2), weights
    )


def claims(model: LinearModel, rows: list[Row]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """bool [n, topics]: what the model says (0.5 and above, and the likeliest topic always), and the likeliest topic alone."""
    chances = model.probabilities(pa.array([row.text for row in rows], pa.string()))
    first = chances == chances.max(axis=1, keepdims=True)
    return first | (chances >= 0.5), first


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--wrong", action="store_true", help="print the sentences that it gets wrong")
    given = parser.parse_args()
    rows, tested = list(training(given.data)), reported(given.data)
    (said, first), told = claims(fitted(rows), tested), truth(tested)
    seeds = sum(row.source == "seeds" for row in rows)
    print(f"{len(rows):,} texts, {seeds:,} of them from seeds; {len(tested)} sentences reported")
    print("\n| topic | sentences | precision | recall | F1 |\n|---|---|---|---|---|")
    scores = []
    for at, topic in enumerate(TOPICS):
        right, claimed, there = (int(flags[:, at].sum()) for flags in (said & told, said, told))
        scores.append(2 * right / max(claimed + there, 1))
        print(f"| {topic} | {there} | {right / max(claimed, 1):.2f} | {right / max(there, 1):.2f} | {scores[-1]:.2f} |")
    right, claimed, there = (int(flags.sum()) for flags in (said & told, said, told))
    print(f"| micro | {there} | {right / claimed:.3f} | {right / there:.3f} | {2 * right / (claimed + there):.3f} |")
    print(f"\nmacro-F1 {np.mean(scores):.3f}; the likeliest topic is right for {(first & told).any(axis=1).mean():.3f}")
    kept = [Row(text, topics, "seeds") for topics, text in templates() if _held_back(text)]
    others = [row for row in rows if not row.template or not _held_back(row.template)]
    _, likeliest = claims(fitted(others), kept)
    print(f"of {len(kept)} templates held back, unfilled: {(likeliest & truth(kept)).any(axis=1).mean():.3f}")
    if given.wrong:
        for row, own in zip(tested, said, strict=True):
            claimed_topics = {topic for topic, flag in zip(TOPICS, own, strict=True) if flag}
            if claimed_topics != row.topics:
                print(sorted(row.topics), sorted(claimed_topics), row.text, sep="\t")


def _held_back(template: str) -> bool:
    return sha256(template.encode()).digest()[0] % 5 == 0


if __name__ == "__main__":
    main()
