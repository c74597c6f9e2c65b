"""How what pictures show is shown: one as a report, many as a table, near-duplicates as groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from jianwei.cli._door import as_short_json, console, printable, show_table
from jianwei.cli._rejected import rejection, rejections
from jianwei.cli.text._parts import clipped
from jianwei.common.files import path_name
from jianwei.common.i18n import catalog, guess_language
from jianwei.common.names import display_width, shortened, told_apart

if TYPE_CHECKING:
    from jianwei.common.media import RejectedMediaError
    from jianwei.common.progress import Progress
    from jianwei.common.results import Unavailable
    from jianwei.vision._base import Code, ImageReport, Liveness, Thing
    from jianwei.vision.looking import Looker

__all__ = ["Shown", "show_all", "words"]

_FULL = 3
"""So many pictures are told in full, more as a table."""

_OF_STILLS = ("avatar", "safety", "hash")
"""Parts that say little of a single frame of a video."""


def words(key: str, /, **values: object) -> str:
    """The sentence for `vision.<key>` in the reader's language."""
    return catalog(guess_language()).text(f"vision.{key}", **values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is shown, and what is written.

    Attributes:
        near: bits in which near-duplicates may differ; None where they are not asked for.
        draw: folder for copies with what was seen drawn in.
        models: folder of models that goes before all other places.
    """

    json: bool
    limit: int
    near: int | None
    draw: Path | None
    models: Path | None

    def say(self, text: str = "") -> None:
        console().print(printable(text), markup=False)

    def warn(self, text: str) -> None:
        console(stderr=True).print(printable(text), style="yellow", markup=False)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a file shows: a picture once, a video at some seconds."""

    path: Path
    reports: tuple[tuple[float, ImageReport], ...]
    video: bool
    live: Liveness | Unavailable | None

    @property
    def first(self) -> ImageReport:
        return self.reports[0][1]


def show_all(paths: Sequence[Path], looker: Looker, *, liveness: bool, shown: Shown, progress: Progress) -> int:
    """Look at files, show and draw what is seen; returns how many were rejected."""
    from jianwei.workspace.pictures.viewing import View, view_all, write_annotated

    seen: list[_Seen] = []
    rejected: list[RejectedMediaError] = []
    written: list[Path] = []
    taken: set[str] = set()
    for view in view_all(paths, looker, liveness=liveness, models=shown.models, progress=progress):
        if not isinstance(view, View):
            rejected.append(view)
            continue
        if shown.draw is not None:
            written += write_annotated(view, shown.draw, taken, guess_language())
        reports = tuple((second, report) for second, _, report in view.frames)
        seen.append(_Seen(Path(path_name(view.path)), reports, view.video, view.live))
    groups = _near(seen, shown.near) if shown.near is not None else ()
    if shown.json:
        typer.echo(as_short_json(_plain(seen, rejected, groups if shown.near is not None else None, looker, written)))
        return len(rejected)
    if not paths:
        shown.say(words("no_pictures"))
        return 0
    names = told_apart([one.path for one in seen])
    if len(seen) <= _FULL or liveness:
        for one, name in zip(seen[: shown.limit], names, strict=False):
            _show_one(one, name, shown)
    else:
        _show_many(seen, names, looker, shown)
    if len(seen) > shown.limit:
        shown.say(words("more", files=len(seen) - shown.limit))
    _show_near(names, groups, shown)
    for line in rejections(((error, error.where) for error in rejected), "vision.formats"):
        shown.warn(line)
    if written:
        shown.say(words("written", files=len(written), folder=shown.draw))
    for line in _missing(looker) if seen else ():
        shown.say(line)
    return len(rejected)


def _near(seen: Sequence[_Seen], distance: int) -> tuple[tuple[int, ...], ...]:
    from jianwei.vision.hashing import near_groups

    return near_groups([one.first.hash for one in seen], distance)


def _show_one(one: _Seen, name: str, shown: Shown) -> None:
    report = one.first
    width, height = report.size
    kind = words("frames", frames=report.frames) if report.frames > 1 else ""
    form = report.format.upper()
    if one.video:
        kind, form = words("looked", frames=len(one.reports)), ""
    about = "  ".join(part for part in (f"{width} × {height}", form, kind) if part)
    console().print(printable(f"{name}  {about}"), style="bold", markup=False)
    if one.video:
        _show_frames(one, shown)
    else:
        for part, lines in _lines(report, shown):
            _labelled(words(f"part.{part}"), lines or [words("nothing")], shown)
    if one.live is not None:
        _labelled(words("part.liveness"), [_liveness(one.live)], shown)
    shown.say()


def _show_frames(one: _Seen, shown: Shown) -> None:
    """What is in a video: every second in which something is, and the worst of all frames."""
    empty = True
    for second, report in one.reports:
        found = [(name, lines) for name, lines in _lines(report, shown) if lines and name not in _OF_STILLS]
        if found:
            shown.say(words("second", second=second))
            empty = False
        for name, lines in found:
            _labelled(words(f"part.{name}"), lines, shown)
    judged = [report for _, report in one.reports if report.safety]
    if empty:
        shown.say("  " + words("nothing_in_video"))
    if judged:
        worst = max(judged, key=lambda report: report.safety.nsfw if report.safety else 0.0)
        _labelled(words("part.safety"), _part("safety", worst, shown), shown)


def _labelled(name: str, lines: Sequence[str], shown: Shown) -> None:
    """A part's name beside its lines."""
    used = display_width(name)
    for at, line in enumerate(lines):
        shown.say(("  " + (name + " " * (12 - used) if at == 0 else " " * 12)) + line)


def _lines(report: ImageReport, shown: Shown) -> Iterator[tuple[str, list[str]]]:
    """What is said of every part that somebody looked for; nothing where nothing was found."""
    parts: dict[str, object] = {
        "text": report.lines, "faces": report.faces, "avatar": report.avatar, "codes": report.codes,
        "things": report.things, "scenes": report.scenes, "safety": report.safety,
    }  # fmt: skip
    from jianwei.common.results import Unavailable

    for name, found in parts.items():
        if isinstance(found, Unavailable):
            if found.reason.code == "failed":
                yield name, [words("failed", error=clipped(str(found.reason.values.get("error", "")), 54))]
            continue
        yield name, _part(name, report, shown)
    yield "hash", [report.hash]
    if report.notes:
        yield "notes", [words(f"note.{note}") for note in report.notes]


def _part(name: str, report: ImageReport, shown: Shown) -> list[str]:
    if name == "text":
        said = [f"{words(f'side.{m.side}')}{m.name + ': ' if m.name else ''}{m.text}" for m in report.chat]
        lines = said or [line.text for line in report.lines or ()]
        more = [words("more_lines", lines=len(lines) - shown.limit)] if len(lines) > shown.limit else []
        return [clipped(line, 64) for line in lines[: shown.limit]] + more
    if name == "faces" and report.faces:
        sizes = ", ".join(f"{f.box[2] - f.box[0]:.0f} × {f.box[3] - f.box[1]:.0f}" for f in report.faces[:4])
        return [words("faces", faces=len(report.faces), sizes=sizes + (", …" if len(report.faces) > 4 else ""))]
    if name == "avatar" and report.avatar:
        return [words("share", what=words(f"avatar.{report.avatar.verdict}"), share=_share(report.avatar.score))]
    if name == "codes":
        return [_code(code) for code in report.codes or ()]
    if name in ("things", "scenes"):
        return (
            [", ".join(map(_thing, found))] if (found := report.things if name == "things" else report.scenes) else []
        )
    if name == "safety" and report.safety:
        verdict = words("safety.unsafe" if report.safety.unsafe else "safety.safe")
        return [words("share", what=verdict, share=words("safety.score", score=report.safety.nsfw))]
    return []


def _show_many(seen: Sequence[_Seen], names: Sequence[str], looker: Looker, shown: Shown) -> None:
    parts = ("text", "faces", "codes", "things", "safety")
    asked = [part for part in parts if part not in _not_asked(looker)] or ["hash"]
    cells: dict[str, Callable[[_Seen], str]] = {
        "text": lambda one: clipped(_text(one), 20),
        "faces": lambda one: _count(one, "faces"),
        "codes": lambda one: _count(one, "codes"),
        "things": lambda one: clipped(", ".join(_things(one)), 12),
        "safety": _unsafe,
        "hash": lambda one: one.first.hash,
    }
    show_table(
        [words(f"column.{column}") for column in ("file", "size", *asked)],
        (
            (
                shortened(name, 18),
                "{}×{}".format(*one.first.size),
                *(cells[part](one) for part in asked),
            )
            for one, name in zip(seen[: shown.limit], names, strict=False)
        ),
    )


def _not_asked(looker: Looker) -> set[str]:
    return {part for part, why in looker.missing.items() if why.reason.code == "not_asked"}


def _text(one: _Seen) -> str:
    for _, report in one.reports:
        if report.chat:
            return words("chat", messages=len(report.chat))
        if report.text:
            return report.text
    return ""


def _count(one: _Seen, part: str) -> str:
    """The most of any frame."""
    known = [len(found) for _, report in one.reports if isinstance(found := getattr(report, part), tuple)]
    return (str(max(known)) if max(known) else "") if known else "?"


def _things(one: _Seen) -> list[str]:
    names: dict[str, None] = {}
    for _, report in one.reports:
        names.update((_name(thing), None) for thing in (report.scenes or ()) + (report.things or ()))
    return list(names)


def _unsafe(one: _Seen) -> str:
    known = [report.safety for _, report in one.reports if report.safety]
    if not known:
        return "?"
    return words("safety.unsafe") if any(safety.unsafe for safety in known) else words("safety.safe")


def _show_near(names: Sequence[str], groups: Sequence[Sequence[int]], shown: Shown) -> None:
    if shown.near is None:
        return
    shown.say(words("near", groups=len(groups), pictures=sum(map(len, groups))))
    for group in groups[: shown.limit]:
        shown.say("  " + ", ".join(shortened(names[at], 24) for at in group))
    if len(groups) > shown.limit:
        shown.say(words("more_groups", groups=len(groups) - shown.limit))


def _missing(looker: Looker) -> Iterator[str]:
    """What was not looked for here, and the command that adds it."""
    lacking = [why.reason for why in looker.missing.values() if why.reason.code != "not_asked"]
    for code in dict.fromkeys(reason.code for reason in lacking):
        for command in dict.fromkeys(str(r.values.get("command", "")) for r in lacking if r.code == code):
            parts = [
                str(r.values["part"]) for r in lacking if r.code == code and r.values.get("command", "") == command
            ]
            yield words(f"reason.{code}", parts=", ".join(words(f"part.{part}") for part in parts), command=command)


def _code(code: Code) -> str:
    from jianwei.vision.payloads import payload_kind

    kind = words(f"payload.{payload_kind(code.text, code.format)}")
    return words("code", format=code.format, kind=kind, text=clipped(code.text, 44))


def _name(thing: Thing) -> str:
    return thing.label if guess_language() == "zh_CN" else thing.name


def _thing(thing: Thing) -> str:
    return words("share", what=_name(thing), share=_share(thing.score))


def _liveness(live: Liveness | Unavailable) -> str:
    from jianwei.common.results import Unavailable

    if isinstance(live, Unavailable):
        command = live.reason.values.get("command")
        return words("unknown", command=command) if command else words(f"reason.{live.reason.code}")
    return words("live" if live.live else "not_live", share=_share(live.score))


def _share(score: float) -> str:
    return f"{score:.0%}".replace("%", " %")


def _plain(
    seen: Sequence[_Seen],
    rejected: Sequence[RejectedMediaError],
    groups: Sequence[Sequence[int]] | None,
    looker: Looker,
    written: Sequence[Path],
) -> dict[str, object]:
    from jianwei.vision.payloads import payload_kind

    def plain(second: float, report: ImageReport) -> dict[str, object]:
        """The report without what nobody asked for, and with the kinds of what codes say."""
        names = {"text": "lines"}
        left_out = {names.get(part, part) for part in _not_asked(looker)} | {"name", "models"}
        shown = {field.name: getattr(report, field.name) for field in fields(report) if field.name not in left_out}
        kinds = [payload_kind(code.text, code.format) for code in report.codes or ()]
        return {"second": second, **shown, **({"payloads": kinds} if "codes" in shown else {})}

    return {
        "models": dict(looker.identities),
        "files": [
            {
                "file": str(one.path),
                "frames": [plain(second, report) for second, report in one.reports],
                "liveness": one.live,
            }
            for one in seen
        ],
        "rejected": [
            {"file": error.where, "code": error.code, "error": rejection(error, error.where)} for error in rejected
        ],
        "near": None if groups is None else [[str(seen[at].path) for at in group] for group in groups],
        "written": [path_name(path) for path in written],
    }
