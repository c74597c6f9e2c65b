"""What was seen in a file, as annotations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from jianwei.common.media import OpenMedia, RejectedMediaError
from jianwei.common.results import Unavailable
from jianwei.enrich._base import PARTS_A_FILE
from jianwei.enrich.answers import Answer
from jianwei.vision._base import Avatar, Code, Face, ImageReport, Safety, Thing
from jianwei.vision.looking import Looker

__all__ = ["answers_about"]

T = TypeVar("T")
Seen = tuple[float | None, ImageReport]
"""What is seen at a second; None of still pictures."""


def answers_about(media: OpenMedia, *, looker: Looker, missing: Sequence[str]) -> tuple[Answer, ...]:
    """Look at a picture, at frames of an animation or a video.

    Args:
        media: the file.
        looker: who looks.
        missing: parts that nobody looks for here.

    Raises:
        RejectedMediaError: it cannot be read, or is a recording, whatever it is kept as ("no_picture").
    """
    from jianwei.vision.decoding import read_frames, read_picture

    if media.type.kind == "sound":
        raise RejectedMediaError("no_picture", media.name, "holds no picture", "listen to it")
    if media.type.kind != "video":
        picture = read_picture(media)
        if picture.frames == 1:
            return _answers([(None, looker.look_picture(picture, media.name))], picture.format, missing)
    frames = [(frame.seconds, looker.look_picture(frame.picture, media.name)) for frame in read_frames(media)]
    return _answers(frames, media.type.mime.partition("/")[2], missing)


def _answers(seen: Sequence[Seen], format: str, missing: Sequence[str]) -> tuple[Answer, ...]:
    first = seen[0][1]
    still = first.avatar if seen[0][0] is None and isinstance(first.avatar, Avatar) else None
    value = {
        "width": first.size[0],
        "height": first.size[1],
        "frames": first.frames,
        "hash": first.hash,
        "notes": list(first.notes),
        "missing": list(missing),
        "failed": sorted({part for _, report in seen for part in _failed(report)}),
        "avatar": still.verdict if still else None,
    }
    answers = [Answer(task="picture", label=format, value=value), *_text(seen), *_faces(seen)]
    if still:
        answers.append(Answer(task="avatar", label=still.verdict, score=still.score))
    return (*answers, *_codes(seen), *_things("object", seen), *_things("scene", seen), *_safety(seen))


def _failed(report: ImageReport) -> Iterable[str]:
    parts = {
        "text": report.lines,
        "faces": report.faces,
        "avatar": report.avatar,
        "codes": report.codes,
        "things": report.things,
        "scenes": report.scenes,
        "safety": report.safety,
    }
    return (part for part, of in parts.items() if isinstance(of, Unavailable) and of.reason.code == "failed")


def _text(seen: Sequence[Seen]) -> list[Answer]:
    """All lines; of frames those that an earlier one did not have."""
    lines: list[list[Any]] = []
    shown: list[str] = []
    chats: list[list[str]] = []
    known: set[str] = set()
    for second, report in seen:
        found = report.lines if isinstance(report.lines, tuple) else ()
        new = [line for line in found if line.text not in known]
        known.update(line.text for line in new if second is not None)
        lines += [[line.text, *map(round, line.box), round(line.score, 3)] for line in new]
        chats += [[one.side, one.name, one.text] for one in report.chat]
        shown += [one.text for one in report.chat if one.side in ("left", "right")] or [line.text for line in new]
    if not lines:
        return []
    value: dict[str, Any] = {"lines": lines, "chat": chats}
    if seen[0][0] is not None:
        value["second"] = next(second for second, report in seen if isinstance(report.lines, tuple) and report.lines)
    score = sum(line[-1] for line in lines) / len(lines)
    return [
        Answer(task="ocr", label="chat" if chats else "text", text="\n".join(shown), score=round(score, 4), value=value)
    ]


def _faces(seen: Sequence[Seen]) -> list[Answer]:
    """The faces of the frame that has most: the same people are in all of them."""
    frames = [(second, report.faces) for second, report in seen if isinstance(report.faces, tuple)]
    if not frames:
        return []
    second, faces = max(frames, key=lambda pair: (len(pair[1]), sum(face.score for face in pair[1])))

    def answer(at: int, face: Face) -> Answer:
        value = {"box": _box(face.box), "points": [[round(x, 1), round(y, 1)] for x, y in face.points]}
        return Answer(task="face", nth=at, score=face.score, value=_at(second, value))

    return _numbered(faces, answer)


def _codes(seen: Sequence[Seen]) -> list[Answer]:
    found: dict[tuple[str, str], tuple[float | None, Code]] = {}
    for second, report in seen:
        for code in report.codes if isinstance(report.codes, tuple) else ():
            found.setdefault((code.format, code.text), (second, code))

    def answer(at: int, one: tuple[float | None, Code]) -> Answer:
        second, code = one
        value = {"corners": [[round(x, 1), round(y, 1)] for x, y in code.corners]}
        return Answer(task="code", nth=at, label=code.format, text=code.text, value=_at(second, value))

    return _numbered(list(found.values()), answer)


def _things(task: str, seen: Sequence[Seen]) -> list[Answer]:
    """All things of a still picture; of frames each kind of thing once, where it is clearest."""
    found: list[tuple[float | None, Thing]] = []
    for second, report in seen:
        things = report.things if task == "object" else report.scenes
        found += [(second, thing) for thing in things] if isinstance(things, tuple) else []
    if seen[0][0] is not None:
        best: dict[str, tuple[float | None, Thing]] = {}
        for one in found:
            if one[1].name not in best or one[1].score > best[one[1].name][1].score:
                best[one[1].name] = one
        found = list(best.values())

    def answer(at: int, one: tuple[float | None, Thing]) -> Answer:
        second, thing = one
        value = _at(second, {"box": _box(thing.box)} if thing.box else {})
        return Answer(task=task, nth=at, label=thing.name, text=thing.label, score=thing.score, value=value or None)

    return _numbered(found, answer)


def _safety(seen: Sequence[Seen]) -> list[Answer]:
    found = [(second, report.safety) for second, report in seen if isinstance(report.safety, Safety)]
    if not found:
        return []
    second, worst = max(found, key=lambda pair: pair[1].nsfw)
    value = _at(second, {})
    return [
        Answer(task="nsfw", label="unsafe" if worst.unsafe else "safe", score=round(worst.nsfw, 4), value=value or None)
    ]


def _numbered(found: Sequence[T], answer: Callable[[int, T], Answer]) -> list[Answer]:
    """At most as many as there are parts for a file."""
    return [answer(at, one) for at, one in enumerate(found[:PARTS_A_FILE])]


def _at(second: float | None, value: dict[str, Any]) -> dict[str, Any]:
    return value if second is None else {**value, "second": round(second, 2)}


def _box(box: tuple[float, float, float, float]) -> list[float]:
    return [round(side, 1) for side in box]
