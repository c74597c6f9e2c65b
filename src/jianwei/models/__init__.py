"""Where models lie and which they are: found by path, environment, cache or package, checked by their sha256; pulled when asked for."""

from jianwei.models.folders import LocatedFolder, locate_folder
from jianwei.models.locate import Located, ModelEntry, ModelIdentity, cache_folder, locate
from jianwei.models.lock import LockedFile, LockedModel, known_model

__all__ = [
    "Located",
    "LocatedFolder",
    "LockedFile",
    "LockedModel",
    "ModelEntry",
    "ModelIdentity",
    "cache_folder",
    "known_model",
    "locate",
    "locate_folder",
]
