"""Jianwei (见微): from what WeChat users say and do to understanding and better service."""

__version__ = "0.1.0"
