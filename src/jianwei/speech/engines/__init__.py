"""Engines: whoever turns speech into words. Each satisfies `jianwei.speech.Recognizer` and is loaded only when asked for."""

__all__: list[str] = []
