"""Sounds made from numbers: something like a voice, and everything that is none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["RATE", "music", "pink", "silence", "talk", "white"]

RATE = 16_000
_VOWELS = (
    (730, 1090, 2440),
    (270, 2290, 3010),
    (300, 870, 2240),
    (530, 1840, 2480),
    (570, 840, 2410),
)  # formants in Hz


def talk(seconds: float, *, seed: int = 0, pitch: float = 120.0) -> NDArray[np.float32]:
    """Syllables without meaning: pulses of a throat, through the formants of vowels, four or five a second; peak 0.5."""
    rng = np.random.default_rng(seed)
    parts = []
    while sum(map(len, parts)) < seconds * RATE:
        length = int(rng.uniform(0.18, 0.28) * RATE)
        time = np.arange(length) / RATE
        tone = pitch * (1 + rng.uniform(-0.2, 0.2) * np.linspace(-1, 1, length)) * rng.uniform(0.9, 1.15)
        phase = np.cumsum(tone) / RATE
        formants = _VOWELS[int(rng.integers(len(_VOWELS)))]
        sound = np.zeros(length)
        for number in range(1, 40):
            loud = sum(
                np.exp(-(((number * pitch - f) / (80 + 0.06 * f)) ** 2)) / (1 + at) for at, f in enumerate(formants)
            )
            sound += (loud + 0.02 / number) * np.sin(2 * np.pi * number * phase)
        breath = rng.standard_normal(length) * np.exp(-time * 60) * 0.3
        parts.append((sound + breath) * np.sin(np.pi * time * RATE / length) ** 0.5)
    voice = np.concatenate(parts)[: int(seconds * RATE)]
    return (0.5 * voice / np.abs(voice).max()).astype(np.float32)


def silence(seconds: float) -> NDArray[np.float32]:
    return np.zeros(int(seconds * RATE), np.float32)


def white(seconds: float, level: float = 0.1, seed: int = 0) -> NDArray[np.float32]:
    noise = np.random.default_rng(seed).standard_normal(int(seconds * RATE))
    return (level * noise).astype(np.float32)


def pink(seconds: float, level: float = 0.1, seed: int = 0) -> NDArray[np.float32]:
    """Noise whose power falls with 1/f."""
    count = int(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    noise = np.fft.irfft(spectrum, count)
    return (level * noise / noise.std()).astype(np.float32)


def music(seconds: float, level: float = 0.2, seed: int = 0) -> NDArray[np.float32]:
    """Plucked chords over a bass and a beat."""
    rng = np.random.default_rng(seed)
    count, beat = int(seconds * RATE), RATE // 2
    sound = np.zeros(count + 4 * beat)
    scale = 220.0 * 2 ** (np.array([0, 2, 4, 7, 9, 12]) / 12)
    time = np.arange(4 * beat) / RATE
    for start in range(0, count, beat):
        for note in (*rng.choice(scale, 3), scale[0] / 4):
            overtones = sum(np.sin(2 * np.pi * note * k * time) / k**1.5 for k in range(1, 7))
            sound[start : start + len(time)] += overtones * np.exp(-time * 2.5)
        drum = rng.standard_normal(beat // 4) * np.exp(-np.arange(beat // 4) / 400)
        sound[start : start + len(drum)] += drum
    return (level * sound[:count] / np.abs(sound[:count]).max()).astype(np.float32)
