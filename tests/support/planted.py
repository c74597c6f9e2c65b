"""Texts whose topics are known: each is made of words of one subject and a few of anybody's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SUBJECTS = (
    ("茶叶", "茶壶", "茶杯", "龙井", "普洱", "香气", "口感", "泡茶", "茶香", "茶具"),
    ("物流", "快递", "包裹", "发货", "配送", "签收", "仓库", "地址", "驿站", "退货"),
    ("酒店", "房间", "早餐", "前台", "床单", "空调", "隔音", "大堂", "入住", "客房"),
    ("手机", "屏幕", "电池", "充电", "信号", "像素", "内存", "系统", "耳机", "拍照"),
)
COMMON = ("朋友", "价格", "推荐", "问题", "感觉", "质量", "服务", "东西")


def planted(texts: int, subjects: int = 4, seed: int = 0) -> tuple[list[str], NDArray[np.int64]]:
    """Texts and the subject of each: three words of the subject, one of anybody's, in any order."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, subjects, texts)
    made = []
    for subject in truth.tolist():
        words = [*rng.choice(SUBJECTS[subject], 3, replace=False), rng.choice(COMMON)]
        made.append("，".join(str(word) for word in rng.permutation(words)) + "。")
    return made, truth


def agreement(found: NDArray[np.int64], truth: NDArray[np.int64]) -> float:
    """Share of texts whose topic is the one that most texts of their topic have (purity)."""
    return sum(int(np.bincount(truth[found == topic]).max()) for topic in np.unique(found)) / len(truth)
