"""Train the packaged moderation model, and measure it on what it did not see.

    python tools/moderation_data.py DATA [--out src/jianwei/text/data] [--labels benchmarks/data/moderation.tsv] [--wrong]

DATA is a folder with one folder a set, `<set>/data.parquet`. Texts are of three kinds:

* templates written for Jianwei (`seeds/moderation.tsv`), filled and disguised by a seeded generator; a fifth of them is held out, whole;
* advertising mails (zh_spam_mail, 1), and insults to somebody's face in subtitles and posts, found by a pattern (`INSULT`);
* normal texts of public sets. What an insult or an advertisement may hide in (`DOUBT`) is left out of training, never of the report.

No held-out text is trained on, whatever set it stands in. The tenth with hash 0 is reported, that with hash 1 chooses the thresholds.
Put rows of your own into `seeds/moderation.tsv`. The same command gives the same bytes on the same machine.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from jianwei.models import Located
from jianwei.text.evaluation import key_of, tenth
from jianwei.text.linear import LinearModel, NGrams, Recipe
from jianwei.text.linear.training import train
from jianwei.text.moderation.judging import CLASSES, ENTRY, NORMAL, Moderator, above, supported
from jianwei.text.moderation.plain import masked, plain
from jianwei.text.moderation.signals import signals

SETS = {  # set → columns of text, most texts taken
    "nus_sms_zh": (("text",), 30_000), "tv_subtitle_dialogue": (("text",), 25_000), "weibo2018": (("text",), 10_000),
    "smp2020_ewect": (("text",), 12_000), "weibo_senti_100k_part": (("text",), 6_000), "online_shopping_10_cats": (("text",), 12_000),
    "waimai_10k": (("text",), 8_000), "chnsenticorp_htl": (("text",), 2_000), "thucnews_title10": (("text",), 10_000),
    "tnews": (("text",), 6_000), "afqmc": (("text_a",), 8_000), "lcqmc": (("text_a",), 4_000), "kdconv": (("text",), 4_000),
    "crosswoz": (("text",), 4_000), "medical_faq_zh": (("title", "ask"), 3_000), "chatterbot_zh": (("answer",), 500),
}  # fmt: skip
INSULT = re.compile(
    r"(?:你|你们)(?:这|这个|个|这些|他妈|真他妈|真是个?|就是个?|是个|们这些){0,3}(?:混蛋|白痴|傻[逼比瓜子]|王八|贱[人货]|婊子|畜生|废物|人渣|蠢货|杂种|垃圾(?![桶箱袋食邮])|变态|禽兽|无耻)|"
    r"(?:混蛋|王八蛋|贱人|婊子|畜生|杂种|狗娘养|去死吧|操你|他妈的?混|滚蛋[!！。吧,，]*$|滚出去[!！。]*$|杀了你|宰了你|打死你)"
)
DOUBT = re.compile(
    r"傻[逼比]|煞笔|\b[sS][bB]\b|婊|贱[人货]|王八|混蛋|畜生|杂种|去死|操你|[草艹日]你|你妈[逼的了]|他妈|滚[蛋开!！]|人渣|脑残|智障|白痴|杀了|弄死|全家死|"
    r"加(?:我|老师)?(?:微信|薇|[vV][xX]?\b|[qQ]\d)|代开|办证|贷款.*\d{7}|兼职.*\d{6}|1[3-9]\d{9}|400-?\d{3}|刷单|代购|招代理"
)
FILLS = 14
TEMPLATES_HELD = 5


@dataclass(frozen=True)
class Row:
    """One text: its set, its labels, and which tenth it is in (templates: 0 held out, 1 for the thresholds, else 2)."""

    source: str
    text: str
    label: str
    part: int
    number: int = -1


def templates() -> Iterator[tuple[str, str, int]]:
    """Label, template and part of every template."""
    for line in Path(__file__).with_name("seeds").joinpath("moderation.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            label, template = line.split("\t")
            value = int.from_bytes(sha256(template.encode()).digest()[:4], "big")
            yield label, template, 0 if value % TEMPLATES_HELD == 0 else 1 if value % 10 == 1 else 2


def fill(template: str, rng: random.Random) -> str:
    """The template with every slot filled; a filling may hold slots itself."""
    text = template
    while found := re.search(r"\{([^{}]+)\}", text):
        value = _number(found[1], rng) or rng.choice(_SLOTS[found[1]])
        text = text[: found.start()] + value + text[found.end() :]
    return text


def disguise(text: str, rng: random.Random) -> str:
    """The text as somebody might write it: mostly as it is, else spaced, marked, full-width, Traditional, with emoji or a beginning."""
    chance = rng.random()
    if chance < 0.45:
        return text
    if chance < 0.55:
        return text.translate(_WIDE)
    if chance < 0.65:
        return _traditional(text)
    if chance < 0.75:
        at = rng.randrange(len(text) + 1)
        return text[:at] + rng.choice("😊❤🔥👍💰🎁✨😘😂🌹") + text[at:]
    if chance < 0.83:
        start = rng.randrange(max(len(text) - 6, 1))
        return text[:start] + rng.choice(" .·*-~").join(text[start : start + 6]) + text[start + 6 :]
    if chance < 0.92:
        return (
            rng.choice(["", "在吗？", "你好，", "亲，", "@小王 ", "大家好，", "哈哈，", "楼上的，", "请问", "对了，"])
            + text
        )
    return text + rng.choice(["！", "！！！", "。", "~", "…", "呢", "啊", "，谢谢", "[微笑]", "，速度"])


def every(folder: Path) -> list[Row]:
    """All texts. A set's first texts by hash are taken, so that a longer set does not drown the others."""
    rows: list[Row] = []
    for label, template, part in templates():
        rng = random.Random(template)  # noqa: S311 - not for secrets
        rows += [
            Row("seeds", text, label, part)
            for text in dict.fromkeys(disguise(fill(template, rng), rng) for _ in range(FILLS))
        ]
    for name, (columns, most) in SETS.items():
        table = pq.read_table(folder / name / "data.parquet")
        for column in columns:
            texts = [(at, text) for at, text in enumerate(table[column].to_pylist()) if text and text.strip()]
            if len(texts) > most:
                texts = sorted(texts, key=lambda pair: sha256(pair[1].encode()).digest())[:most]
            for at, text in texts:
                label = (
                    "abuse"
                    if INSULT.search(text) and not name.startswith(("online", "waimai", "thuc", "tnews"))
                    else NORMAL
                )
                rows.append(Row(name, text.replace("<#>", "0"), label, tenth(key_of(text)), at))
    mails = pq.read_table(folder / "zh_spam_mail" / "data.parquet")
    for at, (text, spam) in enumerate(zip(mails["text"].to_pylist(), mails["label"].to_pylist(), strict=True)):
        rows.append(Row("zh_spam_mail", text, "advertising" if spam else NORMAL, tenth(key_of(text)), at))
    return rows


def training(rows: list[Row]) -> list[Row]:
    """What may be trained on: no held-out text, none twice, nothing doubtful that is called normal."""
    held = {key_of(row.text) for row in rows if row.part == 0}
    chosen = {key_of(row.text): row for row in rows if row.part != 0}
    return [
        row
        for key, row in chosen.items()
        if key not in held and (row.label != NORMAL or row.source == "seeds" or not DOUBT.search(row.text))
    ]


def read(rows: list[Row]) -> pa.StringArray:
    """What the model sees of the texts."""
    return masked(plain(pa.array([row.text for row in rows], pa.string())).clear)


def fitted(rows: list[Row]) -> LinearModel:
    """A model of the rows."""
    truth = np.array([[row.label == name for name in CLASSES] for row in rows])
    weights = np.array([3.0 if row.source == "seeds" else 0.5 if row.label == NORMAL else 0.7 for row in rows])
    return train(ENTRY.name, CLASSES, "multi-label", read(rows), truth, RECIPE, weights)


# Chosen on the templates that choose the thresholds: pairs of characters carry over to new templates better than triples do.
RECIPE = Recipe(NGrams(1, 2, 19), min_texts=2, strengths=(0.3,))


def chosen_thresholds(model: LinearModel, rows: list[Row]) -> NDArray[np.float32]:
    """For every class the lowest probability that few normal texts reach.

    Where no signal speaks for the class, at most 1 in 2,000 public texts and 1 in 15 tricky ones; where one does, 1 in 50 and 1 in 15 of
    those, and never more than without a signal.
    """
    normal = [row for row in rows if row.label == NORMAL and row.source != "zh_spam_mail"]
    tricky = np.array([row.source == "seeds" for row in normal])
    spelt = plain(pa.array([row.text for row in normal], pa.string()))
    chances, spoken = model.probabilities(masked(spelt.clear)), signals(spelt)
    result = np.zeros((len(CLASSES), 2), np.float32)
    for at, name in enumerate(CLASSES):
        speaking = supported(spoken, name, len(normal))
        first = _least(chances[~tricky & ~speaking, at], 0.0005), _least(chances[tricky & ~speaking, at], 1 / 15)
        second = _least(chances[speaking & ~tricky, at], 0.02), _least(chances[speaking & tricky, at], 1 / 15)
        result[at] = np.clip(max(first), 0.05, 0.9), np.clip(max(second), 0.05, max(first))
    return np.round(result, 3)


def moved(model: LinearModel, thresholds: NDArray[np.float32]) -> tuple[LinearModel, NDArray[np.float32]]:
    """The same judge, its scores moved so that every class holds from 0.5 on: how rare a class is in training says nothing elsewhere."""
    odds = np.log(thresholds / (1 - thresholds))
    intercept = model.intercept.copy()
    intercept[: len(CLASSES)] -= odds[:, 0]
    lower = 1 / (1 + np.exp(odds[:, 0] - odds[:, 1]))
    return replace(model, intercept=intercept), np.round(np.stack([np.full(len(CLASSES), 0.5), lower], axis=1), 3)


def _least(chances: NDArray[np.float32], share: float) -> float:
    """The lowest threshold that at most this share reaches."""
    return float(np.quantile(chances, 1 - share)) if len(chances) else 0.0


def says(model: Moderator, texts: list[str]) -> list[str]:
    """The label of every text."""
    spelt = plain(pa.array(texts, pa.string()))
    best = above(model.classifier.probabilities(masked(spelt.clear)), signals(spelt), CLASSES, model.thresholds)
    return [CLASSES[at] if at >= 0 else NORMAL for at in best]


def report(title: str, truth: list[str], given: list[str]) -> None:
    """Precision and recall of every class, and how many of the normal texts are called something else."""
    print(f"\n{title}: {len(truth):,} texts, accuracy {np.mean(np.array(truth) == np.array(given)):.4f}")
    for name in CLASSES:
        both = sum(t == g == name for t, g in zip(truth, given, strict=True))
        said, real = given.count(name), truth.count(name)
        print(
            f"  {name:12} precision {both / max(said, 1):.3f} ({said:,})  recall {both / max(real, 1):.3f} ({real:,})"
        )
    fine = truth.count(NORMAL)
    wrong = sum(t == NORMAL != g for t, g in zip(truth, given, strict=True))
    print(f"  {'normal':12} {wrong:,} of {fine:,} called something else: {wrong / max(fine, 1):.4f}")


_CHARACTERS = "abcdefghkmnpqrstuvwxyz"


def _number(slot: str, rng: random.Random) -> str:
    """The slots that are made, not chosen; "" for others."""
    digits = lambda n: "".join(rng.choice("0123456789") for _ in range(n))  # noqa: E731
    match slot:
        case "机":
            number = f"1{rng.choice('35789')}{digits(9)}"
            grouped, spelt = (
                f"{number[:3]}-{number[3:7]}-{number[7:]}",
                "".join("零一二三四五六七八九"[int(c)] for c in number),
            )
            return rng.choice([number, number, number, grouped, " ".join(number), number.translate(_WIDE), spelt])
        case "数":
            return digits(rng.randint(6, 10))
        case "码":
            return digits(rng.choice([4, 6, 6]))
        case "卡":
            number = "62" + digits(rng.choice([14, 17]))
            return rng.choice([number, " ".join(number[i : i + 4] for i in range(0, len(number), 4))])
        case "号":
            name = "".join(rng.choice(_CHARACTERS) for _ in range(rng.randint(2, 5)))
            return rng.choice([name + digits(rng.randint(3, 5)), f"{name}_{digits(3)}"])
        case "钱":
            return rng.choice(["{0}万", "{0}000元", "{0}0000", "{0}千", "{0}万元", "{0}8888元"]).format(
                rng.randint(1, 50)
            )
        case "少":
            return rng.choice(["{0}元", "{0}", "{0}块", "{0}.9元", "¥{0}"]).format(rng.randint(9, 980))
        case "链":
            house = rng.choice(
                [
                    "vip",
                    "bet",
                    "w1n",
                    "k8",
                    "sf-kuaidi",
                    "icbc-vip",
                    "we1xin",
                    "10086-jf",
                    "alipay-safe",
                    "taob0o",
                    "hao",
                    "lucky",
                    "app",
                ]
            )
            tail = rng.choice(["cc", "top", "xyz", "vip", "com", "info", "club", "net"])
            made = f"{house}{digits(rng.randint(2, 4))}.{tail}"
            return rng.choice(
                [
                    made,
                    f"http://{made}",
                    f"www.{made}/d",
                    f"t.cn/{digits(3)}Rx",
                    f"dwz.cn/{digits(2)}aB",
                    f"http://{made}/i?c={digits(3)}",
                ]
            )
        case "好链":
            house = rng.choice(
                [
                    "www.jd.com/item",
                    "mp.weixin.qq.com/s",
                    "b23.tv",
                    "item.taobao.com/item.htm?id=",
                    "www.zhihu.com/question",
                    "meeting.tencent.com/dm",
                    "map.baidu.com",
                    "v.douyin.com",
                    "t.cn",
                ]
            )
            return rng.choice(["https://", "http://", ""]) + f"{house}/{digits(5)}"
    return ""


_SLOTS: dict[str, list[str]] = {
    "加微": [
        "加微信{号}",
        "加微信：{号}",
        "微信{号}",
        "微信号：{号}",
        "加我微信{号}",
        "加V{号}",
        "加v：{号}",
        "+v {号}",
        "+V{号}",
        "加薇信{号}",
        "薇❤{号}",
        "加微❤：{号}",
        "V❤X：{号}",
        "V信：{号}",
        "加VX：{号}",
        "vx {号}",
        "加wx {号}",
        "➕V {号}",
        "➕薇：{号}",
        "威信：{号}",
        "徽信{号}",
        "十V信{号}",
        "加扣{数}",
        "加Q{数}",
        "加QQ：{数}",
        "Q {数}",
        "扣扣：{数}",
        "企鹅号{数}",
        "q q {数}",
        "加我，{号}",
        "联系微信{号}",
        "咨询微信：{号}",
        "微 信 {号}",
        "微.信：{号}",
        "私信我",
        "私聊",
        "扫码加我",
        "加微信详谈",
        "薇芯：{号}",
        "weixin：{号}",
        "联系电话{机}",
        "电话{机}",
        "微信同号{机}",
        "加v{机}",
        "+薇{机}",
    ],
    "群": ["群", "裙", "Q群{数}", "微信群", "VIP群", "羣", "QQ群：{数}", "qun"],
    "地": [
        "北京",
        "上海",
        "广州",
        "深圳",
        "成都",
        "杭州",
        "武汉",
        "郑州",
        "河南",
        "东北",
        "南昌",
        "西安",
        "重庆",
        "本市",
    ],
    "品": [
        "面膜",
        "手机",
        "包包",
        "茶叶",
        "运动鞋",
        "减肥茶",
        "口红",
        "酵素",
        "奶粉",
        "手表",
        "羽绒服",
        "蓝牙耳机",
        "红酒",
        "护肤品",
        "空调",
        "童装",
    ],
    "名": ["小李", "王丽", "张伟", "陈生", "刘经理", "李娜", "赵强", "周老师", "小陈", "孙小姐", "黄先生", "何明"],
    "店": [
        "万达百货",
        "美之源",
        "好又多超市",
        "丽人坊",
        "华联",
        "小肥羊",
        "苏宁",
        "星美影城",
        "悦动健身",
        "周大福",
        "瑞幸",
        "优衣库",
        "百信家居",
    ],
    "行": ["工商银行", "建设银行", "农行", "招商银行", "中国银行", "邮储", "交行", "工行", "建行"],
    "快": ["顺丰快递", "圆通", "中通快递", "韵达", "申通", "京东物流", "EMS", "菜鸟驿站"],
    "平": ["淘宝", "京东", "抖音", "拼多多", "支付宝", "微信", "美团", "天猫", "唯品会", "快手"],
    "时": ["明天", "今晚", "周六下午两点", "下周一", "后天上午", "六点半", "中午", "这周末", "晚上八点"],
    "人": [
        "小李",
        "王丽",
        "张伟",
        "楼上的",
        "楼主",
        "群主",
        "客服",
        "那个姓陈的",
        "@小王 ",
        "你们老板",
        "主播",
        "李娜",
    ],
    "叉": ["逼", "比", "叉", "B", "b", "X", "屄", "*逼"],
}
_WIDE = str.maketrans({code: code + 0xFEE0 for code in range(0x21, 0x7F)})


@cache
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("s2t")


def _traditional(text: str) -> str:
    return str(_converter().convert(text))


def main() -> None:
    """Train, report, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--labels", type=Path, help="rows labelled by hand: set, row, label")
    parser.add_argument("--wrong", action="store_true", help="print held-out texts that are judged wrong")
    arguments = parser.parse_args()
    rows = every(arguments.data)
    chosen = training(rows)
    print(f"{len(chosen):,} training texts:", Counter((row.source == "seeds", row.label) for row in chosen))
    model = fitted([row for row in chosen if row.part != 1])
    thresholds = chosen_thresholds(model, [row for row in chosen if row.part == 1])
    print("thresholds", dict(zip(CLASSES, thresholds.tolist(), strict=True)))
    data = Moderator.pack(*moved(fitted(chosen), thresholds))
    moderator = Moderator.load(Located(ENTRY, data, "path", "trained now"))
    print(f"{len(data):,} bytes, sha256 {sha256(data).hexdigest()}")
    if arguments.out:
        (arguments.out / ENTRY.file).write_bytes(data)
    measure(moderator, rows, arguments.wrong)
    if arguments.labels:
        by_hand(moderator, arguments.data, arguments.labels, arguments.wrong)


def measure(model: Moderator, rows: list[Row], wrong: bool) -> None:
    """Print the report on the held-out templates, and on the held-out tenth of every set."""
    for source in ("seeds", "zh_spam_mail", *SETS):
        held = [row for row in rows if row.source == source and row.part == 0]
        truth, given = [row.label for row in held], says(model, [row.text for row in held])
        report(source, truth, given)
        for row, label in zip(held, given, strict=True):
            if wrong and label != row.label and source != "zh_spam_mail":
                print(f"    {row.label} > {label}: {row.text[:90]}")


def by_hand(model: Moderator, folder: Path, labels: Path, wrong: bool) -> None:
    """Print the report on the rows labelled by hand."""
    lines = [line.split("\t") for line in labels.read_text("utf-8").splitlines() if not line.startswith("#")]
    columns = {name: pq.read_table(folder / name / "data.parquet")["text"] for name in {line[0] for line in lines}}
    texts = [columns[name][int(at)].as_py() for name, at, *_ in lines]
    given = says(model, texts)
    for how in sorted({line[2] for line in lines}):
        picked = [i for i, line in enumerate(lines) if line[2] == how]
        report(f"by hand, {how}", [lines[i][3] for i in picked], [given[i] for i in picked])
    for line, text, label in zip(lines, texts, given, strict=True):
        if wrong and label != line[3]:
            print(f"    {line[3]} > {label}: {text[:90]}")


if __name__ == "__main__":
    main()
