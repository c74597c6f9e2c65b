"""The native library that opens WeCom's archive, loaded from a file that the user supplies. Jianwei ships none.

Function names and argument order are those of the platform's header WeWorkFinanceSdk_C.h.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char_p, c_int, c_uint, c_ulonglong, c_void_p
from pathlib import Path
from typing import Any

from jianwei.errors import InputError, UsageError
from jianwei.ingest.pull.archive import MediaChunk, SdkError
from jianwei.settings import Secret

__all__ = ["FinanceSdk"]

_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "NewSdk": (c_void_p, []),
    "Init": (c_int, [c_void_p, c_char_p, c_char_p]),
    "DestroySdk": (None, [c_void_p]),
    "GetChatData": (c_int, [c_void_p, c_ulonglong, c_uint, c_char_p, c_char_p, c_int, c_void_p]),
    "DecryptData": (c_int, [c_char_p, c_char_p, c_void_p]),
    "GetMediaData": (c_int, [c_void_p, c_char_p, c_char_p, c_char_p, c_char_p, c_int, c_void_p]),
    "NewSlice": (c_void_p, []),
    "FreeSlice": (None, [c_void_p]),
    "GetContentFromSlice": (POINTER(ctypes.c_char), [c_void_p]),
    "GetSliceLen": (c_int, [c_void_p]),
    "NewMediaData": (c_void_p, []),
    "FreeMediaData": (None, [c_void_p]),
    "GetOutIndexBuf": (POINTER(ctypes.c_char), [c_void_p]),
    "GetIndexLen": (c_int, [c_void_p]),
    "GetData": (POINTER(ctypes.c_char), [c_void_p]),
    "GetDataLen": (c_int, [c_void_p]),
    "IsMediaDataFinish": (c_int, [c_void_p]),
}


def _loaded(path: Path) -> ctypes.CDLL:
    if not path.is_file():
        raise UsageError("--archive-sdk", f"{path} is no file", "name the library (libWeWorkFinanceSdk_C.so)")
    try:
        library = ctypes.CDLL(str(path.absolute()))
        for name, (result, arguments) in _FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise UsageError(
            "--archive-sdk", f"{path} is not the library of the archive ({error})", "take the one for this system"
        ) from None
    return library


class FinanceSdk:
    """Satisfies `archive.ArchiveSdk`; a context manager, which gives the library's memory back.

    Args:
        path: the shared library.
        corp_id, secret: of the corp, and of its archive.
        timeout: seconds that the library waits for the platform.
        proxy, proxy_password: as the library takes them ("socks5://10.0.0.1:8081"), "" for none.

    Raises:
        UsageError: the file is not that library.
        SdkError: the library refuses corp or secret.
    """

    def __init__(
        self,
        path: Path,
        corp_id: str,
        secret: Secret,
        *,
        timeout: int = 10,
        proxy: str = "",
        proxy_password: str = "",
    ) -> None:
        self._library = _loaded(path)
        self._timeout = timeout
        self._proxy = proxy.encode(), proxy_password.encode()
        self._sdk = self._library.NewSdk()
        if not self._sdk:
            raise InputError("archive", "the library does not start", "see whether it is the one for this system")
        if code := self._library.Init(self._sdk, corp_id.encode(), secret.reveal().encode()):
            self.close()
            raise SdkError("Init", code)

    def get_chat_data(self, seq: int, limit: int) -> bytes:
        """See `ArchiveSdk`."""
        return self._sliced("GetChatData", self._sdk, seq, limit, *self._proxy, self._timeout)

    def decrypt(self, key: str, message: str) -> bytes:
        """See `ArchiveSdk`."""
        return self._sliced("DecryptData", key.encode(), message.encode())

    def media(self, sdkfileid: str, index: str) -> MediaChunk:
        """See `ArchiveSdk`."""
        lib, media = self._library, self._library.NewMediaData()
        try:
            arguments = (index.encode(), sdkfileid.encode(), *self._proxy, self._timeout, media)
            if code := lib.GetMediaData(self._sdk, *arguments):
                raise SdkError("GetMediaData", code)
            data = ctypes.string_at(lib.GetData(media), lib.GetDataLen(media)) if lib.GetDataLen(media) else b""
            following = (
                ctypes.string_at(lib.GetOutIndexBuf(media), lib.GetIndexLen(media)) if lib.GetIndexLen(media) else b""
            )
            return MediaChunk(data, following.decode(), bool(lib.IsMediaDataFinish(media)))
        finally:
            lib.FreeMediaData(media)

    def _sliced(self, name: str, *arguments: Any) -> bytes:
        lib, piece = self._library, self._library.NewSlice()
        try:
            if code := getattr(lib, name)(*arguments, piece):
                raise SdkError(name, code)
            size = lib.GetSliceLen(piece)
            return ctypes.string_at(lib.GetContentFromSlice(piece), size) if size else b""
        finally:
            lib.FreeSlice(piece)

    def close(self) -> None:
        """Give the library's memory back."""
        sdk, self._sdk = self._sdk, None
        if sdk:
            self._library.DestroySdk(sdk)

    def __enter__(self) -> FinanceSdk:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
