"""Which files are heard, what their transcripts are called, how they are written, and how somebody feels."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow.csv as pa_csv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[3]))

from support.served import KEY, account, keep
from support.tone_models import paraformer, sense_voice, spoken, write_model, write_sound

from jianwei.errors import ModelNotFoundError, StoreError, UsageError
from jianwei.ingest.consenting import record_consent
from jianwei.models import ModelIdentity
from jianwei.models.endpoint import ConsentMissingError
from jianwei.sources._gathered import Gathered
from jianwei.speech import Segment, Transcript
from jianwei.store import now_us
from jianwei.workspace import open_workspace
from jianwei.workspace.voices.engines import SHARING, languages_of, open_engine, open_platform
from jianwei.workspace.voices.feeling import moods
from jianwei.workspace.voices.finding import find_recordings
from jianwei.workspace.voices.writing import asked_formats, table_of, write_transcript

SOUND = spoken("好")


def transcript(text: str = "发货了") -> Transcript:
    segments = (Segment(0.0, 1.0, text, 0.75),) if text else ()
    return Transcript(segments, "zh" if text else "", 2.0, 1.0, ModelIdentity("m", "1"))


def test_folders_give_their_sounds_in_order_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "b" / "deep").mkdir(parents=True)
    (tmp_path / ".hidden").mkdir()
    write_sound(tmp_path / "b" / "deep" / "2.wav", SOUND)
    write_sound(tmp_path / "a voice without an ending", SOUND)
    write_sound(tmp_path / ".hidden" / "1.wav", SOUND)
    write_sound(tmp_path / ".x.wav", SOUND)
    (tmp_path / "note.txt").write_text("hello")
    (tmp_path / "broken.MP3").write_bytes(b"")
    found = find_recordings([tmp_path])
    assert [one.path.name for one in found] == ["a voice without an ending", "broken.MP3", "2.wav"]
    assert [one.name.as_posix() for one in found] == ["a voice without an ending", "broken", "b/deep/2"]


def test_what_is_named_is_heard_once_whatever_it_is(tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "a.wav", SOUND)
    found = find_recordings([sound, tmp_path, tmp_path / "missing.amr", sound])
    assert [one.path for one in found] == [sound, tmp_path / "missing.amr"]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(["x/a.amr", "x/a.mp3", "y/a.amr", "a", "a.amr", "a.amr.mp3", "a-2", "b.v.wav"]), max_size=8
    )
)
def test_no_two_transcripts_have_one_name(paths: list[str]) -> None:
    found = find_recordings([Path("/nowhere") / path for path in paths])
    names = [one.name for one in found]
    assert len(set(names)) == len(names) == len(set(paths))
    assert all(name.name and not name.is_absolute() and ".." not in name.parts for name in names)


def test_files_beside_each_other(tmp_path: Path) -> None:
    paths = write_transcript(
        tmp_path / "new", Path("day/1"), transcript("=发货了"), ("txt", "srt", "vtt", "json", "csv")
    )
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        f"new/day/1.{ending}" for ending in ("txt", "srt", "vtt", "json", "csv")
    ]
    rows = pa_csv.read_csv(paths[-1]).to_pylist()
    assert [(row["start"], row["end"]) for row in rows] == [(0, 1)]
    assert not rows[0]["text"].startswith("=")  # a spreadsheet would run it
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot be written"):
        write_transcript(tmp_path / "file", Path("1"), transcript(), ("txt",))


def test_formats_by_name() -> None:
    assert asked_formats("SRT,,.vtt, srt") == ("srt", "vtt")
    for text in ("", " , ", "doc", "txt,doc"):
        with pytest.raises(UsageError, match="format"):
            asked_formats(text)


def test_a_table_of_all(tmp_path: Path) -> None:
    sound, silent = find_recordings([tmp_path / "a.amr", tmp_path / "b.amr"])
    heard = [(sound, transcript("物流太慢了，气死我了，快点发货")), (silent, transcript(""))]
    felt = moods([found.text for _, found in heard])
    one, nothing = table_of(heard, felt).to_pylist()
    assert (one["sentiment"], nothing["sentiment"], nothing["confidence"]) == ("negative", None, None)
    assert "shipping" in one["topics"]
    assert table_of(heard).column_names == ["file", "text", "language", "seconds", "spoken", "confidence"]


def test_moods_are_those_of_the_text_stage() -> None:
    from jianwei.text import load_builtin, sentiment

    texts = ["物流太慢了，气死我了", "", "  ", "很好吃，太开心了，谢谢老板", "几点下班"]
    found = moods(texts)
    assert (found[1], found[2]) == (None, None)
    filled = [(text, mood) for text, mood in zip(texts, found, strict=True) if mood is not None]
    assert [mood.sentiment for _, mood in filled] == sentiment([text for text, _ in filled]).label.tolist()
    assert found[0] is not None
    assert found[0].emotion == "angry"
    for (model, plain), of in {("service", "other"): "topics", ("emotion", "neutral"): "emotion"}.items():
        classes = load_builtin(model)
        import pyarrow as pa

        chances = classes.probabilities(pa.array([text for text, _ in filled]))
        for (_, mood), row in zip(filled, chances, strict=True):
            likely = {name for name, chance in zip(classes.classes, row, strict=True) if chance > 0.5 and name != plain}
            told = getattr(mood, of)
            assert (set(told) if isinstance(told, tuple) else {told} - {""}) == likely
    assert moods([]) == ()
    assert moods(["Where is my parcel", "  "]) == (None, None)  # the models read Chinese alone


def test_engines_by_name_or_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("JIANWEI_MODELS", raising=False)
    own = write_model(tmp_path / "Own Voice", paraformer())
    assert open_engine("paraformer", str(own)).identity.name == "Own Voice"
    models = tmp_path / "models"
    write_model(models / "sense-voice", sense_voice())
    assert open_engine("sense-voice", models=models).recognize([spoken("你")])[0].segments[0].text == "你"
    with pytest.raises(ModelNotFoundError, match="models pull sense-voice"):
        open_engine("sense-voice")
    with pytest.raises(ModelNotFoundError):
        open_engine("whisper", "no-such-model")
    with pytest.raises(UsageError, match="no engine"):
        open_engine("siri")
    assert np.isin(["zh", "yue", "en", "ja"], languages_of("whisper")).all()
    with pytest.raises(UsageError):
        languages_of("siri")


def test_a_consent_may_be_withdrawn_and_given_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANWEI_KEY", KEY.reveal())
    store = keep(tmp_path, account("shop", "service", "http://127.0.0.1:9", "wx0123456789abcdef"))
    ws = open_workspace(tmp_path)

    def allowed() -> bool:
        try:
            with open_platform(ws, "shop") as recognizer:
                return recognizer.identity.name == "wechat-voice"
        except ConsentMissingError:
            return False

    assert not allowed()
    for purpose in ("recommendation", SHARING):
        record_consent(store, "shop", "wx0123456789abcdef", purpose=purpose, basis="clause 4", ts_us=100)
        assert allowed() == (purpose == SHARING)
    rows = Gathered("shop")
    user = rows.user("wx0123456789abcdef")
    rows.add("consents", 200, user_id=user, purpose=SHARING, basis="clause 4", granted=True, withdrawn_us=200)
    with store.writing() as lake:
        lake.upsert("consents", rows.tables()["consents"])
    assert not allowed()
    record_consent(store, "shop", "wx0123456789abcdef", purpose=SHARING, basis="clause 5", ts_us=300)
    assert allowed()
    rows = Gathered("shop")
    rows.add("consents", now_us() + 3_600_000_000, user_id=user, purpose=SHARING, basis="clause 6", granted=True)
    with store.writing() as lake:
        lake.upsert("consents", rows.tables()["consents"])
    assert not allowed()  # its day has not come
