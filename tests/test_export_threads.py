"""Many visitors look at their code at the same time."""

from __future__ import annotations

import gc
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from playground.export.code import names_in


class _Yielding:
    """Garbage that lets another thread run while it is collected."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        time.sleep(0)


def test_visitors_may_export_at_the_same_time() -> None:
    # Two threads inside ast.parse break each other in Python before 3.11.8 when the collector runs in between.
    def export(thread: int) -> bool:
        for number in range(40):
            _garbage = [_Yielding() for _ in range(30)]
            del _garbage
            line = ", ".join(f"f(a{k} + b{number})" for k in range(50 * thread))
            assert f"b{number}" in names_in(f"x{thread} = [{line}]")
        return True

    interval, threshold = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(20)
    try:
        with ThreadPoolExecutor(3) as pool:
            assert all(pool.map(export, (1, 2, 3)))
    finally:
        sys.setswitchinterval(interval)
        gc.set_threshold(*threshold)
