"""What a text says once its tricks are undone: the spelling that the moderation model reads, in training and in judging.

Two spellings, each the same for every row whatever stands beside it:

* clear: one spelling (NFKC, Simplified, lower case), and what people write to slip through a filter written plainly again: 薇❤, v x and
  ➕v are 加微信, 扣扣 before a number is qq, 裙 is 群, `1 3 8 0 …` and 一三八零… are digits, 发-票 and 发漂 are 发票;
* masked: besides, addresses, telephones, accounts and numbers are one sign each, so that no single number is ever learnt.

The patterns are our own. Ambiguous spellings (v, 微, 威信, 企鹅, 裙) count only beside a number, an account or 加.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from jianwei.text.cutting.normal import normalize_array

__all__ = [
    "ACCOUNT",
    "CARD",
    "HOME",
    "LINK",
    "LINKS",
    "MAIL",
    "PHONE",
    "SHORT",
    "SHORTENERS",
    "Plain",
    "masked",
    "plain",
]

HOME, SHORT, LINK, MAIL, PHONE, CARD, ACCOUNT = "⌂↯↗✉☎▭№"
"""The signs that stand for an address of a well-known house, one behind a shortener, any other; for a mail address, a telephone, a
bank card, an account."""

SHORTENERS = (
    r"\b(?:t\.cn|dwz\.cn|url\.cn|suo\.im|bit\.ly|goo\.gl|tinyurl\.com|is\.gd|t\.co|mrw\.so|"
    r"rrd\.me|985\.so|sourl\.cn|u\.to|ow\.ly)/\w+"
)
"""Pattern of an address that hides where it leads."""

_HOUSES = (
    r"(?:https?://)?\b(?:[a-z0-9\-]+\.)*(?:qq|weixin|tencent|taobao|tmall|jd|alipay|baidu|zhihu|weibo|bilibili|douyin|kuaishou|163|126|"
    r"sina|sohu|ctrip|meituan|dianping|douban|xiaohongshu|pinduoduo|suning|amap|youku|iqiyi|icbc|ccb|cmbchina|github|apple|microsoft)\.(?:com\.cn|com|cn)\b"
    r"(?:[/:?][\w\-./?%&=#:+~]*)?|(?:https?://)?\b(?:b23\.tv|[a-z0-9\-.]+\.(?:gov|edu)\.cn)\b(?:[/:?][\w\-./?%&=#:+~]*)?"
)

LINKS = (
    r"(?:https?://|www\.)[\w\-./?%&=#:+~]+|(?:[a-z0-9\-]+\.)+(?:com|cn|net|org|cc|top|xyz|vip|info|me|tk|club|shop|site|io|"
    r"ly|tv|biz|hk|in|ru|link|live|app|win|ltd|pro|asia|so|la|gl|im|co)"
    r"\b(?:[/:?][\w\-./?%&=#:+~]*)?"
)
"""Pattern of a web address, with or without http; for Python's `re` (ASCII) and for RE2."""

_HEARTS = "❤♥♡💗💓💕💖💘💙💚💛💜🖤🧡🤍💌"
_GAP = r"[^\w，。！？；,!?;]{0,2}"
_ID = r"(?!_)(?=[^\w]{0,3}(?:号|[a-z_\-]{0,15}\d[a-z0-9_\-]{3,}|[a-z]{2,15}\d))"
_DIGITS = str.maketrans("零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖幺两", "001234567891234567891" + "2")
_CYRILLIC = str.maketrans("аеорсхуіѵԛԝ", "aeopcxyivqw")
_SPLIT = (
    "代开", "发票", "贷款", "兼职", "刷单", "彩票", "博彩", "赌博", "转账", "裸聊", "日结", "投资", "充值", "上门", "办证", "返利",
    "佣金", "套现", "小姐", "约炮", "傻逼", "去死", "垃圾", "滚蛋", "贱人",
)  # fmt: skip
_JOINED = {word: re.compile(rf"{word[0]}[^\w，。！？；,!?;]{{1,2}}{word[1]}") for word in _SPLIT}


@dataclass(frozen=True, slots=True)
class _Trick:
    pattern: re.Pattern[str]
    plain: str


def _tricks() -> tuple[_Trick, ...]:
    written = (
        (rf"(?:[微薇徽威葳溦维魏]|(?<![a-z])v){_GAP}[{_HEARTS}](?:{_GAP}[信x])?", "微信"),
        (rf"(?:[薇徽葳溦]{_GAP}[信芯]|微{_GAP}[信芯]|(?<![a-z])v{_GAP}[信芯])", "微信"),
        (rf"[微薇]{_GAP}x(?![a-z])", "微信"),
        (rf"(?<![a-z0-9])(?:v{_GAP}x|w{_GAP}x|wei{_GAP}xin|wechat|v)(?:{_GAP}信)?{_ID}", "微信"),
        (r"(?:威信|维信|微心|卫星)" + _ID, "微信"),
        (
            rf"(?:加|[+➕✚添]){_GAP}(我?){_GAP}(?:威信|维信|卫星|vx|wx|v|薇|微(?![信博软波量小弱]))(?![a-z])",
            r"加\1微信",
        ),
        (rf"(?<![a-z])q{_GAP}q(?![a-z])", "qq"),
        (r"(?:扣扣|抠抠|叩叩|蔻蔻|企鹅|秋秋|球球)(?=[^\w]{0,3}(?:号|群|裙|\d{5,}))", "qq"),
        (rf"(?:加|[+➕✚]){_GAP}(?:q|扣扣?|企鹅)(?![a-z])", "加qq"),
        (r"(?<![a-z])q(?=[^\w]{0,3}\d{5,})", "qq"),
        (rf"(?:伽|茄|珈|嘉|jia|[+➕✚十]){_GAP}(?=我?(?:微信|qq))", "加"),
        (rf"(qq|微信|[加进入]){_GAP}[裙羣峮宭](?![子摆装裤])", r"\1群"),
        (r"[裙羣峮宭](?=[^\w]{0,3}号?[^\w]{0,3}\d{5,})", "群"),
        (rf"(?:发|fa){_GAP}(?:漂|嘌|缥|剽|piao)|fa{_GAP}票", "发票"),
        (rf"[代带]{_GAP}kai|[带戴]开(?={_GAP}发票)", "代开"),
        (rf"(?:贷|dai){_GAP}kuan|dai{_GAP}款", "贷款"),
        (rf"刷{_GAP}dan|唰单", "刷单"),
        (rf"(?<![a-z])s{_GAP}b(?![a-z])|傻{_GAP}[逼比b叉x屄笔](?![a-z])|煞笔|沙雕比", "傻逼"),
        (r"尼玛|你马的|泥马|(?<![a-z])nmd(?![a-z])|n1m", "你妈"),
        (r"(?<![a-z])(?:cnm|c你妈)(?![a-z])|[艹草曹](?=[你泥尼][妈马玛])", "操"),
        (r"(?<![a-z])(?:tmd|t{1,2}md)(?![a-z])", "他妈的"),
    )
    return tuple(_Trick(re.compile(pattern), plain) for pattern, plain in written)


_TRICKS = _tricks()
_BLANKS = r"[\s\-_.*·~—…|/]"
_SPACED_DIGITS = re.compile(rf"\d(?:{_BLANKS}{{1,2}}\d){{6,}}|(?<!\d)1[3-9]\d{_BLANKS}\d{{4}}{_BLANKS}\d{{4}}(?!\d)")
_SPELT_DIGITS = re.compile(r"[零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖幺两\d]{7,}")
_SPACED_WORDS = re.compile(r"(?<!\w)[\u4e00-\u9fff](?:[^\w，。！？；,!?;、]{1,2}[\u4e00-\u9fff]){3,}(?!\w)")
# A row that none of these fits cannot be changed by the patterns above; most rows stay in Arrow. One pattern of all would be ten times
# slower: the automaton that RE2 makes of it outgrows its memory.
_SUSPECT = (
    rf"[薇徽葳溦{_HEARTS}]|[微威维魏][^\pL\pN]|[微薇][芯x心]|威信|维信|卫星|v|wei|wechat|q|扣|抠|叩叩|蔻蔻|企鹅|秋秋|球球|[裙羣峮宭]",
    r"漂|嘌|缥|剽|piao|kai|kuan|fa票|dai|dan|唰|jia|煞笔|沙雕|尼玛|你马|泥马|nmd|n1m|cnm|[c艹草曹][你泥尼]|md|\p{Cyrillic}|[带戴]开",
    r"w[^\pL\pN]{0,2}x|[加添进入+➕✚][^\pL\pN]{0,2}[薇微]|[+➕✚十伽茄珈嘉][^\pL\pN]{0,2}我?微信|s[^\pL\pN]{0,2}b|傻[^\pL\pN]{0,2}[逼比b叉x屄笔]",
    r"[零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖幺两\d]{7}|\d[^\pL\pN]{1,2}\d[^\pL\pN]{1,2}\d|1\d\d[^\pL\pN]\d{4}",
    r"[{}][^\pL\pN]{{1,2}}[{}]".format(*("".join(dict.fromkeys(letters)) for letters in zip(*_SPLIT, strict=True))),
    r"\p{Han}[^\pL\pN]{1,2}\p{Han}[^\pL\pN]{1,2}\p{Han}[^\pL\pN]{1,2}\p{Han}",
)
_MASKS = (
    (r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+", MAIL),
    (_HOUSES, HOME),
    (r"(?:https?://)?" + SHORTENERS, SHORT),
    (LINKS, LINK),
    (r"(?:\+?86)?1[3-9]\d{9}\b|\b0\d{2,3}-?\d{7,8}\b|\b[48]00-?\d{3}-?\d{4}\b|\b400\d{7}\b", PHONE),
    (r"\d{16,19}|\d{4} \d{4} \d{4} \d{4}(?: \d{1,3})?", CARD),
    (r"\d{5,15}|[a-z][a-z_\-]*\d[a-z0-9_\-]{3,}|[a-z]{2,}[_\-]?\d{2,}", ACCOUNT),
    (r"\d+(?:[.,]\d+)*", "0"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Plain:
    """A batch of texts, first in one spelling, then with its tricks undone.

    Attributes:
        spelt: string [n], NFKC, Simplified, lower case.
        clear: string [n], the same with the tricks undone. A null is an empty text in both.
    """

    spelt: pa.StringArray
    clear: pa.StringArray


def plain(texts: pa.StringArray) -> Plain:
    """The texts with their tricks undone; strings [n] in, twice [n] out.

    >>> plain(pa.array(["加薇❤：abc123", "➕Ｖ abc123", "1 3 8 0 0 1 3 8 0 0 0", "代·开·發·漂", "薇薇今天买裙子"])).clear.to_pylist()
    ['加微信:abc123', '加微信 abc123', '13800138000', '代开发票', '薇薇今天买裙子']
    """
    filled = pc.fill_null(texts, "")
    spelt = normalize_array(filled, simplified=True, lower=True, emoji=True, marks=2)
    suspect = reduce(pc.or_, (pc.match_substring_regex(spelt, pattern) for pattern in _SUSPECT))
    if not pc.any(suspect).as_py():
        return Plain(spelt, spelt)
    undone = pa.array([_undone(text) for text in spelt.filter(suspect).to_pylist()], pa.string())
    return Plain(spelt, pc.replace_with_mask(spelt, suspect, undone))


def masked(clear: pa.StringArray) -> pa.StringArray:
    """Clear texts with a sign in place of every address, number and account: what the model reads.

    >>> masked(pa.array(["加微信:abc123", "官网www.a.cn 电话13800138000", "300减50"])).to_pylist()
    ['加微信:№', '官网↗ 电话☎', '0减0']
    """
    return reduce(lambda texts, mask: pc.replace_substring_regex(texts, *mask), _MASKS, clear)


def _undone(text: str) -> str:
    text = text.translate(_CYRILLIC)
    text = _SPACED_WORDS.sub(lambda found: re.sub(r"\W+", "", found[0]), text)
    text = _SPACED_DIGITS.sub(lambda found: re.sub(r"\D+", "", found[0]), text)
    text = _SPELT_DIGITS.sub(lambda found: found[0].translate(_DIGITS), text)
    for trick in _TRICKS:
        text = trick.pattern.sub(trick.plain, text)
    for word, apart in _JOINED.items():
        if word[0] in text:
            text = apart.sub(word, text)
    return text
