"""The door of the Python API: a workspace assembles the parts and answers questions."""

from jianwei.workspace.workspace import Workspace, open_workspace

__all__ = ["Workspace", "open_workspace"]
