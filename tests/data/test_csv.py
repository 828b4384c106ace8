"""Uploaded tables: what is read, what is refused and with which words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from playground.data import Points, points_from_csv, points_from_table, prepare, read_table, suggest_roles
from playground.data.reading.table import MAX_BYTES
from playground.experiment import Experiment
from playground.registry import InvalidValue

PLAIN = "length,width,kind\n1,2.5,cat\n3,-4e-1,dog\n"
EXPECTED = Points(("length", "width"), "kind", ("cat", "dog"), ((1, 2.5, 0), (3, -0.4, 1)))


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        PLAIN.encode("utf-16-le"),
        PLAIN.encode("utf-16-be"),
        PLAIN.encode("utf-32"),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode(),
        PLAIN.replace(",", " , ").encode(),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace("\n", "\n\n").encode(),
        PLAIN.rstrip().encode(),
        PLAIN.replace("\n", ",\n").encode(),  # a separator at the end of each line
        PLAIN.replace(",", ";").replace(".5", ",5").replace("-4e-1", "-0,4").encode(),  # decimal commas
        PLAIN.replace("length", '"length"').replace("cat", '"cat"').encode(),
    ],
)
def test_the_same_table_in_many_forms(data: bytes) -> None:
    assert points_from_csv(data) == EXPECTED


def test_korean_windows_files() -> None:
    text = "길이,너비,종류\n1,2,고양이\n3,4,개\n"
    table = read_table(text.encode("cp949"))
    assert table.encoding == "cp949"
    assert table.names == ("길이", "너비", "종류")
    assert points_from_table(table).class_names == ("개", "고양이")
    assert read_table(text.encode()).names == table.names


def test_western_windows_files() -> None:
    table = read_table("größe,höhe,art\n1,2,Bär\n3,4,Möwe\n".encode("latin-1"))
    assert table.encoding == "cp1252"
    assert table.names == ("größe", "höhe", "art")


def test_a_file_without_header_gets_numbered_columns() -> None:
    table = read_table(b"5.1,3.5,setosa\n4.9,3.0,virginica\n")
    assert table.header == 0
    assert table.names == ("column_1", "column_2", "column_3")
    assert table.n_rows == 2


def test_a_header_of_some_numbers_is_still_a_header() -> None:
    assert read_table(b"id,2019,2020\n1,2,3\n2,3,4\n").names == ("id", "2019", "2020")


def test_repeated_empty_and_endless_names_are_made_usable() -> None:
    long = "x" * 200
    table = read_table(f"a,a,,{long},{long}\n1,2,3,4,5\n2,3,4,5,6\n".encode())
    assert table.names[:3] == ("a", "a_2", "column_3")
    assert len(set(table.names)) == 5
    assert max(map(len, table.names)) <= 60
    points_from_table(table, x1=table.names[3], x2=table.names[4], target="a")


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("a,b,c\n1,2,x\n3,4,y", ("a", "b", "c", "classification")),
        ("name,a,b,y\np,1.5,2,0\nq,2.5,3,1\nr,2.6,3,1", ("a", "b", "y", "classification")),
        ("kind,a,b\nx,1.5,2.5\ny,2.5,3.5", ("a", "b", "kind", "classification")),
        ("a,b,price\n1.5,2.5,3.5\n2.5,3.5,1.25", ("a", "b", "price", "regression")),
        ("class,a,b\n1,1.5,2.5\n0,2.5,3.5", ("a", "b", "class", "classification")),
        ("a,b,y\n1.5,2.5,1\n2.5,3.5,2\n2,3,1", ("a", "b", "y", "classification")),
    ],
)
def test_roles_are_guessed(text: str, roles: tuple[str, ...]) -> None:
    guess = suggest_roles(read_table(text.encode()))
    assert (guess.x1, guess.x2, guess.target, guess.task) == roles


def test_a_column_of_one_value_is_no_target_unless_chosen() -> None:
    data = b"a,b,c\n1,2,x\n3,4,x\n5,7.5,x\n"
    table = read_table(data)
    assert [column.role for column in table.columns] == ["feature", "target", "ignored"]
    assert points_from_table(table).x_names == ("a",)
    with pytest.raises(InvalidValue) as caught:
        points_from_csv(data, target="c")
    assert caught.value.field == "file.c"
    assert "2 to 10 classes, got 1 of them" in str(caught.value)


def test_columns_can_be_chosen() -> None:
    data = b"a,b,c,d\n1,2,3,1\n4,5,6,0\n"
    points = points_from_csv(data, x1="c", x2="a", target="b", task="regression")
    assert points == Points(("c", "a"), "b", (), ((3, 1, 2), (6, 4, 5)))


def test_number_classes_are_named_shortly_and_sorted_as_numbers() -> None:
    points = points_from_csv(b"a,b,y\n1,2,10\n1,3,9.0\n1,4,9\n", target="y", task="binary")
    assert points.class_names == ("9", "10")
    assert [row[2] for row in points.rows] == [1, 0, 0]


def test_target_scaling_standardizes() -> None:
    rows = "".join(f"{k},{k * k},{1000 * k + 5}.5\n" for k in range(20))
    points = points_from_csv(("a,b,y\n" + rows).encode(), scale_target=True)
    y = prepare(Experiment(dataset="custom", points=points)).all("y")
    assert points.targets[0] == 5.5
    assert float(y.mean()) == pytest.approx(0, abs=1e-6)
    assert float(y.std()) == pytest.approx(1, rel=1e-5)


def wide(columns: int) -> bytes:
    line = ",".join(str(k) for k in range(columns))
    return f"{line.replace('0', 'a')}\n{line}\n".encode()


REFUSED = [
    (b"", "file", "an empty file"),
    (b" \n\n ", "file", "an empty file"),
    (b"\xef\xbb\xbf", "file", "an empty file"),
    (
        b",,,\n,,,\n",
        "file",
        "at least 2 columns, separated by comma, semicolon, tab, | or spaces, got only 0",
    ),
    (b"a,b,c\n", "file", "a header only"),
    (b"a\n1\n2\n", "file", "got only 1"),
    (b"a,b\n1,2\n", "file.b", "got 1 of them"),
    (wide(201), "file", "201 columns"),
    (b"," * 4_000_000, "file", "columns"),
    (b"1,2,3\n" * 4_000_000, "file", "24.0 MB"),
    (b"x" * 70_000 + b",y" * 5000 + b"\n1" + b",2" * 5000, "file", "5001 columns"),
    (b"x" * 70_000 + b",y" * 1_200_000 + b"\n1" + b",2" * 1_200_000, "file", "columns"),
    (b"x" * 500_000 + b",y\n1,2\n", "file", "line 1"),
    (b"a,b,c\n1,2,3,4\n", "file", "4 cells in line 2"),
    (b'a,b,c\n1,2,"x\n', "file", "in line 2"),
    (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "file", "a file of another kind"),
    (b"a,b,c\n1,\x01,3\n", "file", "a file of another kind"),
    (b"a,b,c\n1,\x81,3\n", "file", "in none that can be told"),
    (b"a,b,c\n1,,x\n3,4,y\n", "file.b", "row 1"),
    (b"a,b,c\n1,2,x\n3,NA,y\n", "file.b", "row 2"),
    (b"a,b,c\n1,2,x\n3,4,\n5,6,y\n", "file.c", "row 2"),
    (b"a,b,c\n1,2,x\n3,4\n5,6,y\n", "file.c", "row 2"),
    (b"a,b,c\n1,2,x\n3,four,y\n", "file.b", "a number in row 2, got 'four'"),
    (b"a,b,c\n1,inf,x\n3,4,y\n", "file.b", "row 1, got 'inf'"),
    (b"a,b,c\n1,2,x\n3,-1e999,y\n", "file.b", "row 2, got '-inf'"),
    (b"a,b,c\n1,2,x\n3,2e9,y\n", "file.b", "from -10⁹ to 10⁹ in row 2"),
    (b"a,b,c\n" + b"".join(b"%d,2,k%d\n" % (k, k) for k in range(11)), "file.c", "got 11 of them"),
]


@pytest.mark.parametrize(("data", "field", "words"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_refused_and_why(data: bytes, field: str, words: str) -> None:
    with pytest.raises(InvalidValue) as error:
        points_from_csv(data)
    assert error.value.field == field
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("roles", "field"),
    [
        ({"x1": "nope"}, "x1"),
        ({"x2": "a", "x1": "a"}, "x2"),
        ({"target": "a", "x1": "a"}, "target"),
        ({"task": "clustering"}, "task"),
        ({"target": "c", "task": "regression"}, "file.c"),
    ],
)
def test_wrong_roles_are_refused(roles: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidValue) as error:
        points_from_csv(b"a,b,c\n1,2,x\n3,4,y\n", **roles)
    assert error.value.field == field


def test_rows_with_missing_cells_can_be_left_out() -> None:
    data = b"a,b,c\n1,2,x\n,2,y\n3,?,y\n4,5,nan\n6,7,y\n"
    with pytest.raises(InvalidValue, match="3 in all"):
        points_from_csv(data)
    assert points_from_csv(data, drop_missing=True).rows == ((1, 2, 0), (6, 7, 1))
    with pytest.raises(InvalidValue, match="without missing"):
        points_from_csv(b"a,b,c\n,2,x\n1,,y\n", drop_missing=True)


def test_missing_cells_elsewhere_do_not_matter() -> None:
    assert len(points_from_csv(b"a,b,z,c\n1,2,,x\n3,4,5,y\n", x1="a", x2="b", target="c").rows) == 2


def test_a_long_table_is_refused_or_thinned() -> None:
    data = ("a,b,c\n" + "".join(f"{k},{k % 7},{int(k % 100 == 0)}\n" for k in range(8000))).encode()
    with pytest.raises(InvalidValue, match="at most 5,000 rows, got 8,000"):
        points_from_csv(data, "a", "b", "c")
    points = points_from_csv(data, "a", "b", "c", subsample=True)
    assert len(points.rows) == 5000
    assert (np.diff(points.X[:, 0]) > 0).all()
    assert points.X[-1, 0] >= 7990
    assert points.y.sum() == 50  # 80 of 8,000 are of class 1


def test_uploaded_points_train() -> None:
    rows = "".join(f"{k},{-k},{'even' if k % 2 == 0 else 'odd'}\n" for k in range(40))
    e = Experiment(dataset="custom", points=points_from_csv(("u,v,parity\n" + rows).encode()))
    data = prepare(e)
    assert e.task == "binary"
    assert data.x_names == ("u", "v")
    assert data.class_names == ("even", "odd")
    assert data.domain[0] == pytest.approx((-3.12, 42.12))  # 0 to 39, 8 % on each side


def test_large_files_are_read() -> None:
    line = ",".join(["1.5"] * 200) + "\n"
    table = read_table(("a" + line + line * 10_000).encode())
    assert table.n_rows == 10_000
    assert len(table.names) == 200
    assert len(b"1,2,3\n" * 800_000) < MAX_BYTES


def read_or_refused(data: bytes) -> None:
    """Anything but InvalidValue is a failure."""
    for options in ({}, {"drop_missing": True, "subsample": True, "scale_target": True}):
        try:
            points = points_from_csv(data, **options)
            prepare(Experiment(dataset="custom", points=points))
        except InvalidValue:
            continue
        assert Points.from_dict(points.to_dict()) == points


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
@example(b'"')
@example(b"\xff\xfe\x00")
@example(b"a,b,c\n1,2,\xe2\x80\x8b\n2,3,y")
@example(b"99999999999999999999999,1,2\n-1,18446744073709551615,x\n")
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read_or_refused(data)


cell = st.one_of(
    st.sampled_from(
        ["", "1", "2", "-3.5", "1e5", "1,5", "nan", "inf", "x", "가", '"', '"q"', "NA", "1e400", "True"]
    ),
    st.text(max_size=6),
    st.integers().map(str),
)
tables = st.builds(
    lambda rows, sep, end: end.join(sep.join(row) for row in rows),
    st.lists(st.lists(cell, min_size=3, max_size=3), min_size=1, max_size=8),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)


@settings(max_examples=250, deadline=None)
@given(tables, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp949", "latin-1"]))
def test_anything_like_a_table_is_read_or_refused(text: str, encoding: str) -> None:
    read_or_refused(text.encode(encoding, errors="replace"))
