"""An archive that really encrypts: RSA for each message's own key, AES for the message. And the same in C, for the loader."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from jianwei.ingest.pull.archive import MediaChunk, SdkError

__all__ = ["CHUNK", "FakeArchive", "compiled", "new_key", "pem_of", "text"]

CHUNK = 512 * 1024


def new_key() -> RSAPrivateKey:
    return generate_private_key(65_537, 2048)


def pem_of(key: RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass
class FakeArchive:
    """Satisfies `ArchiveSdk`.

    Attributes:
        messages: plain messages, number 1 first; (version of the key, message).
        files: sdkfileid → content.
        broken: numbers of messages that are damaged.
        damaged: number → what stands in place of its sealed key.
        faults: codes that the next calls are refused with.
        asked: numbers from which messages were asked for.
    """

    keys: Mapping[int, RSAPrivateKey]
    messages: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    faults: list[int] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    damaged: dict[int, str] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)

    def say(self, *messages: Mapping[str, Any], version: int = 1) -> None:
        self.messages += [(version, message) for message in messages]

    def get_chat_data(self, seq: int, limit: int) -> bytes:
        self.asked.append(seq)
        self._fault("GetChatData")
        some = list(enumerate(self.messages, 1))[seq : seq + limit]
        rows = [self._sealed(number, version, message) for number, (version, message) in some]
        return json.dumps({"errcode": 0, "errmsg": "ok", "chatdata": rows}).encode()

    def _sealed(self, number: int, version: int, message: Mapping[str, Any]) -> dict[str, Any]:
        own, nonce = os.urandom(32).hex(), os.urandom(12)
        sealed = AESGCM(bytes.fromhex(own)).encrypt(nonce, json.dumps(message, ensure_ascii=False).encode(), None)
        if number in self.broken:
            sealed = bytes(len(sealed))
        key = self.keys[version].public_key().encrypt(own.encode(), PKCS1v15())
        own_key = base64.b64encode(key).decode()
        return {
            "seq": number,
            "msgid": message["msgid"],
            "publickey_ver": version,
            "encrypt_random_key": self.damaged.get(number, own_key),
            "encrypt_chat_msg": base64.b64encode(nonce + sealed).decode(),
        }

    def decrypt(self, key: str, message: str) -> bytes:
        raw = base64.b64decode(message)
        try:
            return AESGCM(bytes.fromhex(key)).decrypt(raw[:12], raw[12:], None)
        except Exception:  # what the library answers to all of them
            raise SdkError("DecryptData", 10006) from None

    def media(self, sdkfileid: str, index: str) -> MediaChunk:
        self._fault("GetMediaData")
        if sdkfileid not in self.files:
            raise SdkError("GetMediaData", 10005)
        start = int(index or 0)
        end = start + CHUNK
        content = self.files[sdkfileid]
        return MediaChunk(content[start:end], str(end), end >= len(content))

    def _fault(self, function: str) -> None:
        if self.faults:
            raise SdkError(function, self.faults.pop(0))


def text(msgid: str, sender: str, to: Sequence[str], content: str, at: int, roomid: str = "") -> dict[str, Any]:
    """A text message as the archive has it; `at` in seconds."""
    return {
        "msgid": msgid, "action": "send", "from": sender, "tolist": list(to), "roomid": roomid, "msgtime": at * 1000,
        "msgtype": "text", "text": {"content": content},
    }  # fmt: skip


C_SOURCE = r"""
#include <stdlib.h>
#include <string.h>
#include <stdio.h>

typedef struct { char *buf; int len; } Slice_t;
typedef struct { char *outindexbuf; int out_len; char *data; int data_len; int is_finish; } MediaData_t;
typedef struct { int ready; } Sdk_t;

Sdk_t *NewSdk(void) { return calloc(1, sizeof(Sdk_t)); }
int Init(Sdk_t *sdk, const char *corpid, const char *secret) {
    if (strcmp(corpid, "ww1") || strcmp(secret, "archive-secret")) return 10000;
    sdk->ready = 1;
    return 0;
}
void DestroySdk(Sdk_t *sdk) { free(sdk); }
Slice_t *NewSlice(void) { return calloc(1, sizeof(Slice_t)); }
void FreeSlice(Slice_t *s) { free(s->buf); free(s); }
char *GetContentFromSlice(Slice_t *s) { return s->buf; }
int GetSliceLen(Slice_t *s) { return s->len; }
static void fill(Slice_t *s, const char *text) { s->len = strlen(text); s->buf = malloc(s->len + 1); memcpy(s->buf, text, s->len + 1); }
int GetChatData(Sdk_t *sdk, unsigned long long seq, unsigned int limit, const char *proxy, const char *passwd, int timeout, Slice_t *out) {
    char text[256];
    if (!sdk->ready) return 10000;
    if (seq == 99) return 10001;
    snprintf(text, sizeof text, "{\"errcode\":0,\"seq\":%llu,\"limit\":%u,\"timeout\":%d,\"proxy\":\"%s\"}", seq, limit, timeout, proxy);
    fill(out, text);
    return 0;
}
int DecryptData(const char *key, const char *msg, Slice_t *out) {
    char text[256];
    if (!strcmp(key, "bad")) return 10006;
    snprintf(text, sizeof text, "{\"key\":\"%s\",\"message\":\"%s\"}", key, msg);
    fill(out, text);
    return 0;
}
MediaData_t *NewMediaData(void) { return calloc(1, sizeof(MediaData_t)); }
void FreeMediaData(MediaData_t *m) { free(m->outindexbuf); free(m->data); free(m); }
char *GetOutIndexBuf(MediaData_t *m) { return m->outindexbuf; }
int GetIndexLen(MediaData_t *m) { return m->out_len; }
char *GetData(MediaData_t *m) { return m->data; }
int GetDataLen(MediaData_t *m) { return m->data_len; }
int IsMediaDataFinish(MediaData_t *m) { return m->is_finish; }
int GetMediaData(Sdk_t *sdk, const char *index, const char *fileid, const char *proxy, const char *passwd, int timeout, MediaData_t *m) {
    static const char bytes[] = {'a', 0, 'b', 0, 'c', 0};
    int at = atoi(index);
    if (strcmp(fileid, "f1")) return 10005;
    m->data_len = 2; m->data = malloc(2); memcpy(m->data, bytes + at, 2);
    m->outindexbuf = malloc(8); m->out_len = snprintf(m->outindexbuf, 8, "%d", at + 2);
    m->is_finish = at + 2 >= 6;
    return 0;
}
"""


def compiled(folder: Path) -> Path | None:
    """The library made of it, None where there is no compiler of C."""
    compiler = shutil.which("gcc") or shutil.which("cc") or shutil.which("clang")
    if compiler is None:
        return None
    source, made = folder / "sdk.c", folder / "libsdk.so"
    source.write_text(C_SOURCE)
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(made), str(source)], check=True, capture_output=True)
    return made
