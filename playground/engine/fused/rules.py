"""Compiled rules and choosing one of them by number, inside compiled code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit, types
from numba.core import cgutils
from numba.core.typing.templates import signature
from numba.extending import intrinsic

_njit: Any = njit  # its type hints know none of the options below

part = _njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""Decorator of a function that only compiled code calls."""

within = _njit(error_model="numpy", inline="always")
"""The same for one with a single caller: it becomes a part of that, as compiling it on its own compiles all that it
calls once more."""

rule = _njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)
"""The same for a small one, which is merged into its callers."""


def switch(*rules: Callable[..., Any]) -> Any:
    """A compiled function ``chosen(code, arguments)`` that calls ``rules[code](*arguments)``.

    All rules take and give the same types. A code beyond the last rule calls the first. It becomes one jump
    table, with every rule merged into the place where ``chosen`` is used.
    """
    dispatcher: Any = types.Dispatcher
    kinds = [dispatcher(one) for one in rules]

    @intrinsic
    def chosen(typingctx: Any, code: Any, arguments: Any) -> Any:
        if not (isinstance(code, types.Integer) and isinstance(arguments, types.BaseTuple)):
            return None
        taken: tuple[Any, ...] = tuple(arguments)  # type: ignore[arg-type]
        signatures = [typingctx.resolve_function_type(kind, taken, {}) for kind in kinds]
        given = signatures[0].return_type

        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            values = [builder.extract_value(args[1], i) for i in range(len(taken))]
            place = cgutils.alloca_once(builder, context.get_value_type(given))
            branches = [builder.append_basic_block(f"rule{i}") for i in range(len(kinds))]
            end = builder.append_basic_block("end")
            jump = builder.switch(args[0], branches[0])
            for i, (branch, kind, one) in enumerate(zip(branches, kinds, signatures, strict=True)):
                if i:
                    jump.add_case(context.get_constant(sig.args[0], i), branch)
                builder.position_at_end(branch)
                function = context.get_function(kind, one)
                context.add_linking_libs(getattr(function, "libs", ()))
                cast = [
                    context.cast(builder, value, have, want)
                    for value, have, want in zip(values, taken, one.args, strict=True)
                ]
                result = context.cast(builder, function(builder, cast), one.return_type, given)
                builder.store(result, place)
                builder.branch(end)
            builder.position_at_end(end)
            return builder.load(place)

        return signature(given, code, arguments), codegen

    return chosen
