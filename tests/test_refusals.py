"""Refused input is explained in the visitor's language, down to what came."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from playground.data import points_frame, points_from_csv, points_from_frame
from playground.data.points import Points
from playground.experiment import MAX_JSON_BYTES, Experiment
from playground.registry import InvalidValue
from playground.text import LANGUAGES, catalog
from playground.text.refusals import describe

GOOD = "a,b,kind\n" + "1,2,x\n2,3,y\n" * 4
NAMES = {"kind", "JSON", "CSV", "UTF", "MB", "CP"}
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


BAD: dict[str, tuple[Callable[[], object], str]] = {
    "empty": (csv(b""), "빈 파일"),
    "header only": (csv("a,b,c\n"), "머리글만"),
    "missing cell": (csv(GOOD + "3,,x\n"), "9행의 빈칸"),
    "text for a number": (csv(GOOD + "oak,3,x\n", x1="a", x2="b", target="kind"), "9행에 숫자"),
    "large number": (csv(GOOD + "1e30,3,x\n"), "9행에"),
    "one class": (csv(GOOD.replace("y", "x")), "클래스 2~10개"),
    "one column": (csv("a\n1\n2\n"), "3열 이상"),
    "too many columns": (csv(",".join("a" * 101) + "\n"), "최대 100열"),
    "too many rows": (csv("a,b,c\n" + "1,2,3\n" * 10_001), "최대 10,000행"),
    "a million rows": (csv("a,b,c\n" + "1,2,3\n" * 10**6), "5 MB"),
    "many usable rows": (csv("a,b,c\n" + "1,2,0\n2,1,1\n" * 2600), "최대 5,000행"),
    "wrong encoding": (csv("a,b,c\nΩ,2,3\n".encode("utf-16")[:-1]), "인코딩"),
    "binary": (csv(b"PK\x03\x04\x14\x06\x08\x21"), "이진"),
    "ragged": (csv("a,b,c\n1,2,3\n1,2,3,4,5\n"), "3번째 줄의 5칸"),
    "column used twice": (csv(GOOD, x1="a", x2="a", target="kind"), "다른 역할"),
    "edited class": (table, "1행에 x, y 가운데 하나"),
    "painted class": (own((0, 0, 0), (1, 1, 0), (2, 2, 0)), "두 클래스"),
    "painted points": (own((0, 0, 0)), "점 1개"),
    "not JSON": (lambda: Experiment.from_json("{"), "JSON"),
    "JSON of something else": (lambda: Experiment.from_json("[1, 2]"), "중괄호"),
    "oversized JSON": (lambda: Experiment.from_json(" " * (MAX_JSON_BYTES + 1)), "1 MB"),
    "unknown field": (lambda: Experiment.from_dict({"layers": 3}), "실험의 항목"),
    "out of range": (lambda: Experiment.from_query({"learning_rate": "99"}), "0.00001|1e-05"),
    "unknown technique": (lambda: Experiment.from_query({"optimizer": "adamm"}), "혹시 adam"),
    "unknown parameter": (lambda: Experiment.from_query({"optimizer": "adam~beta3:1"}), "adam의 매개변수"),
    "no feature": (lambda: Experiment(features=()), "특징 하나 이상"),
    "too many layers": (lambda: Experiment.from_query({"hidden": "1,1,1,1,1,1,1,1,1"}), "0~8개"),
    "dropout per layer": (lambda: Experiment(hidden=(4, 4), dropout=(0.1, 0.2, 0.3)), "은닉층 2개마다"),
    "loss of another task": (lambda: Experiment(loss="huber"), "과제에 맞는"),
    "long link": (lambda: Experiment.from_query({"hidden": "1," * 3000}), "4,000자"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_in_korean(name: str) -> None:
    refuse, expected = BAD[name]
    with pytest.raises(InvalidValue) as caught:
        refuse()
    told = describe(caught.value, "ko")
    assert re.search(expected, told), told
    english = describe(caught.value, "en")
    assert not re.search("[가-힣]", english)
    if name in ("unknown field", "unknown technique", "unknown parameter", "loss of another task"):
        return  # names of the format are listed
    words = set(re.findall(r"[A-Za-z]{2,}", re.sub(r"'[^']*'|\\x..", "", told))) - NAMES
    assert not words, told


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_of_a_refusal_has_a_text(language: str) -> None:
    texts = catalog(language)
    for refuse, _ in BAD.values():
        with pytest.raises(InvalidValue) as caught:
            refuse()
        error = caught.value
        if error.key:
            assert f"errors.{error.key}" in texts
            assert describe(error, language)
