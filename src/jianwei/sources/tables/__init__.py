"""Tables of messages, comments, reviews, orders, events, ratings, items and users, whatever their columns are called."""

from jianwei.sources.tables.source import TableSource

__all__ = ["TableSource"]
