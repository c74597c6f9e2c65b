"""The fast linear core: hashed character n-grams, straight from Arrow's bytes, and one table of small weights.

Training is in `training`, which nothing here imports: it needs scikit-learn."""

from jianwei.text.linear.explaining import Explanation, explain
from jianwei.text.linear.hashing import NGrams
from jianwei.text.linear.model import LinearModel
from jianwei.text.linear.recipe import Recipe

__all__ = ["Explanation", "LinearModel", "NGrams", "Recipe", "explain"]
