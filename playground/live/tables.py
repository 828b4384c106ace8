"""Tables read from files, within a bound of bytes: a page that runs again need not read its file again.

What a visit has uploaded goes with it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from playground.data import Table
from playground.live.memory import TABLES_BYTES, size_of
from playground.registry import InvalidValue

MOST = 200
"""Tables that are kept at most, however small they are."""

Read = Table | InvalidValue
"""A table, or why the file is refused."""


class Tables:
    """Tables by what tells file and way of reading; one that has made way is read anew.

    Args:
        most_bytes: that all take; those that nobody has asked for longest make way.
    """

    def __init__(self, most_bytes: int = TABLES_BYTES) -> None:
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, tuple[Read, int, object]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def nbytes(self) -> int:
        """What they take, about."""
        return sum(size for _, size, _ in tuple(self._kept.values()))

    def get(self, key: Hashable, read: Callable[[], Table], owner: object = None) -> Read:
        """The table of a key, read if it is not here, or the refusal of its file; ``owner`` is whom it belongs to."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
        try:
            found: Read = read()
        except InvalidValue as error:
            found = error
        with self._lock:
            self._kept[key] = found, size_of(found), owner
            self._kept.move_to_end(key)
            while len(self._kept) > MOST or self.nbytes > self._most_bytes:
                self._kept.popitem(last=False)
        return found

    def forget(self, owner: object) -> None:
        """Let go what belongs to a visitor."""
        with self._lock:
            for key in [key for key, (_, _, whose) in self._kept.items() if whose is owner]:
                del self._kept[key]


tables = Tables()
"""Those of this process."""
