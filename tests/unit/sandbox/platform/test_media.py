"""Media and materials: byte for byte up and down, what is refused, how long they last."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.areas.materials import MaterialBook
from jianwei.sandbox.platform.areas.media import Hosted, Kept, MediaStore
from jianwei.sandbox.platform.formats import picture, seconds_of, suffix_of
from jianwei.sandbox.platform.world import App, Clock, Platform
from jianwei.wechat import ApiError, AsyncClient, Client
from jianwei.wechat.endpoints.drafts import Article
from jianwei.wechat.endpoints.materials import NewsMaterial, VideoDescription, VideoMaterial
from jianwei.wechat.endpoints.media import VideoUrl
from jianwei.wechat.endpoints.menus import Button
from jianwei.wechat.request import Download, File

PNG = File.of(picture(b"tea"), name="茶 1.png")
AMR = File.of(b"#!AMR\n" + (b"\x3c" + bytes(31)) * 100, name="a.amr")
MP4 = File.of(b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)), name="a.mp4")


def jpeg(size: int = 8) -> bytes:
    made = BytesIO()
    Image.new("RGB", (size, size), "green").save(made, "JPEG")
    return made.getvalue()


@dataclass(frozen=True)
class Stage:
    platform: Platform
    app: App
    client: Client
    url: str


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    platform = Platform(Clock(lambda: 1_772_000_000.0))
    app = platform.add(App("wx00000000000000e0", "secret", "service"))
    with running(platform) as url, Client(app.app_id, app.secret, base_url=url) as client:
        yield Stage(platform, app, client, url)


def refused(error: pytest.ExceptionInfo[ApiError]) -> int:
    return error.value.code


def test_media_come_down_as_they_went_up(stage: Stage) -> None:
    for kind, file in (("image", PNG), ("voice", AMR), ("thumb", File.of(jpeg(), name="t.jpg"))):
        up = stage.client.media.upload(kind, file)  # type: ignore[arg-type]
        assert (up.type, up.created_at) == (kind, 1_772_000_000)
        down = stage.client.media.get(up.media_id)
        assert isinstance(down, Download)
        assert down.content == file.content
        assert down.media_type == file.media_type.lower()


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=3_000))
def test_any_bytes_come_down_as_they_went_up(stage: Stage, tail: bytes) -> None:
    content = PNG.content + tail
    down = stage.client.media.get(stage.client.media.upload("image", content).media_id)
    assert isinstance(down, Download)
    assert down.content == content


def test_a_path_is_uploaded_and_a_video_is_given_by_its_address(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "茶.mp4"
    path.write_bytes(MP4.content)
    down = stage.client.media.get(stage.client.media.upload("video", path).media_id)
    assert isinstance(down, VideoUrl)
    hosted = stage.platform.of(Hosted).files[down.video_url.removeprefix(stage.url)]
    assert (hosted.content, hosted.name) == (MP4.content, "茶.mp4")


def test_asynchronous_clients_upload_and_download(stage: Stage) -> None:
    async def both() -> Download | VideoUrl:
        async with AsyncClient(stage.app.app_id, stage.app.secret, base_url=stage.url) as client:
            return await client.media.get((await client.media.upload("image", PNG)).media_id)

    down = asyncio.run(both())
    assert isinstance(down, Download)
    assert down.content == PNG.content


@pytest.mark.parametrize(
    ("type", "file", "code"),
    [
        ("image", File("a.pdf", b"%PDF-1.7"), 40005),
        ("voice", PNG, 40005),
        ("thumb", PNG, 40005),
        ("video", AMR, 40005),
        ("image", File("a.png", b""), 44001),
        ("image", File("a.png", PNG.content + bytes(10 << 20)), 40009),
        ("thumb", File("a.jpg", jpeg() + bytes(64 << 10)), 40006),
        ("voice", File("a.amr", AMR.content + bytes(2 << 20)), 45001),
        ("voice", File("a.amr", b"#!AMR\n" + (b"\x3c" + bytes(31)) * 3_001), 45007),
        ("video", File("a.mp4", MP4.content + bytes(10 << 20)), 45001),
        ("music", PNG, 40004),
    ],
)
def test_what_is_no_such_media_is_refused(stage: Stage, type: str, file: File, code: int) -> None:
    for upload in (stage.client.media.upload, stage.client.materials.add):
        with pytest.raises(ApiError) as error:
            upload(type, file)  # type: ignore[operator]
        assert refused(error) == code


def test_an_upload_without_a_file_is_refused(stage: Stage) -> None:
    with pytest.raises(ApiError) as error:
        stage.client.request("POST", "/cgi-bin/media/upload", query={"type": "image"})
    assert refused(error) == 41005


def test_media_last_three_days(stage: Stage) -> None:
    media_id = stage.client.media.upload("image", PNG).media_id
    store = stage.app.of(MediaStore)
    kept = store.files[media_id]
    store.files[media_id] = Kept(kept.type, kept.content, kept.at - 3 * 86_400 + 1)
    stage.client.media.get(media_id)
    store.files[media_id] = Kept(kept.type, kept.content, kept.at - 3 * 86_400)
    for gone in (media_id, "nothing"):
        with pytest.raises(ApiError) as error:
            stage.client.media.get(gone)
        assert refused(error) == 40007


def test_recordings_of_pages_come_in_better_quality(stage: Stage) -> None:
    recorded = Kept("voice", AMR.content, 1_772_000_000, recording=b"Speex   better")
    media_id = stage.app.of(MediaStore).keep(stage.platform, recorded)
    assert stage.client.media.recording(media_id).content == b"Speex   better"
    with pytest.raises(ApiError) as error:
        stage.client.media.recording(stage.client.media.upload("voice", AMR).media_id)
    assert refused(error) == 40007


def test_pictures_for_articles(stage: Stage) -> None:
    address = stage.client.media.upload_picture(PNG)
    assert stage.platform.of(Hosted).files[address.removeprefix(stage.url)].content == PNG.content
    for file, code in ((File("a.gif", b"GIF89a"), 40005), (File("a.png", PNG.content + bytes(1 << 20)), 40009)):
        with pytest.raises(ApiError) as error:
            stage.client.media.upload_picture(file)
        assert refused(error) == code


def test_materials_are_counted_listed_and_deleted(stage: Stage) -> None:
    add, get = stage.client.materials.add, stage.client.materials.get
    before = stage.client.materials.counts()
    pictures = [add("image", File.of(picture(bytes([i])), name=f"{i}.png")) for i in range(45)]
    voice = add("voice", AMR)
    assert all(one.url.startswith(stage.url) for one in pictures)
    assert voice.url == ""
    after = stage.client.materials.counts()
    assert (after.image_count - before.image_count, after.voice_count - before.voice_count) == (45, 1)
    listed = list(stage.client.materials.list("image"))
    assert [one.media_id for one in listed[:45]] == [one.media_id for one in reversed(pictures)]
    assert (listed[0].name, listed[0].url, listed[0].update_time) == ("44.png", pictures[44].url, 1_772_000_000)
    down = get(voice.media_id)
    assert isinstance(down, Download)
    assert down.content == AMR.content
    stage.app.of(MaterialBook).used.add(pictures[0].media_id)
    with pytest.raises(ApiError) as error:
        stage.client.materials.delete(pictures[0].media_id)
    assert refused(error) == 48005
    stage.client.materials.delete(voice.media_id)
    for call in (get, stage.client.materials.delete):
        with pytest.raises(ApiError) as error:
            call(voice.media_id)
        assert refused(error) == 40007


def test_a_material_in_a_menu_cannot_be_deleted(stage: Stage) -> None:
    media_id = stage.client.materials.add("image", PNG).media_id
    entry = Button("看图", type="media_id", media_id=media_id)
    for menu in ([entry], [Button("更多", sub_button=[entry])]):
        stage.client.menus.create(menu)
        with pytest.raises(ApiError) as error:
            stage.client.materials.delete(media_id)
        assert refused(error) == 48005
    stage.client.menus.delete()
    stage.client.materials.delete(media_id)


def test_videos_and_articles_as_materials(stage: Stage) -> None:
    with pytest.raises(ApiError) as error:
        stage.client.materials.add("video", MP4)
    assert refused(error) == 40035
    added = stage.client.materials.add("video", MP4, VideoDescription("采茶", "四月"))
    video = stage.client.materials.get(added.media_id)
    assert isinstance(video, VideoMaterial)
    assert (video.title, video.description) == ("采茶", "四月")
    assert stage.platform.of(Hosted).files[video.down_url.removeprefix(stage.url)].content == MP4.content
    stage.app.of(MaterialBook).keep_articles("news1", [Article("春茶", "<p>茶</p>")], 1_700_000_000)
    assert stage.client.materials.get("news1") == NewsMaterial([Article("春茶", "<p>茶</p>")])
    [listed] = stage.client.materials.list("news")
    assert listed.content is not None
    assert (listed.content.news_item[0].title, listed.content.create_time) == ("春茶", 1_700_000_000)


def test_a_page_has_one_to_twenty_rows(stage: Stage) -> None:
    for offset, count in ((-1, 20), (0, 0), (0, 21)):
        with pytest.raises(ApiError) as error:
            list(stage.client.materials.list("image", offset, count))
        assert refused(error) == 40007


def test_formats_are_told_as_independent_writers_write_them() -> None:
    for name, suffix in (("JPEG", "jpg"), ("PNG", "png"), ("GIF", "gif"), ("BMP", "bmp")):
        made = BytesIO()
        Image.new("RGB", (4, 4)).save(made, name)
        assert suffix_of(made.getvalue()) == suffix
    made = BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setparams((1, 2, 8_000, 0, "NONE", ""))
    assert suffix_of(made.getvalue()) == ""
    with Image.open(BytesIO(picture(b"x"))) as read:
        read.load()
        assert read.size == (16, 16)


def test_seconds_of_a_voice_by_its_frames() -> None:
    frame = b"\xff\xfb\x90\x00" + bytes(413)  # MPEG 1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes, 1,152 samples
    assert seconds_of(frame * 100) == pytest.approx(100 * 1_152 / 44_100)
    tagged = b"ID3\x04\x00\x00\x00\x00\x01\x00" + bytes(128) + frame * 10
    assert suffix_of(tagged) == "mp3"
    assert seconds_of(tagged) == pytest.approx(10 * 1_152 / 44_100)
    assert seconds_of(b"RIFF") == 0
