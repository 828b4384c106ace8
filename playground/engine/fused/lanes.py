"""Sixteen float32 numbers that the processor computes with at once, as a type for Numba code.

The kernel keeps activations as (unit, sample) and walks the samples of a batch sixteen at a time. A
``Lanes`` value holds one such run of samples; ``+ - * / < >`` and the functions of this module act on each
of its numbers, and a plain number beside a ``Lanes`` counts for all sixteen. So a rule such as
``where(z > 0, z, alpha * z)`` reads as it does for one number and runs as one instruction (AVX-512), two
(AVX2) or four (NEON, SSE). Spelling the width out keeps the speed from depending on what the compiler's
automatic vectoriser makes of short loops: with batches of ten it turns them into single-number code. Of fewer than
five samples, eleven lanes and more would stay empty: ``few`` then fills them with units.

All functions work inside compiled code only.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_builtin, lower_cast
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic as numba_intrinsic
from numba.extending import models, register_model

intrinsic: Any = numba_intrinsic  # its type hints do not hide the typing context

LANES: Final = 16

_VECTOR = ir.VectorType(ir.FloatType(), LANES)
_INTEGERS = ir.VectorType(ir.IntType(32), LANES)
_BITS = ir.VectorType(ir.IntType(1), LANES)


class _Lanes(types.Type):
    def __init__(self) -> None:
        super().__init__(name="Lanes")


class _Mask(types.Type):
    def __init__(self) -> None:
        super().__init__(name="Mask")


lanes = _Lanes()
mask = _Mask()


@register_model(_Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, _VECTOR)


@register_model(_Mask)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, _BITS)


def _spread(builder: Any, number: Any) -> Any:
    """A vector with ``number`` in every lane."""
    single = builder.insert_element(
        ir.Constant(_VECTOR, ir.Undefined), number, ir.Constant(ir.IntType(32), 0)
    )
    zeros = ir.Constant(_INTEGERS, [0] * LANES)
    return builder.shuffle_vector(single, ir.Constant(_VECTOR, ir.Undefined), zeros)


def _as_vector(context: Any, builder: Any, value: Any, given: Any) -> Any:
    if given == lanes:
        return value
    return _spread(builder, context.cast(builder, value, given, types.float32))


def _numeric(given: Any) -> bool:
    return given == lanes or isinstance(given, types.Number)


# --- operators ------------------------------------------------------------------------------------


def _operator(function: Callable[..., Any], build: Callable[..., Any], result: Any) -> None:
    """Teach Numba one binary operator for ``Lanes`` with ``Lanes`` or a number."""

    @infer_global(function)
    class _Typing(AbstractTemplate):
        def generic(self, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
            if len(args) == 2 and lanes in args and all(_numeric(a) for a in args):
                return signature(result, *args)
            return None

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        left, right = (_as_vector(context, builder, v, t) for v, t in zip(args, sig.args, strict=True))
        return build(builder, left, right)

    for pair in ((_Lanes, _Lanes), (_Lanes, types.Number), (types.Number, _Lanes)):
        lower_builtin(function, *pair)(lower)


_operator(operator.add, lambda b, x, y: b.fadd(x, y), lanes)
_operator(operator.sub, lambda b, x, y: b.fsub(x, y), lanes)
_operator(operator.mul, lambda b, x, y: b.fmul(x, y), lanes)
_operator(operator.truediv, lambda b, x, y: b.fdiv(x, y), lanes)
_operator(operator.lt, lambda b, x, y: b.fcmp_ordered("<", x, y), mask)
_operator(operator.le, lambda b, x, y: b.fcmp_ordered("<=", x, y), mask)
_operator(operator.gt, lambda b, x, y: b.fcmp_ordered(">", x, y), mask)
_operator(operator.ge, lambda b, x, y: b.fcmp_ordered(">=", x, y), mask)
_operator(operator.eq, lambda b, x, y: b.fcmp_ordered("==", x, y), mask)


@infer_global(operator.neg)
class _Negation(AbstractTemplate):
    def generic(self, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        return signature(lanes, lanes) if args == (lanes,) else None


@lower_builtin(operator.neg, _Lanes)
def _negate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.fneg(args[0])


@lower_cast(types.Number, _Lanes)
def _number_to_lanes(context: Any, builder: Any, fromty: Any, toty: Any, value: Any) -> Any:
    return _as_vector(context, builder, value, fromty)


# --- functions ------------------------------------------------------------------------------------


def _function(arity: int, build: Callable[..., Any], doc: str) -> Any:
    """A compiled function of ``arity`` lanes or numbers that gives lanes."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return build(
            builder, *(_as_vector(context, builder, v, t) for v, t in zip(args, sig.args, strict=True))
        )

    if arity == 1:

        def function(typingctx: Any, x: Any) -> Any:
            return (signature(lanes, x), codegen) if _numeric(x) else None

    elif arity == 2:

        def function(typingctx: Any, x: Any, y: Any) -> Any:  # type: ignore[misc]
            return (signature(lanes, x, y), codegen) if _numeric(x) and _numeric(y) else None

    else:

        def function(typingctx: Any, x: Any, y: Any, z: Any) -> Any:  # type: ignore[misc]
            fits = _numeric(x) and _numeric(y) and _numeric(z)
            return (signature(lanes, x, y, z), codegen) if fits else None

    function.__doc__ = doc
    return intrinsic(function)


def _llvm(name: str, arity: int) -> Callable[..., Any]:
    """Builder of a call of LLVM's vector intrinsic ``name``."""

    def build(builder: Any, *values: Any) -> Any:
        kind = ir.FunctionType(_VECTOR, [_VECTOR] * arity)
        function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{LANES}f32")
        return builder.call(function, values)

    return build


def _power_of_two(builder: Any, n: Any) -> Any:
    # n + 1.5·2²³ holds n in its lowest bits; a conversion to int would be undefined for NaN
    bits = builder.bitcast(builder.fadd(n, ir.Constant(_VECTOR, [12582912.0] * LANES)), _INTEGERS)
    biased = builder.sub(bits, ir.Constant(_INTEGERS, [0x4B400000 - 127] * LANES))
    return builder.bitcast(builder.shl(biased, ir.Constant(_INTEGERS, [23] * LANES)), _VECTOR)


def _exponent(builder: Any, x: Any) -> Any:
    bits = builder.lshr(builder.bitcast(x, _INTEGERS), ir.Constant(_INTEGERS, [23] * LANES))
    return builder.sitofp(builder.sub(bits, ir.Constant(_INTEGERS, [127] * LANES)), _VECTOR)


def _mantissa(builder: Any, x: Any) -> Any:
    bits = builder.and_(builder.bitcast(x, _INTEGERS), ir.Constant(_INTEGERS, [0x007FFFFF] * LANES))
    return builder.bitcast(builder.or_(bits, ir.Constant(_INTEGERS, [0x3F800000] * LANES)), _VECTOR)


def _larger(builder: Any, x: Any, y: Any) -> Any:
    return builder.select(builder.fcmp_unordered(">", x, y), x, y)


def _smaller(builder: Any, x: Any, y: Any) -> Any:
    return builder.select(builder.fcmp_unordered("<", x, y), x, y)


spread = _function(1, lambda b, x: x, "The number in every lane.")
larger = _function(2, _larger, "The larger of the two; NaN in ``x`` stays NaN.")
smaller = _function(2, _smaller, "The smaller of the two; NaN in ``x`` stays NaN.")
square_root = _function(1, _llvm("sqrt", 1), "Square root.")
absolute = _function(1, _llvm("fabs", 1), "Absolute value.")
nearest = _function(1, _llvm("rint", 1), "The nearest whole number, ties to even.")
fma = _function(3, _llvm("fmuladd", 3), "``x·y + z``, rounded once where the processor can.")
power_of_two = _function(1, _power_of_two, "``2**n`` for whole ``n`` from -126 to 127.")
exponent = _function(1, _exponent, "``floor(log2(x))`` for normal ``x > 0``.")
mantissa = _function(1, _mantissa, "``x / 2**exponent(x)``, in [1, 2).")


@intrinsic
def where(typingctx: Any, condition: Any, x: Any, y: Any) -> Any:
    """``x`` in the lanes where ``condition`` holds, ``y`` in the others."""
    if condition != mask or not (_numeric(x) and _numeric(y)):
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        left = _as_vector(context, builder, args[1], sig.args[1])
        right = _as_vector(context, builder, args[2], sig.args[2])
        return builder.select(args[0], left, right)

    return signature(lanes, condition, x, y), codegen


@intrinsic
def total(typingctx: Any, x: Any) -> Any:
    """Sum of the sixteen numbers (pairwise), as one float32."""
    if x != lanes:
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value, width = args[0], LANES
        while width > 1:
            width //= 2
            kind = ir.VectorType(ir.IntType(32), width)
            low = builder.shuffle_vector(value, value, ir.Constant(kind, list(range(width))))
            high = builder.shuffle_vector(value, value, ir.Constant(kind, list(range(width, 2 * width))))
            value = builder.fadd(low, high)
        return builder.extract_element(value, ir.Constant(ir.IntType(32), 0))

    return signature(types.float32, x), codegen


@intrinsic
def store_totals(typingctx: Any, numbers: Any, index: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
    """Add the sums of the sixteen numbers of ``a``, ``b``, ``c`` and ``d`` to the four at ``numbers[index]``.

    Together they take a third of the instructions that ``total`` takes for each.
    """
    if not (_is_storage(numbers) and isinstance(index, types.Integer) and (a, b, c, d) == (lanes,) * 4):
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        def picked(x: Any, y: Any, places: list[int]) -> Any:
            kind = ir.VectorType(ir.IntType(32), len(places))
            return builder.shuffle_vector(x, y, ir.Constant(kind, places))

        def folded(x: Any, y: Any, width: int) -> Any:
            """Halves of every run of ``2 · width`` numbers of x, then of y, added to each other."""
            low = [i for i in range(2 * LANES) if i // width % 2 == 0]
            return builder.fadd(picked(x, y, low), picked(x, y, [i + width for i in low]))

        sums = folded(folded(args[2], args[3], 8), folded(args[4], args[5], 8), 4)
        for distance in (2, 1):
            sums = builder.fadd(sums, picked(sums, sums, [i ^ distance for i in range(LANES)]))
        four = ir.PointerType(ir.VectorType(ir.FloatType(), 4))
        place = builder.bitcast(
            builder.gep(args[0], [context.cast(builder, args[1], sig.args[1], types.intp)]), four
        )
        before = builder.load(place, align=4)
        builder.store(builder.fadd(before, picked(sums, sums, [0, 4, 8, 12])), place, align=4)
        return context.get_dummy_value()

    return signature(types.void, numbers, index, a, b, c, d), codegen


@intrinsic
def first_lanes(typingctx: Any, count: Any) -> Any:
    """Mask of the first ``count`` lanes; none for ``count <= 0``, all from 16 on."""
    if not isinstance(count, types.Integer):
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        number = context.cast(builder, args[0], sig.args[0], types.float32)
        positions = ir.Constant(_VECTOR, [float(i) for i in range(LANES)])
        return builder.fcmp_ordered("<", positions, _spread(builder, number))

    return signature(mask, count), codegen


# --- memory ---------------------------------------------------------------------------------------


@intrinsic
def pointer(typingctx: Any, array: Any) -> Any:
    """Where the numbers of a C-contiguous array lie. It holds no reference: the array must outlive it.

    Compiled code counts references to arrays wherever one is passed on, which costs more than a layer of four
    units. Pointers are plain numbers; ``p[i]`` reads and writes them without checking bounds.
    """
    if not (isinstance(array, types.Array) and array.layout == "C"):
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return context.make_array(sig.args[0])(context, builder, args[0]).data

    return signature(types.CPointer(array.dtype), array), codegen


@intrinsic
def beyond(typingctx: Any, numbers: Any, count: Any) -> Any:
    """The pointer that lies ``count`` entries behind another."""
    if not (isinstance(numbers, types.CPointer) and isinstance(count, types.Integer)):
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.gep(args[0], [context.cast(builder, args[1], sig.args[1], types.intp)])

    return signature(numbers, numbers, count), codegen


@intrinsic
def record(typingctx: Any, table: Any, index: Any) -> Any:
    """Row ``index`` of a table of records, by reference."""
    if not (isinstance(table, types.CPointer) and isinstance(table.dtype, types.Record)):
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        place = context.cast(builder, args[1], sig.args[1], types.intp)
        return builder.gep(args[0], [place])

    return signature(table.dtype, table, index), codegen


def _is_storage(given: Any) -> bool:
    return isinstance(given, types.CPointer) and given.dtype == types.float32


def _run_at(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    place = context.cast(builder, args[1], sig.args[1], types.intp)
    return builder.bitcast(builder.gep(args[0], [place]), ir.PointerType(_VECTOR))


@intrinsic
def load(typingctx: Any, numbers: Any, index: Any) -> Any:
    """The sixteen numbers from ``numbers[index]`` on."""
    if not (_is_storage(numbers) and isinstance(index, types.Integer)):
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.load(_run_at(context, builder, sig, args), align=4)

    return signature(lanes, numbers, index), codegen


@intrinsic
def store(typingctx: Any, numbers: Any, index: Any, value: Any) -> Any:
    """Write sixteen numbers from ``numbers[index]`` on."""
    if not (_is_storage(numbers) and isinstance(index, types.Integer) and _numeric(value)):
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        vector = _as_vector(context, builder, args[2], sig.args[2])
        builder.store(vector, _run_at(context, builder, sig, args), align=4)
        return context.get_dummy_value()

    return signature(types.void, numbers, index, value), codegen
