"""Objects and scenes: detectors and classifiers that are pulled when asked for."""

from jianwei.vision.things.objects import ObjectFinder, open_things
from jianwei.vision.things.scenes import SceneFinder, open_scenes

__all__ = ["ObjectFinder", "SceneFinder", "open_scenes", "open_things"]
