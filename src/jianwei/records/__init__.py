"""The canonical tables, their ids and the vocabulary of kinds: what every other room speaks."""

from jianwei.records.ids import Occurrences, encode, ids_of, key_id, key_ids, normalise, normalise_all, occurrence_ids
from jianwei.records.kinds import EVENT_NAMES, MESSAGE_KINDS, SPOKEN_KINDS, kind_of_chatlab, kind_of_wechat
from jianwei.records.schemas import MONEY, TABLES, Column, TableSpec, conform, empty

__all__ = [
    "EVENT_NAMES",
    "MESSAGE_KINDS",
    "MONEY",
    "SPOKEN_KINDS",
    "TABLES",
    "Column",
    "Occurrences",
    "TableSpec",
    "conform",
    "empty",
    "encode",
    "ids_of",
    "key_id",
    "key_ids",
    "kind_of_chatlab",
    "kind_of_wechat",
    "normalise",
    "normalise_all",
    "occurrence_ids",
]
