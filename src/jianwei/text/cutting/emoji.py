"""How emoji and emoticons are written: the characters of one emoji, and WeChat's old codes (`/::)`) for its emoticons.

The codes are those that the platform still sends to official accounts in place of `[微笑]` from some clients. Only codes whose meaning all
descriptions agree on are here.
"""

from __future__ import annotations

import re
from functools import cache

__all__ = ["CODES", "MODIFIERS", "PICTURE", "SEQUENCE", "name_codes"]

PICTURE = "[\u2600-\u2604\u2607-\u27bf\u231a-\u23ff\u2b05-\u2b55\U0001f000-\U0001f1e5\U0001f200-\U0001faff]"
_BELONGS = "[\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*"

SEQUENCE = rf"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{PICTURE}{_BELONGS}(?:\u200d{PICTURE}{_BELONGS})*"
"""Pattern of one emoji with all that belongs to it: flags, keycaps, skin tones, joined families."""

MODIFIERS = r"[\x{fe0e}\x{fe0f}\x{1f3fb}-\x{1f3ff}]"
"""RE2 pattern of what changes only the look of an emoji: variation marks and skin tones."""

CODES = {
    "/::)": "微笑", "/::~": "撇嘴", "/::B": "色", "/::|": "发呆", "/:8-)": "得意", "/::<": "流泪", "/::$": "害羞",
    "/::X": "闭嘴", "/::Z": "睡", "/::'(": "大哭", "/::-|": "尴尬", "/::@": "发怒", "/::P": "调皮", "/::D": "呲牙",
    "/::O": "惊讶", "/::(": "难过", "/:--b": "囧", "/::Q": "抓狂", "/::T": "吐", "/:,@P": "偷笑", "/:,@-D": "愉快",
    "/::d": "白眼", "/:,@o": "傲慢", "/:|-)": "困", "/::!": "惊恐", "/::L": "流汗", "/::>": "憨笑", "/::,@": "悠闲",
    "/:,@f": "奋斗", "/::-S": "咒骂", "/:?": "疑问", "/:,@x": "嘘", "/:,@@": "晕", "/:,@!": "衰", "/:!!!": "骷髅",
    "/:xx": "敲打", "/:bye": "再见", "/:wipe": "擦汗", "/:dig": "抠鼻", "/:handclap": "鼓掌", "/:B-)": "坏笑",
    "/:<@": "左哼哼", "/:@>": "右哼哼", "/::-O": "哈欠", "/:>-|": "鄙视", "/:P-(": "委屈", "/::'|": "快哭了",
    "/:X-)": "阴险", "/::*": "亲亲", "/:8*": "可怜", "/:pd": "菜刀", "/:<W>": "西瓜", "/:beer": "啤酒",
    "/:coffee": "咖啡", "/:pig": "猪头", "/:rose": "玫瑰", "/:fade": "凋谢", "/:showlove": "嘴唇", "/:heart": "爱心",
    "/:break": "心碎", "/:cake": "蛋糕", "/:bome": "炸弹", "/:shit": "便便", "/:moon": "月亮", "/:sun": "太阳",
    "/:gift": "礼物", "/:hug": "拥抱", "/:strong": "强", "/:weak": "弱", "/:share": "握手", "/:v": "胜利",
    "/:@)": "抱拳", "/:jj": "勾引", "/:@@": "拳头", "/:lvu": "爱你", "/:ok": "OK", "/:love": "爱情", "/:jump": "跳跳",
    "/:shake": "发抖", "/:<O>": "怄火", "/:circle": "转圈",
}  # fmt: skip
"""WeChat's old code → the name that stands in the brackets today."""


@cache
def _codes() -> re.Pattern[str]:
    longest_first = sorted(CODES, key=len, reverse=True)
    # "/:v" is no code in "/:video"; a code of "/::" may well stand before a letter.
    ends = {code: "(?![A-Za-z0-9])" if code[2:].isalpha() else "" for code in longest_first}
    return re.compile("(?<!/)(?:" + "|".join(re.escape(code) + ends[code] for code in longest_first) + ")")


def name_codes(text: str) -> str:
    """The text with WeChat's old codes as names in brackets.

    >>> name_codes("谢谢/::D/:rose a/:v1")
    '谢谢[呲牙][玫瑰] a/:v1'
    """
    return _codes().sub(lambda found: f"[{CODES[found[0]]}]", text)
