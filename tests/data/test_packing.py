"""Points in a link: exact, short, and never more than what was packed."""

from __future__ import annotations

import base64
import contextlib
import string
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.data import Points
from playground.data.packing import MOST_CHARACTERS, decimals_for, how_many_fit, packed, rounded, unpacked
from playground.data.prepare import points_from_experiment
from playground.experiment import Experiment
from playground.registry import InvalidValue

NUMBERS = st.integers(-100_000, 100_000).map(lambda n: n / 1000)
CLASSES = st.lists(st.tuples(NUMBERS, NUMBERS, st.integers(0, 2)), max_size=60)
VALUES = st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), max_size=60)


@given(CLASSES, st.sampled_from([None, ((-6.0, 6.0), (0.0, 0.1))]))
def test_points_of_classes_come_back_exactly(rows: list[tuple[float, float, int]], domain: object) -> None:
    points = Points(("키 (cm)", "무게"), "종", ("개", "고양이", "새"), tuple(rows), domain)  # type: ignore[arg-type]
    text = packed(points)
    assert text is not None
    assert set(text) <= set(string.ascii_letters + string.digits + "-_")
    assert unpacked(text) == points


@given(VALUES, st.sampled_from([None, (3500.0, 870.5)]))
def test_points_of_a_regression_come_back_exactly(
    rows: list[tuple[float, float, float]], scale: tuple[float, float] | None
) -> None:
    points = Points(rows=tuple(rows), target_scale=scale)
    text = packed(points)
    assert text is not None
    assert unpacked(text) == points


def test_the_text_is_what_the_format_says() -> None:
    """Read by hand: one point, (1.5, -2) of class 1."""
    text = packed(Points(class_names=("a", "b"), rows=((1.5, -2.0, 1), (1.0, -2.0, 0))))
    assert text is not None
    plain = zlib.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), wbits=-15)
    size = plain[0] * 256 + plain[1]
    assert plain[2 : 2 + size] == b'[["x1","x2"],"y",["a","b"],null,2,[[10,3,1],[-2,0,0],[0,1,0]]]'
    assert plain[2 + size :] == bytes([0b101_1_000_0])


@pytest.mark.parametrize("dataset", ["circle", "spiral", "blobs", "x_sin", "plane"])
def test_the_points_of_a_usual_sample_fit_when_it_is_painted_on(dataset: str) -> None:
    experiment = Experiment(dataset=dataset)
    points = points_from_experiment(experiment)
    assert len(points.rows) == experiment.n_samples
    text = packed(points)
    assert text is not None
    assert unpacked(text) == points


def test_points_that_do_not_fit_are_told_from_those_that_do() -> None:
    rng = np.random.default_rng(0)
    rows = tuple((float(a), float(b), i % 2) for i, (a, b) in enumerate(rng.normal(0.0, 2.0, (4000, 2))))
    points = Points(class_names=("a", "b"), rows=rows)
    assert packed(points) is None  # sixteen decimals
    near = rounded(points)
    assert packed(near) is None  # too many
    fit = how_many_fit(points)
    assert 300 < fit < 4000
    assert packed(Points(class_names=("a", "b"), rows=near.rows[:fit])) is not None
    assert packed(Points(class_names=("a", "b"), rows=near.rows[: fit + 1])) is None
    spans = np.ptp(points.X, axis=0)
    assert (np.abs(near.X - points.X) <= spans / 2000).all()


@pytest.mark.parametrize(
    ("low", "high", "decimals"),
    [(-6.0, 6.0, 2), (0.0, 1.0, 3), (0.0, 1000.0, 0), (0.0, 5e6, 0), (2.0, 2.0, 6)],
)
def test_a_thousandth_of_the_range_is_told_apart(low: float, high: float, decimals: int) -> None:
    assert decimals_for(low, high) == decimals


def _damaged(data: bytes) -> str:
    deflate = zlib.compressobj(9, wbits=-15)
    return base64.urlsafe_b64encode(deflate.compress(data) + deflate.flush()).decode().rstrip("=")


def _headed(head: str, body: bytes = b"") -> str:
    return _damaged(len(head.encode()).to_bytes(2, "big") + head.encode() + body)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!!!",
        "AAAA",
        _damaged(b""),
        _damaged(b"\0" * 10_000_000),
        _headed("{}"),
        _headed('[["x1","x2"],"y",[],null,5001,[[0,1,0],[0,1,0],[0,1,0]]]'),
        _headed('[["x1","x2"],"y",[],null,4000,[[0,30,0],[0,30,0],[0,30,0]]]'),
        _headed('[["x1","x2"],"y",[],null,1,[[0,99,0],[0,1,0],[0,1,0]]]', b"\0" * 99),
        _headed('[["x1","x2"],"y",[],null,true,[[0,1,0],[0,1,0],[0,1,0]]]', b"\0"),
        _headed('[["x1","x2"],"y",[],null,1,[[0,1,0],[0,1,0]]]', b"\0"),
        _headed('[["x1","x2"],"y",[],null,1,[["0",1,0],[0,1,0],[0,1,0]]]', b"\0"),
        _headed('[["x1","x2"],"y",[],null,1,[[1e999,1,0],[0,1,0],[0,1,0]]]', b"\0"),
        _headed("[" * 30_000),
        _headed(f'[["x1","x2"],"y",[],null,1,[[{10**400},1,0],[0,1,0],[0,1,0]]]', b"\0"),
    ],
)
def test_a_damaged_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        unpacked(text)
    assert refusal.value.field.startswith("points")


@given(st.text(st.sampled_from(string.ascii_letters + string.digits + "-_"), max_size=MOST_CHARACTERS))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidValue):
        assert isinstance(unpacked(text), Points)


def test_what_points_refuse_is_refused_by_name() -> None:
    with pytest.raises(InvalidValue) as refusal:
        unpacked(_headed('[["x1","x2"],"y",["a","b"],null,1,[[0,1,0],[0,1,0],[7,0,0]]]', b"\0"))
    assert refusal.value.field == "points.rows[0]"
