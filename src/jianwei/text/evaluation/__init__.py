"""How good classifiers are, and whether the figures can be believed: scores side by side, and rows that stand in train and test."""

from jianwei.text.evaluation.audit import Leaks, leaks
from jianwei.text.evaluation.keys import key_of, tenth
from jianwei.text.evaluation.scores import Evaluation, Scores, evaluate

__all__ = ["Evaluation", "Leaks", "Scores", "evaluate", "key_of", "leaks", "tenth"]
