"""Results of the chapters' computations belong to a visit, and go with it."""

from __future__ import annotations

import gc
import weakref

import numpy as np
from waiting import until

from playground.live.results import KEY, Key, Visitor, results, visitor_of


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


def test_a_computation_that_begins_anew_takes_the_place_of_the_earlier_one() -> None:
    visitor = Visitor()
    key = Key("matter", visitor.token)
    first = results.job(key, lambda: iter([(0.5, 1), (1.0, 2)]), visitor.token)
    again = results.anew(key, lambda: iter([(1.0, 3)]), visitor.token)
    assert again is not first
    assert results.job(key, lambda: iter([]), visitor.token) is again
    again.go_on()
    until(lambda: again.look()[0] == "finished")
    assert again.look()[2] == 3
    assert first.look()[0] == "stopped"
    results.forget(visitor.token)


def test_a_visitor_is_known_by_their_key_alone() -> None:
    visitor, other = Visitor(), Visitor()
    assert KEY.fullmatch(visitor.key)
    assert visitor_of(visitor.key) is visitor
    assert visitor_of(other.key) is other
    assert len({visitor.key, other.key, visitor.name, other.name}) == 4
    assert visitor.name not in visitor.key
    for wrong in ("", visitor.key[:-1], visitor.key + "a", "../" + visitor.key[3:], None, 7, [visitor.key]):
        assert visitor_of(wrong) is None
    key, name, gone = visitor.key, visitor.name, weakref.ref(visitor)
    del visitor
    until(lambda: gc.collect() is not None and gone() is None)
    again = visitor_of(key)  # the server was started anew: what is kept in its database is found by the name
    assert again is not None
    assert again.name == name
