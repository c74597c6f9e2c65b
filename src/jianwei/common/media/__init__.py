"""Media from outside: what a file is by its bytes, what is refused and why, how much may be read of it."""

from jianwei.common.media.kinds import MediaKind, MediaType, sniff
from jianwei.common.media.opening import OpenMedia, Source, open_media
from jianwei.common.media.refusing import MediaLimits, RejectedMediaError

__all__ = ["MediaKind", "MediaLimits", "MediaType", "OpenMedia", "RejectedMediaError", "Source", "open_media", "sniff"]
