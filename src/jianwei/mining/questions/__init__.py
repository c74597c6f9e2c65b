"""Questions about what goes together: settings that shops need, and typed answers with names beside ids."""

__all__: list[str] = []
