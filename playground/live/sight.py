"""The plane that was chosen to be seen of more than two inputs, for as long as the columns are there."""

from __future__ import annotations

from playground.data.plane import Plane, View
from playground.data.prepare import Data, plane_seen


class Sight:
    """What was chosen, and of which columns."""

    def __init__(self) -> None:
        self._names: tuple[str, ...] = ()
        self._view: View | None = None

    def choose(self, view: View | None, names: tuple[str, ...]) -> bool:
        """See columns of these names so; None for as they are seen first.

        Returns:
            Whether that is another view than before.

        Raises:
            InvalidValue: it does not fit them.
        """
        before = self.view(names)
        self._view = None if view is None else view.check(len(names))
        self._names = names
        return self._view != before

    def view(self, names: tuple[str, ...]) -> View | None:
        """What was chosen of these columns; None for the first view."""
        return self._view if self._names == names else None

    def plane(self, data: Data) -> Plane | None:
        """The chosen plane of these data; None for their first one."""
        view = self.view(data.x_names)
        return None if view is None else plane_seen(data, view)
