"""Ctrl-C while listening: what was said last is still written, and nothing looks like a failure."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.tone_models import sense_voice, voiced, write_model, write_sound


def test_an_interrupt_ends_listening_cleanly(tmp_path: Path) -> None:
    write_model(tmp_path / "models" / "sense-voice", sense_voice())
    sound = np.concatenate([voiced("你好好你"), voiced("好好好你"), np.zeros(16_000 * 600, np.float32)])
    write_sound(tmp_path / "long.wav", sound)
    command = [
        sys.executable,
        "-m",
        "jianwei",
        "transcribe",
        "--microphone",
        "long.wav",
        "--engine",
        "sense-voice",
        "--no-mood",
    ]
    environment = {**os.environ, "JIANWEI_MODELS": str(tmp_path / "models"), "LANG": "en", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*command, "--json", "--out", "out"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as listening:
        assert listening.stdout is not None
        assert listening.stderr is not None
        first = json.loads(listening.stdout.readline())
        listening.send_signal(signal.SIGINT)
        rest = listening.stdout.read()
        complaints = listening.stderr.read()
    assert listening.returncode == 0, complaints
    assert "Traceback" not in complaints
    assert first["text"] == "你好好你"
    texts = [first["text"], *(json.loads(line)["text"] for line in rest.splitlines())]
    assert (tmp_path / "out" / "microphone.txt").read_text("utf-8").split() == texts
