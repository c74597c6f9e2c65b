"""jianwei transcribe: what is said in recordings, or into a microphone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli._door import FOLDER, INCOMPLETE, AsJson, Quiet, WorkspaceFolder, command, opened
from jianwei.cli._transcripts import Shown, show_all, show_live, words
from jianwei.common.files import OWN_MARKER
from jianwei.common.progress import open_progress
from jianwei.errors import InputError, UsageError

if TYPE_CHECKING:
    from jianwei.speech import Recognizer
    from jianwei.speech.microphone import SoundSource
    from jianwei.workspace.voices.finding import Recording

__all__ = ["register"]

FORMATS = "txt,srt"
_MOST_HOTWORDS = 200


def register(app: typer.Typer) -> None:
    """Add the command to the application."""

    @app.command("transcribe", help=words("help.transcribe"))
    @command
    def transcribe(
        files: Annotated[list[Path] | None, typer.Argument(metavar="FILE", help=words("argument.files"))] = None,
        microphone: Annotated[bool, typer.Option("--microphone", help=words("option.microphone"))] = False,
        device: Annotated[str | None, typer.Option("--device", metavar="NAME", help=words("option.device"))] = None,
        pace: Annotated[
            float | None, typer.Option("--pace", min=0.1, max=1000, show_default="1", help=words("option.pace"))
        ] = None,
        engine: Annotated[str, typer.Option("--engine", metavar="NAME", help=words("option.engine"))] = "whisper",
        model: Annotated[str | None, typer.Option("--model", metavar="NAME|FOLDER", help=words("option.model"))] = None,
        language: Annotated[str, typer.Option("--language", metavar="CODE", help=words("option.language"))] = "zh",
        hotwords: Annotated[
            str | None, typer.Option("--hotwords", metavar="A,B,…", help=words("option.hotwords"))
        ] = None,
        hotwords_file: Annotated[
            Path | None, typer.Option("--hotwords-file", metavar="FILE", help=words("option.hotwords_file"))
        ] = None,
        out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help=words("option.out"))] = None,
        formats: Annotated[
            str | None, typer.Option("--format", metavar="NAME,…", show_default=FORMATS, help=words("option.format"))
        ] = None,
        resume: Annotated[bool, typer.Option("--resume", help=words("option.resume"))] = False,
        output: Annotated[
            Path | None, typer.Option("--output", "-o", metavar="FILE", help=words("option.output"))
        ] = None,
        threads: Annotated[int, typer.Option("--threads", min=1, max=256, help=words("option.threads"))] = 1,
        mood: Annotated[bool, typer.Option("--mood/--no-mood", help=words("option.mood"))] = True,
        limit: Annotated[int, typer.Option("--limit", min=1, help=words("option.limit"))] = 20,
        account: Annotated[str | None, typer.Option("--account", metavar="NAME", help=words("option.account"))] = None,
        consent: Annotated[str | None, typer.Option("--consent", metavar="TEXT", help=words("option.consent"))] = None,
        workspace: WorkspaceFolder = FOLDER,
        json: AsJson = False,
        quiet: Quiet = False,
    ) -> int:
        from jianwei.workspace.texts.writing import check_suffix
        from jianwei.workspace.voices.finding import find_recordings
        from jianwei.workspace.voices.writing import asked_formats

        check_suffix(output, files)
        written = asked_formats(FORMATS if formats is None else formats)
        _check_partners(files, microphone, device=device, pace=pace, out=out, formats=formats, resume=resume)
        said = _hotwords(hotwords, hotwords_file)
        code = _language(language, engine)
        shown = Shown(json=json, quiet=quiet, mood=mood, limit=limit, out=out, formats=written, table=output)
        recordings: tuple[Recording, ...] = ()
        if files and not microphone:
            found = find_recordings(files)
            recordings = _resumed(found, shown) if resume else found
            if not found and not json:
                shown.say(words("none_found"))
            if not (recordings or json or output):  # nothing is left to hear
                return 0
        workers = min(threads, max(len(recordings), 1))  # many recordings share the threads, one has them all
        with _opened(engine, model, threads // workers, workers, workspace, account, consent) as recognizer:
            if said and engine != "whisper":
                shown.warn(words("no_hotwords", engine=engine))
            if microphone:
                return show_live(
                    _source(files, device, pace or 1.0), recognizer, language=code, hotwords=said, shown=shown
                )
            with open_progress(quiet=quiet or json) as progress:
                rejected = show_all(
                    recordings,
                    recognizer,
                    language=code,
                    hotwords=said,
                    shown=shown,
                    progress=progress,
                    workers=workers,
                )
        return INCOMPLETE if rejected else 0


def _check_partners(
    files: list[Path] | None,
    microphone: bool,
    *,
    device: str | None,
    pace: float | None,
    out: Path | None,
    formats: str | None,
    resume: bool,
) -> None:
    """Whether every option stands beside those without which it would do nothing.

    Raises:
        UsageError: one does not.
    """
    if not microphone and not files:
        raise UsageError("transcribe", words("no_files"), words("no_files_hint"))
    if microphone and files and len(files) > 1:
        raise UsageError("--microphone", words("one_file"), words("one_file_hint"))
    alone = [
        (device is not None and not microphone, "--device", "--microphone"),
        (device is not None and bool(files), "--device", words("live_only")),
        (pace is not None and not (microphone and files), "--pace", "--microphone FILE"),
        (resume and microphone, "--resume", words("files_only")),
        (resume and out is None, "--resume", "--out DIR"),
        (formats is not None and out is None, "--format", "--out DIR"),
    ]
    for lonely, option, partner in alone:
        if lonely:
            raise UsageError(
                option, words("needs", partner=partner), words("needs_hint", option=option, partner=partner)
            )


def _resumed(recordings: tuple[Recording, ...], shown: Shown) -> tuple[Recording, ...]:
    from jianwei.workspace.voices.writing import unwritten

    assert shown.out is not None
    left = unwritten(shown.out, recordings, shown.formats)
    if len(left) < len(recordings):
        key = "resumed" if left else "all_resumed"
        shown.warn(words(key, files=len(recordings) - len(left), left=len(left), folder=shown.out))
    return left


def _source(files: list[Path] | None, device: str | None, pace: float) -> SoundSource:
    from jianwei.speech.microphone import FilePaced, Microphone

    if files:
        return FilePaced(files[0], pace)
    return Microphone(int(device) if device is not None and device.isdecimal() else device)


@contextmanager
def _opened(
    engine: str,
    model: str | None,
    threads: int,
    workers: int,
    workspace: Path,
    account: str | None,
    consent: str | None,
) -> Iterator[Recognizer]:
    from jianwei.workspace.voices.engines import open_engine, open_platform

    if engine != "platform":
        if account is not None or consent is not None:
            raise UsageError("--account" if account else "--consent", words("no_platform"), "--engine platform")
        yield open_engine(engine, model, threads=threads, workers=workers)
        return
    if model is not None:
        raise UsageError("--model", words("no_model"), words("no_model_hint"))
    if not (workspace / OWN_MARKER).exists():  # opening would make one
        raise UsageError(str(workspace), words("no_workspace"), words("no_workspace_hint"))
    with opened(workspace) as ws, open_platform(ws, account, consent=consent) as recognizer:
        yield recognizer


def _language(code: str, engine: str) -> str | None:
    """The code; None where the engine is to find out.

    Raises:
        UsageError: the engine does not hear it.
    """
    from jianwei.workspace.voices.engines import languages_of

    known, asked = languages_of(engine), code.strip().lower()
    if asked != "auto" and asked not in known:
        first = ", ".join([*known[:8], *(["…"] if len(known) > 8 else []), "auto"])
        hint = words("no_language_hint", codes=first)
        raise UsageError("--language", words("no_language", engine=engine, code=code), hint)
    return None if asked == "auto" else asked


def _hotwords(given: str | None, file: Path | None) -> tuple[str, ...]:
    text = given or ""
    if file is not None:
        try:
            text += "\n" + file.read_text("utf-8-sig")
        except OSError as error:
            raise InputError(str(file), words("no_list_there", why=error.strerror), words("no_list_hint")) from None
        except ValueError:
            raise InputError(str(file), words("no_list"), words("no_list_hint")) from None
    found = tuple(dict.fromkeys(part.strip() for part in re.split(r"[,，;；\n\r]+", text) if part.strip()))
    if len(found) > _MOST_HOTWORDS:
        raise UsageError("--hotwords", words("many_hotwords", most=_MOST_HOTWORDS), words("many_hotwords_hint"))
    return found
