"""Results that are kept no longer than what they were made of."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

Made = TypeVar("Made")
Source = TypeVar("Source")
Rest = ParamSpec("Rest")

MOST = 16
"""Results that are kept of one source."""


def kept_with_the_first(
    make: Callable[Concatenate[Source, Rest], Made],
) -> Callable[Concatenate[Source, Rest], Made]:
    """Keep a function's results as long as its first argument lives; the other arguments are hashable.

    A result must not hold the first argument.
    """
    kept: weakref.WeakKeyDictionary[Source, OrderedDict[Hashable, Made]] = weakref.WeakKeyDictionary()
    lock = threading.Lock()

    @wraps(make)
    def found(source: Source, /, *rest: Rest.args, **named: Rest.kwargs) -> Made:
        key: Any = (rest, tuple(named.items()))
        with lock:
            made = kept.setdefault(source, OrderedDict())
            if key in made:
                made.move_to_end(key)
                return made[key]
        result = make(source, *rest, **named)
        with lock:
            made[key] = result
            while len(made) > MOST:
                made.popitem(last=False)
        return result

    return found
