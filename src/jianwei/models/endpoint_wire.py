"""What goes to a chat endpoint and what comes back: requests, answers, and how much of a request an endpoint understands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

__all__ = [
    "LADDER",
    "ChatAnswer",
    "ChatMessage",
    "ChatRequest",
    "Offer",
    "TokenChances",
    "error_code",
    "read_answer",
    "rungs",
    "written",
]

_CODE = re.compile(r"[A-Za-z][\w.-]{0,60}")


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One turn. Instructions go into "system"; what strangers wrote never does."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """One call.

    Attributes:
        messages: the conversation so far.
        schema: JSON schema that the answer shall fit; endpoints that do not offer that are asked for any JSON, or for nothing. Whoever
            reads the answer must check it in any case.
        top_chances: for so many tokens at every place their probabilities are wanted, 0 to 20; endpoints that do not offer that send none.
        temperature: 0 for the most likely answer.
        most_tokens: of the answer.
    """

    messages: Sequence[ChatMessage]
    schema: Mapping[str, Any] | None = None
    top_chances: int = 0
    temperature: float = 0.0
    most_tokens: int = 1024


@dataclass(frozen=True, slots=True)
class TokenChances:
    """One token of an answer, and the likeliest ones at its place with the logarithms of their probabilities."""

    token: str
    likeliest: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """An answer.

    Attributes:
        text: what the model said.
        model: which model said it, in the endpoint's words.
        finish: why it stopped: "stop", "length", "content_filter" …
        tokens: its tokens with their chances; empty where the endpoint sends none.
    """

    text: str
    model: str
    finish: str
    tokens: tuple[TokenChances, ...] = ()


class _Likely(msgspec.Struct, frozen=True):
    token: str
    logprob: float


class _Token(msgspec.Struct, frozen=True):
    token: str
    top_logprobs: list[_Likely] = []


class _Chances(msgspec.Struct, frozen=True):
    content: list[_Token] | None = None


class _Said(msgspec.Struct, frozen=True):
    content: str | None = None


class _Choice(msgspec.Struct, frozen=True):
    message: _Said
    finish_reason: str | None = None
    logprobs: _Chances | None = None


class _Body(msgspec.Struct, frozen=True):
    choices: list[_Choice]
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """How much of a request's extras an endpoint understands."""

    shape: Literal["schema", "object", "none"]
    chances: bool


LADDER = (
    Offer("schema", True), Offer("schema", False), Offer("object", True), Offer("object", False), Offer("none", False),
)  # fmt: skip


def rungs(request: ChatRequest) -> list[int]:
    """The steps of the ladder that are different for this request, fullest first."""
    seen: dict[tuple[str, bool], int] = {}
    for number, offer in enumerate(LADDER):
        shape = offer.shape if request.schema is not None else "none"
        seen.setdefault((shape, offer.chances and request.top_chances > 0), number)
    return sorted(seen.values())


def written(model: str, request: ChatRequest, offer: Offer) -> dict[str, Any]:
    """The body of a request, with as much of its extras as the endpoint understands."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": one.role, "content": one.content} for one in request.messages],
        "temperature": request.temperature,
        "max_tokens": request.most_tokens,
    }
    if request.schema is not None and offer.shape == "schema":
        named = {"name": "answer", "strict": True, "schema": dict(request.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
    elif request.schema is not None and offer.shape == "object":
        body["response_format"] = {"type": "json_object"}
    if request.top_chances and offer.chances:
        body |= {"logprobs": True, "top_logprobs": min(request.top_chances, 20)}
    return body


def read_answer(content: bytes) -> ChatAnswer:
    """The answer in a response's body.

    Raises:
        ValueError: it is no chat completion.
    """
    try:
        body = msgspec.json.decode(content, type=_Body)
        choice = body.choices[0]
    except (msgspec.MsgspecError, UnicodeDecodeError, IndexError):
        raise ValueError("no chat completion") from None
    chances = choice.logprobs.content if choice.logprobs and choice.logprobs.content else []
    tokens = tuple(
        TokenChances(one.token, {likely.token: likely.logprob for likely in one.top_logprobs}) for one in chances
    )
    return ChatAnswer(choice.message.content or "", body.model or "", choice.finish_reason or "", tokens)


def error_code(content: bytes) -> str:
    """The server's own code for an error, in brackets. Its sentences may quote keys and texts, so they are left out."""
    try:
        error = msgspec.json.decode(content)["error"]
        codes = [error.get(name) for name in ("code", "type")]
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError, TypeError, AttributeError):
        return ""
    found = next((code for code in codes if isinstance(code, str) and _CODE.fullmatch(code)), None)
    return f" ({found})" if found else ""
