"""The libraries that pictures are worked on with, loaded when they are first needed."""

from __future__ import annotations

from typing import Any

from jianwei.errors import MissingExtraError

__all__ = ["opencv", "pillow"]


def opencv(where: str) -> Any:
    """The module cv2.

    Raises:
        MissingExtraError: it is not installed; `where` says who needs it.
    """
    try:
        import cv2
    except ImportError as error:
        raise MissingExtraError.named(where, "vision") from error
    return cv2


def pillow(where: str) -> Any:
    """The module PIL.Image.

    Raises:
        MissingExtraError: it is not installed; `where` says who needs it.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingExtraError.named(where, "vision") from error
    return Image
