"""Refused input is explained in the visitor's language, down to what came."""

from __future__ import annotations

import ast
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from string import Formatter
from typing import Any, get_args

import pytest

from playground.data import points_frame, points_from_csv, points_from_frame
from playground.data.points import Points
from playground.experiment import Experiment
from playground.experiment_text import MAX_JSON_BYTES
from playground.races import Race
from playground.registry import InvalidValue, Kind
from playground.text import LANGUAGES, catalog, text
from playground.text.refusals import SENTENCE, describe, field_label, plain

ROOT = Path(__file__).parents[1]

GOOD = "a,b,kind\n" + "1,2,x\n2,3,y\n" * 4
NAMES = {"kind", "true", "false", "JSON", "CSV", "UTF", "MB", "CP", "xls", "xlsx", "Shift", "JIS"}
"""Words that stay as they are in Korean."""


def csv(text: str | bytes, **options: Any) -> Callable[[], object]:
    data = text.encode() if isinstance(text, str) else text
    return lambda: points_from_csv(data, **options)


def table() -> None:
    points = points_from_csv(GOOD.encode())
    frame = points_frame(points)
    frame.loc[0, "y"] = "z"
    points_from_frame(frame, points)


def trained_on(text: str) -> Callable[[], object]:
    from playground.data import prepare

    return lambda: prepare(Experiment(dataset="custom", points=points_from_csv(text.encode())))


def own(*rows: tuple[float, float, int]) -> Callable[[], object]:
    from playground.data import prepare

    points = Points(class_names=("0", "1"), rows=rows)
    return lambda: prepare(Experiment(dataset="custom", points=points))


def race(**query: str) -> Callable[[], object]:
    return lambda: Race.from_query(query)


BAD: dict[str, tuple[Callable[[], object], str]] = {
    "empty": (csv(b""), "빈 파일"),
    "header only": (csv("a,b,c\n"), "머리글만"),
    "missing cell": (csv(GOOD + "3,,x\n"), "9행의 빈칸"),
    "text for a number": (csv(GOOD + "oak,3,x\n", x1="a", x2="b", target="kind"), "9행에 숫자"),
    "large number": (csv(GOOD + "1e30,3,x\n"), "9행에"),
    "one class": (csv(GOOD.replace("y", "x"), target="kind"), "클래스 2~10개"),
    "one column": (csv("a\n1\n2\n"), "2열 이상"),
    "two columns": (csv("a,b\nx y,1\nz w v,2\n", x1="a", target="b"), "3열 이상"),
    "too many columns": (csv(",".join("a" * 201) + "\n"), "최대 200열"),
    "four million rows": (csv("a,b,c\n" + "1,2,3\n" * (4 * 10**6)), "20 MB"),
    "old workbook": (csv(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "옛 엑셀"),
    "packed file": (csv(b"\x1f\x8b\x08\x00"), "압축"),
    "web page": (csv("<!doctype html><html>"), "웹 페이지"),
    "open quotation mark": (csv('a,b,c\n1,2,x\n2,3,"\n3,4,y\n'), "3번째 줄에서 연 따옴표"),
    "many usable rows": (csv("a,b,c\n" + "1,2,0\n2,1,1\n" * 2600), "최대 5,000행"),
    "wrong encoding": (csv("a,b,c\nΩ,2,3\n".encode("utf-16")[:-1]), "인코딩"),
    "binary": (csv(b"MZ\x03\x04\x14\x06\x08\x21"), "이진"),
    "damaged workbook": (csv(b"PK\x03\x04\x14\x06\x08\x21"), "손상"),
    "ragged": (csv("a,b,c\n1,2,3\n1,2,3,4,5\n"), "3번째 줄의 5칸"),
    "column used twice": (csv(GOOD, x1="a", x2="a", target="kind"), "다른 역할"),
    "edited class": (table, "1행에 x, y 가운데 하나"),
    "painted class": (own((0, 0, 0), (1, 1, 0), (2, 2, 0)), "두 클래스"),
    "painted points": (own((0, 0, 0)), "점 1개"),
    "not JSON": (lambda: Experiment.from_json("{"), "JSON"),
    "JSON of something else": (lambda: Experiment.from_json("[1, 2]"), "중괄호"),
    "oversized JSON": (lambda: Experiment.from_json(" " * (MAX_JSON_BYTES + 1)), "10 MB"),
    "unknown field": (lambda: Experiment.from_dict({"layers": 3}), "실험의 항목"),
    "out of range": (lambda: Experiment.from_query({"learning_rate": "99"}), "0.00001 이상 10 이하"),
    "unknown technique": (lambda: Experiment.from_query({"optimizer": "adamm"}), "혹시 adam"),
    "unknown parameter": (lambda: Experiment.from_query({"optimizer": "adam~beta3:1"}), "adam의 매개변수"),
    "no feature": (lambda: Experiment(features=()), "특징 하나 이상"),
    "too many layers": (lambda: Experiment.from_query({"hidden": "1,1,1,1,1,1,1,1,1"}), "0~8개"),
    "dropout per layer": (lambda: Experiment(hidden=(4, 4), dropout=(0.1, 0.2, 0.3)), "은닉층 2개마다"),
    "loss of another task": (lambda: Experiment(loss="huber"), "과제에 맞는"),
    "race of one lane": (race(lane1="activation:relu"), "레인 2~6개"),
    "alike lanes": (race(lane1="noise:0.1", lane2="noise:0.1"), "레인 2 .*다른 레인"),
    "lane out of range": (race(lane1="", lane2="learning_rate:99"), "레인 2: 학습률.*99"),
    "lane of another task": (race(lane1="", lane2="dataset:plane"), "레인 2: 데이터.*같은 종류"),
    "lane without values": (race(lane1="", lane2="noise"), "레인 2 .*세미콜론"),
    "race's seeds": (race(lane1="", lane2="noise:0.2", seeds="65"), "시드 수.*1 이상 64 이하"),
    "race's criterion": (
        race(lane1="", lane2="noise:0.2", criterion="luck"),
        "승자를 정하는 기준: 기준.*가운데 하나",
    ),
    "race's number": (race(lane1="", lane2="noise:0.2", criterion="best_loss~0"), "승자를 정하는 기준: 값"),
    "race's mode": (race(lane1="", lane2="noise:0.2", mode="luck"), "맞추는 것.*가운데 하나"),
    "race's prediction": (race(lane1="", lane2="noise:0.2", predict="maybe"), "먼저 예측하기.*true"),
    "race's file": (lambda: Race.from_json("{"), "경주 파일.*JSON"),
    "another file for a race": (lambda: Race.from_json('{"optimizer": "adam"}'), "가운데 하나"),
    "painted rows": (lambda: Points(rows=((0, "a", 1),)), "점: 행 1.*수 x1, x2, y"),  # type: ignore[arg-type]
    "long link": (lambda: Experiment.from_query({"hidden": "1," * 3000}), "4,000자"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_in_korean(name: str) -> None:
    refuse, expected = BAD[name]
    with pytest.raises(InvalidValue) as caught:
        refuse()
    told = plain(caught.value, "ko")
    assert re.search(expected, told), told
    english = plain(caught.value, "en")
    assert not re.search("[가-힣]", english)
    if "가운데 하나" in told or name in ("unknown field", "unknown parameter", "loss of another task"):
        return  # names of the format are listed
    words = set(re.findall(r"[A-Za-z]{2,}", re.sub(r"'[^']*'|\\x..", "", told))) - NAMES
    assert not words, told


def place(call: ast.Call, path: Path) -> str:
    return f"{path.relative_to(ROOT)}:{call.lineno}"


def refusals_in_the_code() -> list[tuple[str, ast.Call]]:
    """Every ``InvalidValue(…)`` of the package, with its place."""
    found = []
    for path in sorted((ROOT / "playground").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "InvalidValue"
            ):
                assert 2 <= len(node.args) <= 3, f"{place(node, path)}: field, key, what came"
                found.append((place(node, path), node))
    assert len(found) > 90
    return found


COMPUTED = {
    "f'expected.{self.kind}'": [f"expected.{kind}" for kind in get_args(Kind)],
    "registry.py choices name": ["expected.parameter", "expected.no_parameters"],
    "registry.py choices near": ["expected.name", "expected.name_near"],
    "settings.py choices": ["own.no_feature", "own.features"],
}
"""Keys that the code puts together, by their expression or, for a variable, by their file and values."""
CARRIED = "self.key"
"""The key of a refusal that says another one again."""


def keys_of(where: str, call: ast.Call) -> list[str]:
    key = call.args[1]
    if isinstance(key, ast.Constant):
        return [str(key.value)]
    if isinstance(key, ast.JoinedStr):
        return COMPUTED[ast.unparse(key)]
    return COMPUTED[
        " ".join([Path(where.split(":")[0]).name, *(str(keyword.arg) for keyword in call.keywords)])
    ]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_the_code_refuses_has_a_text(language: str) -> None:
    """Key, placeholders and words for what came, of each place in the code that refuses a value."""
    texts = catalog(language)
    for where, call in refusals_in_the_code():
        if ast.unparse(call.args[1]) == CARRIED:
            continue
        given = {str(keyword.arg) for keyword in call.keywords}
        keys = keys_of(where, call)
        used: set[str] = set()
        for key in keys:
            assert f"errors.{key}" in texts, f"{where}: {key}"
            named = placeholders(texts[f"errors.{key}"]) | placeholders(texts.get(f"errors.{key}_got", ""))
            assert named <= given, f"{where}: {key} has no value for {named - given}"
            used |= named
            alone = key.startswith(SENTENCE) or f"errors.{key}_got" in texts
            assert not (alone and len(call.args) > 2 and len(keys) == 1), f"{where}: what came is not said"
        shared = isinstance(call.args[1], ast.JoinedStr)  # each kind of number takes some of them
        assert shared or used == given, f"{where}: no text says {given - used}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refused_field_has_a_name(language: str) -> None:
    texts = catalog(language)
    fields = {
        call.args[0].value for _, call in refusals_in_the_code() if isinstance(call.args[0], ast.Constant)
    }
    for name in ("live/commands.py", "races/commands.py"):
        source = (ROOT / "playground" / name).read_text("utf-8")
        fields |= set(re.findall(r"\b(?:whole|number|choice|switch)\(\"(\w+)\"", source))
    assert len(fields) > 40
    for field in filter(None, map(str, fields)):
        root = field.split(".")[0]
        assert f"fields.{root}.label" in texts or f"errors.names.{root}" in texts, field


@pytest.mark.parametrize(
    ("language", "named"), [("en", "Units of hidden layer 2"), ("ko", "유닛 수, 은닉층 2")]
)
def test_a_layers_units_are_not_called_the_number_of_layers(language: str, named: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        Experiment(hidden=(8, 9999))
    assert named in describe(refused.value, language)


def test_no_text_of_a_refusal_is_left_over() -> None:
    used = {
        key
        for where, call in refusals_in_the_code()
        if ast.unparse(call.args[1]) != CARRIED
        for key in keys_of(where, call)
    }
    used |= {f"{key}_got" for key in used} | {"expected.choice"}
    own = {key.removeprefix("errors.") for key in catalog("en") if key.startswith("errors.")}
    sentences = {key for key in own if "." not in key} | {key for key in own if key.startswith("names.")}
    assert own - sentences - used == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_no_value_is_said_in_whole_sentences(language: str) -> None:
    for key, told in catalog(language).items():
        if key.startswith("errors."):
            whole = key.count(".") == 1 or key.startswith(f"errors.{SENTENCE}")
            assert told.endswith((".", "?", "{problem}") if whole else ""), key
            assert whole or not told.endswith("."), key
    error = InvalidValue("sessions", "sentence.full", most=300)
    assert (
        plain(error, language)
        == describe(error, language)
        == text("errors.sentence.full", language, most=300)
    )


def test_a_refusal_speaks_english_by_itself_and_travels() -> None:
    with pytest.raises(InvalidValue) as caught:
        Experiment(hidden=(4, 199))
    error = caught.value
    assert str(error) == "hidden[1]: expected a whole number from 1 to 128, got 199"
    assert (error.field, error.expected, error.got) == ("hidden[1]", "a whole number from 1 to 128", "199")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert str(error.within("lanes[0]")) == f"lanes[0].{error}"
    assert str(InvalidValue("undo", "sentence.nothing_to_undo")) == "There is nothing to undo."
    with pytest.raises(InvalidValue) as caught:
        points_from_csv(b"")
    assert str(caught.value) == "file: expected a table with a header row, got an empty file"


def test_nothing_is_said_while_a_value_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal costs as much as a hundred checks: it is made where it is raised."""
    made = Experiment(hidden=(4, 4), activation=("relu", "tanh"), optimizer={"name": "adam", "beta1": 0.8})

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("made a refusal")

    monkeypatch.setattr(InvalidValue, "__init__", refused)
    assert Experiment.from_json(made.to_json()) == made
    assert Experiment.from_query(made.to_query()) == made
    assert made.replace(dataset="plane").replace(dataset="circle") == made


def test_a_refused_field_is_named_with_its_place() -> None:
    assert (
        field_label("optimizer.beta1", "en") == f"Optimizer: {catalog('en')['techniques.params.beta1.label']}"
    )
    assert field_label("lanes[1].learning_rate", "ko") == "레인 2: 학습률 η"
    assert field_label("points.rows[0]", "ko") == "점: 행 1"
    assert field_label("file.a.b", "en") == "File (a.b)"


def test_what_came_is_shown_and_never_works() -> None:
    """A link from anybody can hold Markdown: no picture is loaded for it and nothing can be clicked."""
    with pytest.raises(InvalidValue) as caught:
        Experiment.from_query({"[a](http://b)![](http://c)": "1"})
    told = describe(caught.value, "en")
    assert told.startswith("**`[a](http://b)![](http://c)`**")
    with pytest.raises(InvalidValue) as caught:
        Experiment.from_query({"learning_rate": "`![](http://c)"})
    assert "`''![](http://c)'`" in describe(caught.value, "en")
    assert "'`![](http://c)'" in plain(caught.value, "en")
