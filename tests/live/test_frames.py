"""The binary frame reads back to what was written, and refuses everything else."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from playground.live.frames import decode, encode, finite, to_json

ARRAYS = st.dictionaries(
    st.text("abcdefghij_", min_size=1, max_size=8),
    st.one_of(
        *(
            npst.arrays(dtype, npst.array_shapes(max_dims=3, max_side=5, min_side=0))
            for dtype in ("u1", "<f4", "<f8")
        )
    ),
    max_size=5,
)


@given(
    ARRAYS,
    st.dictionaries(st.text(max_size=5), st.one_of(st.integers(-(2**53), 2**53), st.text()), max_size=4),
)
def test_a_frame_reads_back(arrays, header):
    header.pop("arrays", None)
    frame = encode(header, arrays)
    told, found = decode(frame)
    assert told == header
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_arrays_start_on_multiples_of_eight():
    # A browser can view float64 numbers in place only where they are aligned.
    frame = encode({"a": "x"}, {"one": np.ones(3, np.uint8), "two": np.arange(4.0)})
    (length,) = struct.unpack_from("<I", frame)
    header = json.loads(frame[4 : 4 + length])
    assert (4 + length) % 8 == 0
    assert [offset % 8 for _, _, offset in header["arrays"].values()] == [0, 0]
    assert header["arrays"]["two"] == ["f8", [4], 8]


@given(st.binary(max_size=200))
def test_garbage_is_refused(garbage):
    with pytest.raises(ValueError, match="not a frame"):
        decode(garbage)


def test_numbers_that_json_cannot_say_become_null():
    told = finite({"a": float("nan"), "b": [float("inf"), 1.0], "c": np.array([np.nan, 2.0])})
    assert told == {"a": None, "b": [None, 1.0], "c": [None, 2.0]}
    assert decode(encode({"loss": float("inf")}, {}))[0] == {"loss": None}


@given(
    st.dictionaries(
        st.text(max_size=3),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.floats(), st.text(max_size=3), st.integers(-9, 9)),
            lambda inner: st.lists(inner, max_size=3) | st.tuples(inner),
            max_leaves=8,
        ),
        max_size=4,
    )
)
def test_json_says_what_finite_says(message):
    for ascii_only in (False, True):
        told = to_json(message, ascii_only)
        assert json.loads(told) == json.loads(json.dumps(finite(message)))
        assert told.isascii() or not ascii_only


def test_numbers_of_numpys_are_told():
    assert json.loads(to_json({"a": np.float32(0.5), "b": np.arange(2), "c": np.float64("nan")})) == {
        "a": 0.5,
        "b": [0, 1],
        "c": None,
    }
