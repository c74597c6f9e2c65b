"""Baskets from files: text (a basket a line, or a table), plain or packed, and Parquet. Nothing in them is trusted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from jianwei.common.files import discover
from jianwei.common.i18n import catalog
from jianwei.common.inputs import BadInput, InputFile
from jianwei.errors import InputError
from jianwei.mining.baskets.matrices import from_cells
from jianwei.mining.baskets.rows import tidy
from jianwei.mining.baskets.tables import couple_of, from_table, is_list, looks_one_hot
from jianwei.mining.baskets.texts import TRUE_OR_FALSE, Layout, layout_of, text_batches
from jianwei.mining.baskets.transactions import Transactions

__all__ = ["BasketFile", "basket_file", "files_of_baskets", "from_file", "whole_numbers"]

_BATCH = 1 << 18
_PARQUET = b"PAR1"


@dataclass(frozen=True, slots=True)
class BasketFile:
    """A file that was looked into.

    Attributes:
        file: where it is.
        layout: how a text is laid out; None for Parquet.
        columns: the columns that are read: one of lists, or (basket, item); all of them for a 0/1 table.
        couples: whether there are two columns, baskets and items.
    """

    file: InputFile
    layout: Layout | None
    columns: tuple[str, ...]
    couples: bool

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The baskets, from the beginning.

        Raises:
            InputError: the file is damaged.
        """
        if self.layout is not None:
            yield from text_batches(self.file, self.layout, self.columns)
            return
        with self.file.open() as stream:
            try:
                opened = pq.ParquetFile(stream)
                yield from opened.iter_batches(_BATCH, columns=list(self.columns), use_threads=False)
            except (pa.ArrowException, OSError) as error:
                raise _damaged(self.file, error) from None


def from_file(path: str | os.PathLike[str], basket: str | None = None, item: str | None = None) -> Transactions:
    """The baskets of a file.

    Args:
        path: a text file with a basket a line or with a table, also as .gz (see `baskets.texts`), or Parquet with a column of lists, with a
            column of baskets and one of items, or with columns of 0 and 1. Blank lines are no baskets. Items of text files that are all
            whole numbers become integers.
        basket, item: names of the columns of a table; default: a column of lists, or the first two.

    Raises:
        InputError: there is no such file, or it cannot be read.
        UsageError: a column is missing.
    """
    found = basket_file(path, basket, item)
    batches = list(found.batches())
    table = (
        pa.Table.from_batches(batches)
        if batches
        else pa.table({name: pa.array([], pa.string()) for name in found.columns})
    )
    if found.layout is not None and found.layout.cells:
        return from_cells([_truth(found.file, table.column(name)) for name in found.columns], found.columns, len(table))
    names = found.columns if found.couples else (None, None)
    made = from_table(table, *names)
    return made if found.layout is None else whole_numbers(made)


def basket_file(path: str | os.PathLike[str], basket: str | None = None, item: str | None = None) -> BasketFile:
    """A file, looked into but not read; arguments and errors as those of `from_file`."""
    found = files_of_baskets([path], basket, item)
    if len(found) != 1:
        raise InputError(str(path), f"holds {len(found)} files", "name one of them")
    return found[0]


def files_of_baskets(
    paths: Sequence[str | os.PathLike[str]], basket: str | None = None, item: str | None = None
) -> list[BasketFile]:
    """Files, and all files in folders and archives in the order of their names; arguments and errors as those of `from_file`."""
    return [_looked_into(file, basket, item) for file in discover([Path(path) for path in paths])]


def _looked_into(file: InputFile | BadInput, basket: str | None, item: str | None) -> BasketFile:
    if isinstance(file, BadInput):
        raise InputError(file.name, catalog("en").text(f"files.{file.code}", detail=file.detail))
    with file.open() as stream:
        packed = stream.read(len(_PARQUET)) == _PARQUET
    if packed:
        wanted, couples = _wanted(_schema(file), basket, item)
        return BasketFile(file, None, wanted, couples)
    layout = layout_of(file, table=bool(basket or item))
    if layout.header is None:
        return BasketFile(file, layout, ("items",), False)
    if layout.cells:
        return BasketFile(file, layout, tuple(name for name in layout.header if name), False)
    return BasketFile(file, layout, couple_of(layout.header, basket, item), True)


def whole_numbers(baskets: Transactions) -> Transactions:
    """The same baskets, their items integers where all of them are written as such.

    >>> whole_numbers(Transactions(np.array([0, 2]), np.array([0, 1], np.int32), pa.array(["10", "9"]))).labels.to_pylist()
    [9, 10]
    """
    texts = baskets.labels
    if not isinstance(texts, pa.Array) or not len(texts):
        return baskets
    try:
        numbers = texts.cast(pa.int64())
    except pa.ArrowInvalid:
        return baskets
    if not pc.all(pc.equal(numbers.cast(texts.type), texts)).as_py():  # as 007
        return baskets
    order = np.argsort(numbers.to_numpy(), kind="stable")
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    offsets, columns = tidy(baskets.offsets, rank[baskets.columns], len(order))
    return replace(baskets, offsets=offsets, columns=columns, labels=numbers.take(pa.array(order)))


def _truth(file: InputFile, column: pa.ChunkedArray) -> NDArray[np.bool_]:
    small = pc.utf8_lower(pc.utf8_trim_whitespace(column))
    strange = pc.invert(pc.is_in(small, pa.array([*TRUE_OR_FALSE, None], pa.string())))
    if pc.any(strange).as_py():
        raise InputError(
            file.name, f"{small.filter(strange)[0].as_py()!r} stands in a table of 0 and 1", "name basket= and item="
        )
    return np.asarray(pc.is_in(small, pa.array([text for text, true in TRUE_OR_FALSE.items() if true])))


def _schema(file: InputFile) -> pa.Schema:
    with file.open() as stream:
        try:
            return pq.read_schema(stream)
        except (pa.ArrowException, OSError) as error:
            raise _damaged(file, error) from None


def _damaged(file: InputFile, error: Exception) -> InputError:
    return InputError(file.name, f"is damaged Parquet ({str(error).splitlines()[0]})", "write or copy it again")


def _wanted(schema: pa.Schema, basket: str | None, item: str | None) -> tuple[tuple[str, ...], bool]:
    """By the rules of `from_table`."""
    empty = schema.empty_table()
    lists = [field.name for field in schema if is_list(field.type)]
    if basket is None and ((item and item in lists) or (not item and lists)):
        return (item,) if item else tuple(lists), False
    if not (basket or item) and looks_one_hot(empty):
        return tuple(schema.names), False
    return couple_of(schema.names, basket, item), True
