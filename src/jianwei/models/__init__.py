"""Where models lie and which they are: found by path, environment, cache or package, and checked by their sha256."""

from jianwei.models.locate import Located, ModelEntry, ModelIdentity, cache_folder, locate

__all__ = ["Located", "ModelEntry", "ModelIdentity", "cache_folder", "locate"]
