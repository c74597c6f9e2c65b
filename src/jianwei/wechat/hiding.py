"""How requests and answers that hold tokens show themselves: without them."""

from __future__ import annotations

import msgspec

__all__ = ["hidden"]


def hidden(value: msgspec.Struct, *names: str) -> str:
    """The usual `repr` of a struct, with stars in place of the fields named.

    >>> class Pair(msgspec.Struct):
    ...     openid: str
    ...     token: str
    ...     def __repr__(self) -> str:
    ...         return hidden(self, "token")
    >>> Pair("o1", "81_abc")
    Pair(openid='o1', token='********')
    """
    fields = type(value).__struct_fields__
    shown = ("'********'" if name in names and getattr(value, name) else repr(getattr(value, name)) for name in fields)
    return f"{type(value).__name__}({', '.join(f'{n}={v}' for n, v in zip(fields, shown, strict=True))})"
