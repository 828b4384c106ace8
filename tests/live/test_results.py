"""Results of the chapters' computations belong to a visit, and go with it."""

from __future__ import annotations

import gc
import weakref

import numpy as np
from waiting import until

from playground.live.results import Key, Visitor, results


def test_what_a_visit_has_brought_along_goes_with_it() -> None:
    visitor, other = Visitor(), Visitor()
    brought = np.zeros(3)
    seen = weakref.ref(brought)
    mine, theirs = Key(("own", 1), visitor.token), Key(("own", 1), other.token)
    results.job(mine, lambda brought=brought: iter([(1.0, brought)]), visitor.token)
    kept = results.job(theirs, lambda: iter([(1.0, None)]), other.token)
    del brought, visitor, mine
    gc.collect()
    until(lambda: seen() is None)
    assert results.job(theirs, lambda: iter([]), other.token) is kept
    results.forget(other.token)
    assert results.job(theirs, lambda: iter([]), other.token) is not kept
    results.forget(other.token)
