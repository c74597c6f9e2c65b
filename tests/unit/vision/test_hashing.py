"""Perceptual hashes: what stays alike, what does not, and which pictures hang together."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from jianwei.vision.hashing import NEAR, hash_distance, near_groups, picture_hash


def scene(seed: int, width: int = 320, height: int = 240) -> Image.Image:
    """A picture with large and small shapes, as photographs have them."""
    rng = np.random.default_rng(seed)
    noise = Image.fromarray(rng.integers(0, 256, (9, 12, 3), dtype=np.uint8)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    fine = Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8)).filter(ImageFilter.GaussianBlur(2))
    return Image.blend(noise, fine, 0.2)


def encoded(picture: Image.Image, quality: int) -> Image.Image:
    with io.BytesIO() as stream:
        picture.save(stream, "JPEG", quality=quality)
        return Image.open(io.BytesIO(stream.getvalue())).convert("RGB")


def cut(picture: Image.Image, share: float) -> Image.Image:
    width, height = picture.size
    return picture.crop(
        (round(width * share), round(height * share), round(width * (1 - share)), round(height * (1 - share)))
    )


CHANGES = {
    "jpeg": lambda picture: encoded(picture, 30),
    "smaller": lambda picture: picture.resize((101, 77)),
    "larger": lambda picture: picture.resize((800, 600)),
    "lighter": lambda picture: Image.eval(picture, lambda v: min(255, v * 9 // 10 + 20)),
    "cut": lambda picture: cut(picture, 0.01),
}


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_near_duplicates_are_near(change: str) -> None:
    for seed in range(6):
        picture = scene(seed)
        hashes = [picture_hash(np.asarray(p)) for p in (picture, CHANGES[change](picture))]
        assert hash_distance(*hashes) <= NEAR


def test_other_pictures_are_far() -> None:
    hashes = [picture_hash(np.asarray(scene(seed))) for seed in range(40)]
    distances = [hash_distance(a, b) for i, a in enumerate(hashes) for b in hashes[:i]]
    assert min(distances) > 2 * NEAR
    assert 28 < np.mean(distances) < 36


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 500, 3), (3, 2, 3), (33, 31, 3), (4000, 5, 3)])
def test_any_size_has_a_hash(shape: tuple[int, int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    assert len(picture_hash(pixels)) == 16
    assert picture_hash(np.full(shape, 200, np.uint8)) == "0" * 16


def brute(hashes: list[str], distance: int) -> set[tuple[int, ...]]:
    """Groups by comparing everything with everything."""
    groups: list[set[int]] = [{i} for i in range(len(hashes))]
    for i, one in enumerate(hashes):
        for j in range(i):
            if int(one, 16) and int(hashes[j], 16) and hash_distance(one, hashes[j]) <= distance:
                mine, other = (next(g for g in groups if k in g) for k in (i, j))
                if mine is not other:
                    groups.remove(other)
                    mine |= other
    return {tuple(sorted(group)) for group in groups if len(group) > 1}


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32), st.sampled_from([0, 1, 3, 6, 11, 25, 64]))
def test_groups_are_those_of_brute_force(seed: int, distance: int) -> None:
    rng = np.random.default_rng(seed)
    seeds = rng.integers(0, 2**63, 6, dtype=np.uint64)
    values = [0, 0]
    for _ in range(40):
        value = int(seeds[rng.integers(6)])
        for bit in rng.integers(0, 64, rng.integers(0, 9)):
            value ^= 1 << int(bit)
        values.append(value)
    hashes = [f"{value:016x}" for value in values]
    assert set(near_groups(hashes, distance)) == brute(hashes, distance)


def test_many_are_grouped() -> None:
    rng = np.random.default_rng(3)
    values = rng.integers(1, 2**63, 30_000, dtype=np.uint64)
    twins = values[:200] ^ (np.uint64(1) << rng.integers(0, 60, 200).astype(np.uint64))
    groups = near_groups([f"{int(v):016x}" for v in np.concatenate([values, twins])], NEAR)
    assert groups == tuple((i, 30_000 + i) for i in range(200))


def test_none_and_few() -> None:
    assert near_groups([]) == ()
    assert near_groups(["00000000000000ff"]) == ()
    assert near_groups(["00000000000000ff"] * 3) == ((0, 1, 2),)


def test_a_hash_and_its_complement_are_as_far_as_can_be() -> None:
    hashes = ["00000000ffffffff", "ffffffff00000000", "0f0f0f0f0f0f0f0f"]
    assert near_groups(hashes, 64) == ((0, 1, 2),)
    assert near_groups(hashes[:2], 64) == ((0, 1),)
    assert near_groups(hashes[:2], 63) == ()
