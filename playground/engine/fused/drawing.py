"""Initial weights without PyTorch: its generator and its normal and uniform numbers, bit for bit.

PyTorch draws from a Mersenne Twister (Matsumoto & Nishimura 1998). Fewer than sixteen normal numbers come from
Box & Muller's transformation in float64, the second of each pair being kept for the next draw. Of more, blocks of
sixteen uniform numbers become eight pairs in float32, with polynomials for logarithm, sine and cosine (Cephes) whose
products and sums are rounded once, as its code for processors with AVX2 does. Another processor may do it in another
way, so ``initial`` compares before anyone relies on this.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numba import types
from numba.extending import intrinsic as numba_intrinsic

from playground.engine.fused.compiling import cached
from playground.engine.fused.rules import part

intrinsic: Any = numba_intrinsic  # its type hints do not hide the typing context

FILL: Final = np.dtype([("start", np.int64), ("count", np.int64), ("kind", np.int64), ("value", np.float64)])
"""One block of the flat vector and what it is filled with."""
KINDS: Final = {"constant": 0, "normal": 1, "uniform": 2}
CONSTANT: Final = KINDS["constant"]
NORMAL: Final = KINDS["normal"]

WORDS: Final = 624
SHIFT: Final = 397
PLACE: Final = WORDS
"""Of the state's next word, behind the words."""
KEPT: Final = WORDS + 1
"""Whether a normal number is kept."""

f4 = np.float32
HALF: Final = f4(0.5)
ONE: Final = f4(1.0)
UNIT: Final = f4(2.0**-24)
TWO_PI: Final = f4(2 * math.pi)
ROOT_HALF: Final = f4(math.sqrt(0.5))
LOG: Final = tuple(
    f4(p)
    for p in (
        7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
        -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
    )
)  # fmt: skip
LN2_LOW: Final = f4(-2.12194440e-4)
LN2_HIGH: Final = f4(0.693359375)
FOUR_BY_PI: Final = f4(1.27323954473516)
PI4: Final = (f4(-0.78515625), f4(-2.4187564849853516e-4), f4(-3.774894977445941e-8))
COS: Final = tuple(f4(p) for p in (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2))
SIN: Final = tuple(f4(p) for p in (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1))


@intrinsic
def fma(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    """a · b + c, rounded once."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.fma(*args)

    return a(a, b, c), codegen


@intrinsic
def bits(typingctx: Any, x: Any) -> Any:
    """A float32 as the int32 with the same bits."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], context.get_value_type(types.int32))

    return types.int32(x), codegen


@intrinsic
def from_bits(typingctx: Any, x: Any) -> Any:
    """An int32 as the float32 with the same bits."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], context.get_value_type(types.float32))

    return types.float32(x), codegen


# --- the generator ----------------------------------------------------------------------------------


@part
def seed_words(state, seed):
    """The state that a seed gives."""
    state[0] = seed & 0xFFFFFFFF
    for i in range(1, WORDS):
        before = state[i - 1]
        state[i] = (1812433253 * (before ^ (before >> 30)) + i) & 0xFFFFFFFF
    state[PLACE] = WORDS


@part
def next_word(state):
    """32 random bits."""
    if state[PLACE] == WORDS:
        for i in range(WORDS):
            y = (state[i] & 0x80000000) | (state[(i + 1) % WORDS] & 0x7FFFFFFF)
            state[i] = state[(i + SHIFT) % WORDS] ^ (y >> 1) ^ (0x9908B0DF if y & 1 else 0)
        state[PLACE] = 0
    y = state[state[PLACE]]
    state[PLACE] += 1
    y ^= y >> 11
    y ^= (y << 7) & 0x9D2C5680
    y ^= (y << 15) & 0xEFC60000
    return y ^ (y >> 18)


@part
def unit_single(state):
    """float32, uniform in [0, 1)."""
    return f4(next_word(state) & 0xFFFFFF) * UNIT


@part
def unit_double(state):
    """float64, uniform in [0, 1)."""
    high = next_word(state)
    return np.float64(((high & 0x1FFFFF) << 32) | next_word(state)) * 2.0**-53


# --- normal numbers ---------------------------------------------------------------------------------


@part
def logarithm(x):
    whole = bits(x)
    e = f4((whole >> 23) - 126)
    m = from_bits(np.int32((whole & 0x7FFFFF) | 0x3F000000))
    if m < ROOT_HALF:
        e -= ONE
        m = (m - ONE) + m
    else:
        m -= ONE
    z = m * m
    y = LOG[0]
    for p in LOG[1:]:
        y = fma(y, m, p)
    y = fma(y * m, z, e * LN2_LOW) - z * HALF
    return fma(e, LN2_HIGH, m + y)


@part
def sine_and_cosine(x):
    eighth = (np.int32(x * FOUR_BY_PI) + 1) & ~1
    y = f4(eighth)
    x = fma(y, PI4[2], fma(y, PI4[1], fma(y, PI4[0], x)))
    z = x * x
    cosine = fma(fma(COS[0], z, COS[1]), z, COS[2]) * z
    cosine = fma(cosine, z, -(z * HALF)) + ONE
    sine = fma(fma(SIN[0], z, SIN[1]), z, SIN[2]) * z
    sine = fma(sine, x, x)
    if eighth & 2:
        sine, cosine = cosine, sine
    if eighth & 4:
        sine = -sine
    if not (eighth - 2) & 4:
        cosine = -cosine
    return sine, cosine


@part
def sixteen(out, start, std):
    """Turn sixteen uniform numbers into normal ones."""
    for i in range(start, start + 8):
        radius = np.sqrt(f4(-2.0) * logarithm(ONE - out[i]))
        sine, cosine = sine_and_cosine(TWO_PI * out[i + 8])
        out[i] = radius * cosine * std
        out[i + 8] = radius * sine * std


@part
def fill_normal(state, kept, out, start, count, std):
    if count < 16:
        for i in range(start, start + count):
            if state[KEPT]:
                state[KEPT] = 0
                number = kept[0]
            else:
                angle = 2.0 * math.pi * unit_double(state)
                radius = math.sqrt(-2.0 * math.log1p(-unit_double(state)))
                kept[0] = radius * math.sin(angle)
                state[KEPT] = 1
                number = radius * math.cos(angle)
            out[i] = f4(number * std)
        return
    stop = start + count
    for i in range(start, stop):
        out[i] = unit_single(state)
    for i in range(start, stop - 15, 16):
        sixteen(out, i, f4(std))
    if count % 16:  # the last sixteen are drawn once more
        for i in range(stop - 16, stop):
            out[i] = unit_single(state)
        sixteen(out, stop - 16, f4(std))


@cached
def fill(fills, seed, state, kept, out):
    """Fill blocks of a flat vector, one after the other from one generator.

    Args:
        fills: FILL rows. seed: of the generator.
        state: int64 (626,), kept: float64 (1,), work space. out: float32, the vector.
    """
    seed_words(state, seed)
    state[KEPT] = 0
    for index in range(len(fills)):
        one = fills[index]
        if one.kind == CONSTANT:
            for i in range(one.start, one.start + one.count):
                out[i] = f4(one.value)
        elif one.kind == NORMAL:
            fill_normal(state, kept, out, one.start, one.count, one.value)
        else:
            low = f4(-one.value)
            span = f4(one.value) - low
            for i in range(one.start, one.start + one.count):
                out[i] = fma(unit_single(state), span, low)


def draw(fills: np.ndarray, seed: int, out: np.ndarray) -> None:
    """Fill ``out`` (float32) as FILL rows say, from a generator with this seed."""
    fill(fills, seed, np.empty(WORDS + 2, np.int64), np.empty(1), out)
