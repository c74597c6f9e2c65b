"""Pictures, animations and videos in, pixels out."""

from jianwei.vision.decoding.frames import Frame, read_frames
from jianwei.vision.decoding.pictures import LONGEST, read_picture

__all__ = ["LONGEST", "Frame", "read_frames", "read_picture"]
