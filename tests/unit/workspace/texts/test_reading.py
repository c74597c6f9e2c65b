"""Texts out of files of every kind, and what is told of those that cannot be read."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from jianwei.errors import InputError, JianweiError, UsageError
from jianwei.workspace.texts.reading import read_posts

ROWS = [("小林", "物流太慢了", "差评"), ("老周", "很喜欢，谢谢", "好评"), ("小林", "", "好评")]


def csv(path: Path, header: str = "昵称,评论,类别", encoding: str = "utf-8") -> Path:
    path.write_bytes("\n".join([header, *(f'{a},"{b}",{c}' for a, b, c in ROWS)]).encode(encoding))
    return path


def every_container(folder: Path) -> list[Path]:
    names = ("nickname", "text", "label")
    table = pa.table({name: [row[at] for row in ROWS] for at, name in enumerate(names)})
    pq.write_table(table, folder / "a.parquet")
    (folder / "a.jsonl").write_text("\n".join(json.dumps(row) for row in table.to_pylist()), "utf-8")
    (folder / "a.tsv").write_text("\n".join("\t".join(row) for row in [names, *ROWS]), "utf-8")
    with xlsxwriter.Workbook(str(folder / "a.xlsx")) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([names, *ROWS]):
            sheet.write_row(number, 0, row)
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("inside.csv", "nickname,text,label\n" + "\n".join(",".join(row) for row in ROWS))
    csv(folder / "gb.csv", encoding="gb18030")
    csv(folder / "utf16.csv", encoding="utf-16")
    return sorted(folder.iterdir())


def test_every_container_gives_the_same(tmp_path: Path) -> None:
    for path in every_container(tmp_path):
        posts = read_posts([path], by="user", labelled=True)
        assert posts.texts.to_pylist() == ["物流太慢了", "很喜欢，谢谢", None], path
        assert posts.by is not None
        assert posts.by.to_pylist() == ["小林", "老周", "小林"], path
        assert posts.labels is not None
        assert posts.labels.to_pylist() == ["差评", "好评", "好评"], path
        assert [(file.rows, file.empty, file.complete) for file in posts.files] == [(3, 1, False)]


def test_several_files_of_different_columns(tmp_path: Path) -> None:
    one = csv(tmp_path / "a.csv")
    other = tmp_path / "b.csv"
    other.write_text("text,user\nhello there,u1\n", "utf-8")
    posts = read_posts([one, other], by="user")
    assert posts.texts.to_pylist() == ["物流太慢了", "很喜欢，谢谢", None, "hello there"]
    assert posts.by is not None
    assert posts.by.to_pylist()[-1] == "u1"
    assert posts.frame.column_names == ["昵称", "评论", "类别", "text", "user"]
    assert posts.frame.num_rows == len(posts) == 4


@pytest.mark.parametrize(
    ("wanted", "column"),
    [("user", "昵称"), ("person", "昵称"), ("用户", "昵称"), ("昵称", "昵称"), ("类别", "类别"), ("category", "类别")],
)
def test_what_by_may_be_called(tmp_path: Path, wanted: str, column: str) -> None:
    assert read_posts([csv(tmp_path / "a.csv")], by=wanted).files[0].columns["by"] == column


def test_a_named_column_wins(tmp_path: Path) -> None:
    posts = read_posts([csv(tmp_path / "a.csv")], text="昵称", label="评论")
    assert posts.texts.to_pylist() == ["小林", "老周", "小林"]
    assert posts.labels is not None
    assert posts.labels.to_pylist()[2] == ""
    assert posts.labelled().texts.to_pylist() == ["小林", "老周"]


@pytest.mark.parametrize("more", [{"text": "评伦"}, {"by": "门店"}, {"label": "标"}])
def test_columns_that_are_not_there(tmp_path: Path, more: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=next(iter(more.values()))):
        read_posts([csv(tmp_path / "a.csv")], **more)  # type: ignore[arg-type]


def test_no_column_looks_like_labels(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,foo\n很好,1\n", "utf-8")
    with pytest.raises(UsageError, match="--label"):
        read_posts([path], labelled=True)


def test_no_column_looks_like_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n3,4\n", "utf-8")
    with pytest.raises(UsageError, match="--text"):
        read_posts([path])


def test_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    last = "这一行很长，好让损坏的字节只占全文的一小部分，其余都看得出是什么编码" * 2
    path.write_bytes(f"很好, 真的\n\n太慢\0了\n也行\r\n{last}\n".encode() + b"\xff broken\n")
    posts = read_posts([path])
    assert posts.texts.to_pylist() == ["很好, 真的", None, "也行", last]
    (file,) = posts.files
    assert (file.rows, file.empty, dict(file.rejected)) == (4, 1, {"nul_bytes": 1, "bad_encoding": 1})
    assert not posts.complete
    with pytest.raises(UsageError):
        read_posts([path], by="user")


def test_a_text_file_may_be_a_table(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("用户,内容\nu1,很好\n", "utf-8")
    assert read_posts([path]).texts.to_pylist() == ["很好"]


def test_standard_input() -> None:
    posts = read_posts(["-"], stdin=io.BytesIO("很好\n太慢\n".encode()))
    assert (posts.texts.to_pylist(), posts.complete) == (["很好", "太慢"], True)
    posts = read_posts(["-"], stdin=io.BytesIO("text,user\n很好,u\n".encode()), by="user")
    assert posts.texts.to_pylist() == ["很好"]
    assert read_posts(["-"], stdin=io.BytesIO(b"")).files[0].problem == "empty"


def test_files_that_cannot_be_read_are_told_of(tmp_path: Path) -> None:
    broken = tmp_path / "b.parquet"
    broken.write_bytes(b"PAR1 and nothing more")
    posts = read_posts([csv(tmp_path / "a.csv"), broken, tmp_path / "no.csv"])
    assert [bool(file.problem) for file in posts.files] == [False, True, True]
    assert len(posts) == 3
    with pytest.raises(InputError):
        read_posts([broken])


def test_rows_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("user,text\nu1,很好\nu2,太慢,了\nu3,行\n", "utf-8")
    (file,) = read_posts([path]).files
    assert (file.rows, dict(file.rejected), file.failed) == (2, {"wrong_columns": 1}, 1)


def test_json_lines_whose_rows_lack_the_text(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "很好", "user": "u"}\n{"user": "v"}\n', "utf-8")
    posts = read_posts([path], by="user")
    assert posts.texts.to_pylist() == ["很好", None]
    assert posts.by is not None
    assert posts.by.to_pylist() == ["u", "v"]


def test_other_texts_replace_the_columns_they_came_from(tmp_path: Path) -> None:
    other = tmp_path / "b.csv"
    other.write_text("text,user\nhello there,u1\n", "utf-8")
    posts = read_posts([csv(tmp_path / "a.csv"), other])
    changed = posts.with_texts(pa.array(["A", "B", None, "C"]))
    assert changed.frame["评论"].to_pylist() == ["A", "B", "", None]
    assert changed.frame["text"].to_pylist() == [None, None, None, "C"]
    assert "物流" not in str(changed.frame.to_pylist())


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02\x03" * 99, b"\n\n\n", "只有一行".encode("utf-16-be"), b"%PDF-1.7\n\x80"]
)
def test_odd_files_give_errors_of_ours(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    try:
        posts = read_posts([path])
    except JianweiError:
        return
    assert len(posts) <= 1
