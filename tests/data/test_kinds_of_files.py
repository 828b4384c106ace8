"""One small file for each kind that people have and that was once misread: what its cells and columns are."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd
import pytest

from playground import InvalidValue, read_table
from playground.data import points_from_table
from playground.data.from_columns import suggest_inputs
from playground.export.file_code import from_file

nan = np.nan
XOR_IS = {"x1": [0, 0, 1, 1], "x2": [0, 1, 0, 1], "y": [0, 1, 1, 0]}


def workbook(columns: dict[str, list[int]]) -> bytes:
    out = io.BytesIO()
    pd.DataFrame(columns).to_excel(out, index=False)
    return out.getvalue()


PASSENGERS = """PassengerId,Survived,Pclass,Name,Sex,Age,SibSp,Parch,Ticket,Fare,Cabin,Embarked
1,0,3,"A, Mr.",male,22,1,0,T 21171,7.25,,S
2,1,1,"B, Mrs.",female,38,1,0,T 17599,71.2833,C85,C
3,1,3,"C, Miss",female,26,0,0,T 3101282,7.925,,S
4,1,1,"D, Mrs.",female,35,1,0,113803,53.1,C123,S
5,0,3,"E, Mr.",male,35,0,0,373450,8.05,,S
6,0,3,"F, Mr.",male,,0,0,330877,8.4583,,Q
7,0,1,"G, Mr.",male,54,0,0,17463,51.8625,E46,S
8,1,2,"H, Mrs.",female,14,1,0,237736,30.0708,,C
"""

FILES: dict[str, tuple[bytes, str, dict[str, list[Any]], set[str], set[str]]] = {
    # file: bytes, target, values of columns in order, columns that are no features, keys of notes
    "cp949-symbols.csv": (
        "평균기온(℃),습도,판정\n1,2,좋음\n3,4,나쁨\n5,6,좋음\n".encode("cp949"),
        "판정",
        {"평균기온(℃)": [1, 3, 5], "습도": [2, 4, 6], "판정": ["좋음", "나쁨", "좋음"]},
        set(),
        set(),
    ),
    "cp949-company.csv": (
        "㈜이름,면적(㎡),등급①\n가람,84.5,상\n누리,59.9,중\n다솜,33.1,하\n".encode("cp949"),
        "등급①",
        {"㈜이름": ["가람", "누리", "다솜"], "면적(㎡)": [84.5, 59.9, 33.1], "등급①": ["상", "중", "하"]},
        set(),
        set(),
    ),
    "shift-jis.csv": (
        "温度,湿度,判定\n1,2,良\n3,4,悪\n".encode("cp932"),
        "判定",
        {"温度": [1, 3], "湿度": [2, 4], "判定": ["良", "悪"]},
        set(),
        set(),
    ),
    "decimal-comma-no-header.csv": (
        b"1,5;2,5;0\n2,5;3,5;1\n1,0;2,0;0\n",
        "column_3",
        {"column_1": [1.5, 2.5, 1], "column_2": [2.5, 3.5, 2], "column_3": [0, 1, 0]},
        set(),
        {"decimal_comma"},
    ),
    "sep-line.csv": (
        b"sep=;\nx;y;c\n1;2;a\n3;4;b\n",
        "c",
        {"x": [1, 3], "y": [2, 4], "c": ["a", "b"]},
        set(),
        {"sep_line"},
    ),
    "grouped-thousands.csv": (
        b"p;q;c\n950;1;a\n1,234;2;b\n1,001;3;a\n",
        "c",
        {"p": [950, 1234, 1001], "q": [1, 2, 3], "c": ["a", "b", "a"]},
        set(),
        {"grouped"},
    ),
    "na-is-a-class.csv": (
        b"x,y,region\n1,2,NA\n2,3,EU\n3,4,AS\n4,5,NA\n",
        "region",
        {"x": [1, 2, 3, 4], "y": [2, 3, 4, 5], "region": ["NA", "EU", "AS", "NA"]},
        set(),
        {"na_is_a_value"},
    ),
    "missing-marks.csv": (
        b"x,y,c\n1,2,a\n#N/A,3,b\n4,5,a\n<NA>,1,b\nNone,2,a\n-,7,b\n",
        "c",
        {"x": [1, nan, 4, nan, nan, nan], "y": [2, 3, 5, 1, 2, 7]},
        set(),
        set(),
    ),
    "id-first.csv": (
        b"Id,SepalLength,SepalWidth,Species\n1,5.1,3.5,s\n2,4.9,3.0,s\n3,6.2,3.4,v\n4,5.9,3.0,v\n",
        "Species",
        {"Id": [1, 2, 3, 4], "SepalLength": [5.1, 4.9, 6.2, 5.9]},
        {"Id"},
        set(),
    ),
    "trailing-delimiter.csv": (
        b"a,b,c\n1,2,x,\n3,4,y,\n",
        "c",
        {"a": [1, 3], "b": [2, 4], "c": ["x", "y"]},
        set(),
        set(),
    ),
    "pipes.csv": (b"a|b|c\n1|2|x\n3|4|y\n", "c", {"a": [1, 3], "b": [2, 4], "c": ["x", "y"]}, set(), set()),
    "spaces.txt": (b"a b c\n1 2 x\n3 4 y\n", "c", {"a": [1, 3], "b": [2, 4], "c": ["x", "y"]}, set(), set()),
    "iris.data": (
        b"5.1,3.5,1.4,0.2,s\n4.9,3.0,1.4,0.2,s\n6.2,3.4,5.4,2.3,v\n\n",
        "column_5",
        {"column_1": [5.1, 4.9, 6.2], "column_4": [0.2, 0.2, 2.3], "column_5": ["s", "s", "v"]},
        set(),
        set(),
    ),
    "unicode-minus.csv": (
        "a,b,c\n\u22121,2,x\n\u22123,4,y\n".encode(),
        "c",
        {"a": [-1, -3], "b": [2, 4]},
        set(),
        set(),
    ),
    "percent.csv": (b"a,b,c\n12%,2,x\n15%,4,y\n", "c", {"a": [12, 15], "b": [2, 4]}, set(), {"percent"}),
    "two-columns.csv": (
        b"YearsExperience,Salary\n1.00,34706\n1.35,39704\n1.70,40475\n",
        "Salary",
        {"YearsExperience": [1, 1.35, 1.7], "Salary": [34706, 39704, 40475]},
        set(),
        set(),
    ),
    "workbook.xlsx": (workbook(XOR_IS), "y", XOR_IS, set(), {"sheet"}),
    "workbook-named.csv": (workbook(XOR_IS), "y", XOR_IS, set(), {"sheet"}),
    "passengers.csv": (
        PASSENGERS.encode(),
        "Survived",
        {"Survived": [0, 1, 1, 1, 0, 0, 0, 1], "Age": [22, 38, 26, 35, 35, nan, 54, 14]},
        {"PassengerId", "Name", "Ticket", "Parch", "Cabin"},
        set(),
    ),
    "title-line.csv": (
        "기온 (일별, 관측소)\n\nday,temp,hum,label\n1,3.5,40,cold\n2,13.5,41,warm\n3,23.5,42,warm\n".encode(),
        "label",
        {"day": [1, 2, 3], "temp": [3.5, 13.5, 23.5], "label": ["cold", "warm", "warm"]},
        set(),
        {"title_lines"},
    ),
    "comment-lines.csv": (
        b"# yearly means, in ppm\n# source: a station\nyear,mean,unc\n1959,315.98,0.12\n1960,316.91,0.12\n",
        "mean",
        {"year": [1959, 1960], "mean": [315.98, 316.91], "unc": [0.12, 0.12]},
        {"unc"},
        {"comment_lines"},
    ),
    "units-row.csv": (
        b"temp,speed,power\nC,m/s,kW\n3.5,1.2,0.4\n4.5,2.2,0.9\n5.5,3.2,1.6\n",
        "power (kW)",
        {"temp (C)": [3.5, 4.5, 5.5], "speed (m/s)": [1.2, 2.2, 3.2], "power (kW)": [0.4, 0.9, 1.6]},
        set(),
        {"units"},
    ),
    "total-row.csv": (
        b"x,y,label\n1,2,a\n2,3,b\n3,4,b\nTotal,9,\n",
        "label",
        {"x": [1, 2, 3], "y": [2, 3, 4], "label": ["a", "b", "b"]},
        set(),
        {"total_row"},
    ),
    "true-false.csv": (
        b"smoker,age,label\nTRUE,20,a\nFALSE,30,b\nTRUE,40,a\nFALSE,25,b\n",
        "label",
        {"smoker": [True, False, True, False], "age": [20, 30, 40, 25]},
        set(),
        {"boolean"},
    ),
    "spaced-quotes.csv": (
        b'x1, x2, "label"\n1, 2, "a, one"\n3, 4, "b"\n',
        "label",
        {"x1": [1, 3], "x2": [2, 4], "label": ["a, one", "b"]},
        set(),
        set(),
    ),
    "currency.csv": (
        b'price,size,label\n"$1,200",10,a\n"$1,300",11,b\n"$1,400",12,b\n',
        "label",
        {"price": [1200, 1300, 1400], "size": [10, 11, 12]},
        set(),
        {"currency", "grouped"},
    ),
    "no-break-space.csv": (
        "x;y;label\n1\xa0234,5;2;a\n2\xa0345,5;3;b\n3\u202f456,5;4;b\n".encode(),
        "label",
        {"x": [1234.5, 2345.5, 3456.5], "y": [2, 3, 4]},
        set(),
        {"decimal_comma"},
    ),
    "one-hot.csv": (
        b"x1,x2,c0,c1,c2\n1,2,1,0,0\n3,4,0,1,0\n5,6,0,0,1\n7,8,1,0,0\n",
        "c0 | c1 | c2",
        {"x1": [1, 3, 5, 7], "c0 | c1 | c2": ["c0", "c1", "c2", "c0"]},
        {"c0", "c1", "c2"},
        set(),
    ),
    "xor-table.csv": (b"x1,x2,y\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n", "y", XOR_IS, set(), set()),
    "a price table": (
        b"area,rooms,price\n84,3,250000\n59,2,190000.5\n120,4,410000\n33,1,99000\n",
        "price",
        {"area": [84, 59, 120, 33], "rooms": [3, 2, 4, 1], "price": [250000, 190000.5, 410000, 99000]},
        set(),
        set(),
    ),
    "a European price list": (
        b"area;price;share;label\n84,5;90.000;0.125;a\n59,9;1.250.000;0.25;b\n33,1;8.500;0.5;b\n",
        "label",
        {"area": [84.5, 59.9, 33.1], "price": [90000, 1250000, 8500], "share": [0.125, 0.25, 0.5]},
        set(),
        {"decimal_comma"},
    ),
    "the same, all prices below a million": (
        b"area;price;share;label\n84,5;90.000;0.125;a\n59,9;12.500;0.250;b\n33,1;8.500;0.500;b\n",
        "label",
        {"area": [84.5, 59.9, 33.1], "price": [90000, 12500, 8500], "share": [0.125, 0.25, 0.5]},
        set(),
        {"decimal_comma", "grouped_points"},
    ),
    "shares after a comma": (
        b"a;b;c\n0,125;1;x\n0,250;2;y\n0,500;3;y\n",
        "c",
        {"a": [0.125, 0.25, 0.5], "b": [1, 2, 3]},
        set(),
        {"decimal_comma"},
    ),
    "signs without a picture": (
        "a\u200b,\u202eb\u3164,c\n\u200e1,2,x\u202e\n\u200e3,4,y\n".encode(),
        "c",
        {"a": [1, 3], "b": [2, 4], "c": ["x", "y"]},
        set(),
        {"unseen"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_kind_of_file_is_read_and_its_columns_are_what_they_are_for(name: str) -> None:
    data, target, values, no_features, notes = FILES[name]
    table = read_table(data)
    frame = table.frame()
    for column, cells in values.items():
        found = frame[column].tolist()
        assert found == cells or np.array_equal(np.array(found), np.array(cells), equal_nan=True), column
    roles = {column.name: column.role for column in table.columns}
    assert table.target == target
    assert {n for n, role in roles.items() if role != "feature"} == no_features | {target}
    assert {note.key for note in table.notes} == notes
    assert all(column.why.said(language) for column in table.columns for language in ("en", "ko"))


@pytest.mark.parametrize("name", [name for name in FILES if name != "signs without a picture"])
def test_pandas_reads_it_in_a_script_as_it_is_read_here(name: str) -> None:
    table = read_table(FILES[name][0])
    inputs = suggest_inputs(table, str(table.target))
    points = points_from_table(table, inputs=inputs, target=table.target, drop_missing=True)
    assert from_file(FILES[name][0], name, table, points, inputs) is not None


def test_an_inch_mark_is_found_and_can_be_read_as_it_is() -> None:
    data = b'width,height,name\n1,2,pipe\n2,3,"\n3,4,rod\n5,6,pipe\n'
    with pytest.raises(InvalidValue) as caught:
        read_table(data)
    assert (caught.value.key, caught.value.values["line"]) == ("csv.quotes", 3)
    assert read_table(data, quotes=False).texts("name").tolist() == ["pipe", '"', "rod", "pipe"]
