"""Tables as people have them: each kind of file that was once misread, with the right values."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground import InvalidValue, Table, read_table
from playground.data import points_from_table, with_test_rows
from playground.text import LANGUAGES, text
from playground.text.refusals import plain


def frame(source: str | bytes, **choices: object) -> dict[str, list[object]]:
    data = source.encode() if isinstance(source, str) else source
    return read_table(data, **choices).frame().to_dict("list")  # type: ignore[arg-type]


def role(table: Table, name: str) -> str:
    return table[name].role


def told(table: Table) -> str:
    """All notes, in English; they must be there in every language."""
    for language in LANGUAGES:
        for note in (*table.notes, *(column.why for column in table.columns)):
            assert note.said(language)
    return " ".join(map(str, table.notes))


# --- encodings ----------------------------------------------------------------------------------------

KOREAN = "평균기온(℃),면적(㎡),회사\n1,2,㈜가람\n3,4,①누리\n5,6,大韓 · ×\n"


def test_korean_windows_files_hold_signs_and_hanja() -> None:
    table = read_table(KOREAN.encode("cp949"))
    assert table.encoding == "cp949"
    assert table.names == ("평균기온(℃)", "면적(㎡)", "회사")
    assert table.texts("회사").tolist() == ["㈜가람", "①누리", "大韓 · ×"]


def test_a_sign_alone_is_korean_where_it_is_no_western_text() -> None:
    assert read_table("t(℃),b,c\n1,2,x\n3,4,y\n".encode("cp949")).names[0] == "t(℃)"


@pytest.mark.parametrize(
    "text", ["温度,湿度,判定\n1,2,良\n3,4,悪\n", "長さ,ハバ,しゅるい\n1,2,ねこ\n3,4,いぬ\n"]
)
def test_japanese_windows_files(text: str) -> None:
    table = read_table(text.encode("cp932"))
    assert table.encoding == "cp932"
    assert table.names == tuple(text.split("\n")[0].split(","))


@pytest.mark.parametrize(
    "text", ["größe,höhe,art\n1,2,Bär\n3,4,Möwe\n", "prix (€),âge,élevé\n1,2,où\n3,4,né\n"]
)
def test_western_windows_files(text: str) -> None:
    table = read_table(text.encode("cp1252"))
    assert table.encoding == "cp1252"
    assert table.names == tuple(text.split("\n")[0].split(","))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-32"])
def test_files_of_spreadsheets(encoding: str) -> None:
    assert read_table(KOREAN.replace(",", "\t").encode(encoding)).names[1] == "면적(㎡)"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("温度,湿度\n良い天気です,悪い天気です\n", "euc-jp"),
        ("температура,влажность\nхорошо,плохо\n", "cp1251"),
        ("温度计读数,湿度计读数\n良好天气情况,恶劣天气情况\n", "gb18030"),
    ],
)
def test_what_cannot_be_told_is_refused_or_read_as_chosen(text: str, encoding: str) -> None:
    data = text.encode(encoding)
    with pytest.raises(InvalidValue) as caught:
        read_table(data)
    assert caught.value.key == "csv.encoding"
    assert read_table(data, encoding=encoding).names == tuple(text.split("\n")[0].split(","))


def test_an_encoding_that_the_bytes_are_not_in_is_refused() -> None:
    with pytest.raises(InvalidValue) as caught:
        read_table("가,나\n1,2\n".encode("cp949"), encoding="utf-8")
    assert caught.value.key == "csv.not_so"


# --- separators and lines -----------------------------------------------------------------------------


def test_semicolons_part_and_commas_are_decimal() -> None:
    table = read_table(b"1,5;2,5;0\n2,5;3,5;1\n1,0;2,0;0\n")
    assert (table.separator, table.decimal, table.header) == (";", ",", 0)
    assert table.numbers("column_1").tolist() == [1.5, 2.5, 1.0]


def test_the_line_that_names_the_separator_is_no_row() -> None:
    table = read_table(b"sep=;\nx;y;c\n1;2;a\n3;4;b\n")
    assert table.names == ("x", "y", "c")
    assert table.header == 2
    assert "separator ;" in told(table)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " ", "   "])
def test_any_separator(separator: str) -> None:
    data = "a,b,c\n1,2,x\n3,4,y\n".replace(",", separator)
    assert frame(data) == {"a": [1, 3], "b": [2, 4], "c": ["x", "y"]}


def test_a_separator_at_the_end_of_rows_makes_no_column() -> None:
    assert list(frame("a,b,c\n1,2,x,\n3,4,y,\n")) == ["a", "b", "c"]


def test_titles_and_comments_are_skipped_and_said() -> None:
    table = read_table("기온 (월별, 관측소)\n\nday,temp,label\n1,3.5,cold\n2,13.5,warm\n3,14,warm\n".encode())
    assert table.header == 3
    assert table.n_rows == 3
    assert "title" in told(table)
    table = read_table(b"# means\n# source\nyear,mean,unc\n1959,315.98,0.12\n1960,316.91,0.12\n")
    assert table.names == ("year", "mean", "unc")
    assert "comment" in told(table)


def test_a_header_marked_as_a_comment_names_the_columns() -> None:
    assert frame("# a b\n1 2\n3 4\n") == {"a": [1, 3], "b": [2, 4]}


def test_the_header_can_be_chosen() -> None:
    data = b"one,two\na,b\n1,2\n3,4\n"
    assert read_table(data, header=2).names == ("a", "b")
    assert read_table(b"a,b\n1,2\n", header=0).names == ("column_1", "column_2")
    with pytest.raises(InvalidValue) as caught:
        read_table(data, header=40)
    assert caught.value.field == "header"


def test_units_join_the_names() -> None:
    table = read_table(b"temp,speed,power\nC,m/s,kW\n3.5,1.2,0.4\n4.5,2.2,0.9\n")
    assert table.names == ("temp (C)", "speed (m/s)", "power (kW)")
    assert table.n_rows == 2
    assert "units" in told(table)


def test_a_total_is_left_out_and_named() -> None:
    table = read_table(b"x,y,label\n1,2,a\n2,3,b\n3,4,b\nTotal,9,\n")
    assert table.numbers("x").tolist() == [1, 2, 3]
    assert "Row 4" in told(table)


def test_quotation_marks_after_spaces() -> None:
    assert frame('x1, x2, "label"\n1, 2, "a, one"\n3, 4, "b"\n')["label"] == ["a, one", "b"]


def test_an_open_quotation_mark_is_named_by_its_line_and_can_be_taken_literally() -> None:
    data = b'width,height,name\n1,2,pipe\n2,3,"\n3,4,rod\n5,6,pipe\n'
    with pytest.raises(InvalidValue) as caught:
        read_table(data)
    assert caught.value.key == "csv.quotes"
    assert caught.value.values["line"] == 3
    assert frame(data, quotes=False)["name"] == ["pipe", '"', "rod", "pipe"]


# --- cells --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["950", "1,234", "1,001"], [950, 1234, 1001]),
        (["1.234,5", "2.000,0", "7,25"], [1234.5, 2000, 7.25]),
        (["\u22121", "\u22123.5", "2"], [-1, -3.5, 2]),
        (["12%", "15 %", "3%"], [12, 15, 3]),
        (["$1,200", "-$300", "$1,400"], [1200, -300, 1400]),
        (["₩1,200", "3,000원", "10원"], [1200, 3000, 10]),
        (["1\u00a0234,5", "2\u202f345,5", "3"], [1234.5, 2345.5, 3]),
        (["1 234 567,5", "3", "4"], [1234567.5, 3, 4]),
        (["1'234", "5", "6"], [1234, 5, 6]),
        (["1e3", "+5", ".5"], [1000, 5, 0.5]),
        (["1", "#N/A", "<NA>", "None", "-", "NA", "n/a", "2"], [1, *[np.nan] * 6, 2]),
    ],
)
def test_numbers_as_people_write_them(cells: list[str], expected: list[float]) -> None:
    rows = "".join(f"{cell};k{k % 2}\n" for k, cell in enumerate(cells))
    table = read_table(("v;c\n" + rows).encode())
    assert table["v"].kind == "number"
    np.testing.assert_array_equal(table.numbers("v"), expected)


def test_commas_that_could_be_both_are_thousands_until_told_otherwise() -> None:
    data = b"p;q;c\n950;1;a\n1,234;2;b\n1,001;3;a\n"
    table = read_table(data)
    assert table.numbers("p").tolist() == [950, 1234, 1001]
    assert "thousands" in told(table)
    assert read_table(data, decimal=",").numbers("p").tolist() == [950, 1.234, 1.001]
    # another column settles it
    both = read_table(b"p;q\n1,234;0,5\n1,001;1,5\n")
    assert both.numbers("p").tolist() == [1.234, 1.001]


def test_na_is_a_value_among_texts() -> None:
    table = read_table(b"x,y,region\n1,2,NA\n2,3,EU\n3,4,AS\n4,5,NA\n")
    assert table.target == "region"
    assert points_from_table(table).class_names == ("AS", "EU", "NA")


def test_an_odd_cell_among_many_numbers_counts_as_missing_and_is_named() -> None:
    rows = "".join(f"{k}.5,{'late' if k == 30 else k},{'ab'[k % 2]}\n" for k in range(100))
    table = read_table(("a,b,c\n" + rows).encode())
    assert np.isnan(table.numbers("b")).nonzero()[0].tolist() == [30]
    assert "row 31" in told(table)


def test_true_and_false_become_numbers_and_the_name_says_which_is_which() -> None:
    table = read_table(b"smoker,age,label\nTRUE,20,a\nFALSE,30,b\nTRUE,40,a\nFALSE,25,b\n")
    assert table["smoker"].kind == "boolean"
    points = points_from_table(table)
    assert points.x_names[0] == "smoker (0 FALSE, 1 TRUE)"
    assert points.X[:, 0].tolist() == [1, 0, 1, 0]
    assert table.frame()["smoker"].tolist() == [True, False, True, False]
    named = points_from_table(read_table(b"a,b,won\n1,2,yes\n2,3,no\n3,4,yes\n"))
    assert named.class_names == ("no", "yes")


# --- roles --------------------------------------------------------------------------------------------

PASSENGERS = "PassengerId,Survived,Pclass,Name,Sex,Age,Ticket,Fare,Embarked\n" + "".join(
    f'{k},{k % 2},{1 + k % 3},"N{k}, Mr.",{("female", "male", "male")[k % 3]},'
    f"{20 + k % 7},T {k * 37},{7.25 + k},{'SCQ'[k % 3]}\n"
    for k in range(1, 31)
)


def test_roles_of_a_list_of_passengers() -> None:
    table = read_table(PASSENGERS.encode())
    assert table.target == "Survived"
    roles = {column.name: column.role for column in table.columns}
    assert roles["PassengerId"] == "id"
    assert roles["Name"] == roles["Ticket"] == "ignored"
    assert roles["Age"] == roles["Fare"] == roles["Sex"] == "feature"
    assert all(str(column.why) for column in table.columns)
    assert points_from_table(table).x_names == ("Pclass", "Age")


def test_counters_constants_and_dates_are_no_features() -> None:
    rows = "".join(f"{k},7,2024-01-{k:02d},{k * k % 5}.5,{'ab'[k % 2]}\n" for k in range(1, 13))
    table = read_table(("k,const,day,v,kind\n" + rows).encode())
    assert [column.role for column in table.columns] == ["id", "ignored", "ignored", "feature", "target"]
    assert role(read_table(b"Id,a,b,s\n1,5.1,3,x\n2,4.9,3,x\n3,6,2,y\n"), "Id") == "id"


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("area,rooms,price", "price"),
        ("price,area,rooms", "price"),
        ("생존,나이,요금", "생존"),
        ("a,quality,b", "quality"),
    ],
)
def test_well_known_names_of_targets(header: str, target: str) -> None:
    rows = "".join(f"{k * 7 % 5},{k * 3 % 4},{k * k % 6}\n" for k in range(20))
    assert read_table(f"{header}\n{rows}".encode()).target == target


def test_a_one_hot_group_is_one_target() -> None:
    table = read_table(b"x1,x2,c0,c1,c2\n1,2,1,0,0\n3,4,0,1,0\n5,6,0,0,1\n7,8,1,0,0\n")
    assert table.target == "c0 | c1 | c2"
    assert role(table, "c1") == "ignored"
    assert points_from_table(table).class_names == ("c0", "c1", "c2")


def test_two_columns_are_a_feature_and_a_target() -> None:
    table = read_table(b"YearsExperience,Salary\n1.0,34706\n1.35,39704\n1.7,40475\n")
    assert [column.role for column in table.columns] == ["feature", "target"]


def test_roles_and_kinds_can_be_overruled() -> None:
    table = read_table(PASSENGERS.encode(), roles={"Fare": "target"}, kinds={"Pclass": "category"})
    assert table.target == "Fare"
    assert role(table, "Survived") == "feature"
    assert table["Pclass"].kind == "category"
    for wrong in ({"roles": {"nope": "target"}}, {"roles": {"Fare": "goal"}}, {"kinds": {"Name": "number"}}):
        with pytest.raises(InvalidValue):
            read_table(PASSENGERS.encode(), **wrong)  # type: ignore[arg-type]


# --- size ---------------------------------------------------------------------------------------------


def test_a_teaching_table_of_twenty_thousand_rows_is_sampled_in_its_shares() -> None:
    rng = np.random.default_rng(0)
    rows = "\n".join(
        ",".join(f"{v:.3f}" for v in row[:8]) + f",{int(row[8] > 1.9)}"
        for row in rng.normal(size=(20_640, 9))
    )
    table = read_table(("a,b,c,d,e,f,g,h,label\n" + rows).encode())
    assert table.n_rows == 20_640
    points = points_from_table(table, subsample=True)
    assert len(points.rows) == 5000
    assert points.y.mean() == pytest.approx(table.numbers("label").mean(), rel=0.02)


def test_a_rare_class_is_kept_and_a_longer_table_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.data.reading.table.MAX_TABLE_ROWS", 100)
    rows = "".join(f"{k * 37 % 1000}.5,{'rare' if k == 777 else 'common'}\n" for k in range(1000))
    table = read_table(("v,label\n" + rows).encode())
    assert (table.n_rows, table.rows_in_file) == (100, 1000)
    assert set(table.texts("label")) == {"rare", "common"}
    assert "100 of 1,000 rows" in told(table)


# --- workbooks ----------------------------------------------------------------------------------------


def workbook(**sheets: list[list[object]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    data = workbook(
        first=[["길이", "종류"], [1.5, "a"], [2.5, "b"]], second=[["u", "v"], [1, True], [2, False]]
    )
    path = tmp_path / "table.csv"
    path.write_bytes(data)
    table = read_table(path)
    assert table.sheets == ("first", "second")
    assert table.frame().to_dict("list") == {"길이": [1.5, 2.5], "종류": ["a", "b"]}
    assert frame(data, sheet="second") == {"u": [1, 2], "v": [True, False]}
    with pytest.raises(InvalidValue) as caught:
        read_table(data, sheet="third")
    assert caught.value.field == "sheet"


def test_an_archive_that_unpacks_to_too_much_is_refused_unopened() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(61):
                part.write(b" " * 1_000_000)
    with pytest.raises(InvalidValue) as caught:
        read_table(out.getvalue())
    assert caught.value.key == "csv.large_workbook"


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "csv.old_workbook"),
        (b"%PDF-1.7", "csv.binary"),
        (b"\x1f\x8b\x08\0", "csv.compressed"),
        (b"<!DOCTYPE html><html></html>", "csv.html"),
        (b"PK\x03\x04 nothing", "csv.broken_workbook"),
    ],
)
def test_other_files_are_called_by_their_name(data: bytes, key: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        read_table(data)
    assert caught.value.key == key
    assert all(text(f"errors.{key}_got", language) for language in LANGUAGES)


def test_a_damaged_workbook_is_refused() -> None:
    data = bytearray(workbook(first=[["a", "b"], [1, 2], [3, 4]]))
    rng = np.random.default_rng(0)
    for _ in range(60):
        broken = bytearray(data)
        for at in rng.integers(4, len(data), 20):
            broken[at] = rng.integers(256)
        try:
            read_table(bytes(broken))
        except InvalidValue:
            continue


# --- Parquet ------------------------------------------------------------------------------------------


def parquet(columns: dict[str, object], **options: object) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, **options)
    return out.getvalue()


def test_a_parquet_file_is_read_as_the_same_table_of_text_is() -> None:
    import datetime

    n = 12
    data = {
        "길이": [1.5 * i if i != 3 else None for i in range(n)],
        "count": [i * i for i in range(n)],
        "smoker": [i % 2 == 0 for i in range(n)],
        "day": [datetime.date(2024, 1, 1 + i) for i in range(n)],
        "region": [("NA", "EU", " AS ")[i % 3] for i in range(n)],
        "boxes": [[i] for i in range(n)],
        "__index_level_0__": list(range(n)),
    }
    table = read_table(parquet(data, row_group_size=5))
    assert table.encoding == "parquet"
    assert {c.name: c.kind for c in table.columns} == {
        "길이": "number",
        "count": "number",
        "smoker": "boolean",
        "day": "date",
        "region": "category",
    }
    np.testing.assert_array_equal(table.numbers("길이"), [np.nan if i == 3 else 1.5 * i for i in range(n)])
    assert table.texts("smoker")[0] == "true"
    assert table.texts("region")[:3].tolist() == ["NA", "EU", "AS"]
    assert table.target == "region"
    assert "boxes" in told(table)


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ({"a": np.zeros(400_000), **{f"c{k}": np.zeros(400_000) for k in range(25)}}, "csv.cells"),
        ({f"c{k}": [1.0, 2.0] for k in range(201)}, "csv.wide"),
        ({"a": ["x" * 70_000] * 1000, "b": [1.0] * 1000}, "csv.large_parquet"),  # one text, a thousand times
        ({"a": np.random.default_rng(0).normal(size=10), "b": [[1]] * 10}, "csv.narrow"),
    ],
)
def test_a_parquet_file_that_unpacks_to_too_much_is_refused(columns: dict[str, object], key: str) -> None:
    data = parquet(columns)
    assert len(data) < 200_000
    with pytest.raises(InvalidValue) as caught:
        read_table(data)
    assert caught.value.key == key


def test_a_damaged_parquet_file_is_refused() -> None:
    data = parquet({"a": np.arange(50.0), "b": ["x", "y"] * 25})
    rng = np.random.default_rng(0)
    for k in range(80):
        broken = bytearray(data[: len(data) - 40 * (k % 3)])
        for at in rng.integers(4, len(broken) - 8, 6):
            broken[at] = rng.integers(256)
        try:
            read_table(bytes(broken))
        except InvalidValue:
            continue


# --- parts --------------------------------------------------------------------------------------------


def parted(values: str, name: str = "set") -> bytes:
    rows = "".join(f"{k}.5,{value},{k * k % 7},{'ab'[k % 2]}\n" for k, value in enumerate(values.split()))
    return f"x,{name},z,kind\n{rows}".encode()


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        ("train train test TRAIN Test train", "train train test train test train"),
        ("학습 학습 평가 학습 검증 학습", "train train test train validation train"),
        ("dev training training Test_Set train test", "validation train train test train test"),
    ],
)
def test_a_column_that_says_train_or_test_is_used_and_said(values: str, parts: str) -> None:
    table = read_table(parted(values))
    assert table.part == "set"
    assert role(table, "set") == "part"
    assert "trains or tests" in str(table["set"].why)
    points = points_from_table(table)
    assert points.x_names == ("x", "z")
    assert points.parts == tuple(parts.split())
    assert points_from_table(table, part="").parts == ()
    assert points_from_table(read_table(parted(values), roles={"set": "ignored"})).parts == ()


@pytest.mark.parametrize(
    "values", ["train bus car train bus car", "test test test test", "train train train"]
)
def test_other_columns_are_none(values: str) -> None:
    assert read_table(parted(values)).part is None


def test_the_column_of_parts_can_be_chosen_and_is_checked() -> None:
    table = read_table(parted("train bus test train test bus"))
    with pytest.raises(InvalidValue) as caught:
        points_from_table(table, part="set")
    assert (caught.value.field, caught.value.values["row"]) == ("file.set", 2)
    with pytest.raises(InvalidValue) as caught:
        read_table(parted("train bus test train"), roles={"set": "part"})
    assert caught.value.key == "csv.part_column"
    with pytest.raises(InvalidValue) as caught:
        points_from_table(read_table(parted("train test train test")), "x", "z", "kind", part="z")
    assert caught.value.key in ("csv.part", "csv.twice")


def test_a_second_file_is_the_test_part() -> None:
    first = read_table(b"age,sex,port,fare\n20,f,S,7\n30,m,C,8\n40,f,Q,9\n,m,S,3\n")
    points = points_from_table(
        first, inputs=["age", "sex", "port"], target="fare", task="regression", scale_target=True
    )
    second = read_table(b"id,fare,port,sex,age\n1,5,Q,m,33\n2,6,S,f,\n")
    both = with_test_rows(points, second)
    assert both.rows[:4] == points.rows
    assert both.rows[4:] == ((33.0, 1.0, 0.0, 1.0, 0.0, 5.0), (None, 0.0, 0.0, 0.0, 1.0, 6.0))
    assert both.parts == ("train",) * 4 + ("test",) * 2
    assert both.target_scale == points.target_scale
    assert with_test_rows(both, second) == both


@pytest.mark.parametrize(
    ("second", "field"),
    [
        (b"age,kind\n1,a\n2,b\n", "test.size"),
        (b"age,size\n1,2\n2,3\n", "test.kind"),
        (b"age,size,kind\n1,2,a\n2,3,z\n", "test.kind"),
        (b"age,size,kind\n1,2,a\n2,big,b\n", "test.size"),
    ],
)
def test_a_second_file_that_does_not_fit_is_refused_by_column(second: bytes, field: str) -> None:
    first = points_from_table(read_table(b"age,size,kind\n1,2,a\n2,3,b\n3,4,a\n"))
    with pytest.raises(InvalidValue) as caught:
        with_test_rows(first, read_table(second))
    assert caught.value.field == field
    for language in LANGUAGES:
        assert field.removeprefix("test.") in plain(caught.value, language)


# --- any table, any bytes -----------------------------------------------------------------------------

WORDS = st.text(st.sampled_from("abcdefgh가나다라é ,;\"'|\t"), min_size=1, max_size=8).map(
    lambda word: f"w{word}z"
)  # as a text column, whatever stands in it
NUMBERS = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.tuples(NUMBERS, NUMBERS, WORDS), min_size=4, max_size=12),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_a_table_written_in_many_dialects_comes_back(
    rows: list[tuple[float, float, str]], separator: str, encoding: str, end: str
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_MINIMAL)
    writer.writerow(["first", "second", "word"])
    writer.writerows(rows)
    table = read_table(out.getvalue().encode(encoding), separator=separator)
    assert table.names == ("first", "second", "word")
    np.testing.assert_allclose(table.numbers("first"), [row[0] for row in rows], rtol=1e-12)
    np.testing.assert_allclose(table.numbers("second"), [row[1] for row in rows], rtol=1e-12)
    assert table.texts("word").tolist() == [row[2] for row in rows]


CHOICES = st.fixed_dictionaries(
    {},
    optional={
        "encoding": st.sampled_from(["cp949", "utf-16", "gb18030", "nope"]),
        "separator": st.sampled_from([",", " ", "|", "x"]),
        "decimal": st.sampled_from([",", ".", "x"]),
        "header": st.integers(-1, 4),
        "quotes": st.booleans(),
    },
)
PIECES = st.sampled_from(
    ["1", "2,5", "-3", "a", "b", ",", ";", "\t", " ", "\n", "\n\n", '"', '""', "#", "sep=;", "NA", "12%", "$", "−",
     "가", "①", "total", "TRUE", "false", "2024-01-02", "1,234", "\u00a0", "\u2028", "\r", "é",
     "\ufeff", "|", "1e999", "inf"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.binary(max_size=120), st.lists(PIECES, max_size=40).map("".join)), CHOICES)
def test_anything_is_read_or_refused(source: bytes | str, choices: dict[str, object]) -> None:
    data = source.encode() if isinstance(source, str) else source
    try:
        table = read_table(data, **choices)  # type: ignore[arg-type]
    except InvalidValue:
        return
    found = table.frame()
    assert found.shape == (table.n_rows, len(table.columns))
    assert sum(column.role == "target" for column in table.columns) <= 1
    told(table)
