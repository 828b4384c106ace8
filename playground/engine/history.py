"""The record of a run: one row for each finished epoch, and one for the untrained network."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from playground.data.prepare import PARTS, Part
from playground.engine.outline import Outline
from playground.engine.plan import METRICS

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "epoch",
    "step",
    "loss_train",
    "loss_test",
    "accuracy_train",
    "accuracy_test",
    "learning_rate",
    "loss_validation",
    "accuracy_validation",
    "penalty",
)
"""Row: epochs and steps done, metrics in evaluation mode, and the learning rate of the epoch."""
MEASURED = [COLUMNS.index(name) for name in METRICS]
"""Where a row holds the numbers of an evaluation."""
LOSSES = [COLUMNS.index(f"loss_{part}") for part in PARTS]
"""Where a row holds the loss of each part; nan throughout of a part without points."""
VALIDATION = ("loss_validation", "accuracy_validation")
"""Columns that are nan throughout where no points are held out; tables leave them out then."""

MAX_ROWS = 100_000
"""Rows of a history at most: 7.2 MB."""
GROWTH = 1.25
"""By what the memory of a history grows when it is full: at most so much more than its rows need."""
DENSE_ROWS = 1_000
"""Rows at the start, and at the end, that thinning leaves alone."""


class History:
    """Metrics over the epochs in columns that grow: every epoch, up to ``MAX_ROWS`` rows.

    ``history["loss_test"]`` is a column as a read-only array (epoch and step int64, the rest float64; the
    accuracies are shares in [0, 1] and nan for regression). ``len(history)`` counts rows; row 0 is epoch 0,
    before training, with the learning rate of the first epoch.

    A longer run keeps every second epoch, then every fourth, and so on, so that memory stays bounded. The first and
    the last ``DENSE_ROWS`` rows are never thinned.

    Attributes:
        stride: neighbouring rows are at most this many epochs apart; 1 while every epoch is there.
    """

    def __init__(self) -> None:
        self._rows = np.empty((64, len(COLUMNS)))
        self._length = 0
        self.stride = 1
        self._outlines: dict[int, Outline] = {}
        """Of the rows as they are, by number of rows."""

    def __len__(self) -> int:
        return self._length

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        return self._rows.nbytes

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts of the data that any row tells of; the training part is always among them."""
        return tuple(
            part
            for part, column in zip(PARTS, LOSSES, strict=True)
            if part == "train" or np.isfinite(self._rows[: self._length, column]).any()
        )

    def __getitem__(self, column: str) -> np.ndarray:
        values = self._rows[: self._length, COLUMNS.index(column)]
        values = values.astype(np.int64) if column in ("epoch", "step") else values.copy()
        values.setflags(write=False)
        return values

    def extend(
        self, epochs: np.ndarray, steps: np.ndarray, metrics: np.ndarray, learning_rates: np.ndarray
    ) -> None:
        """Append rows.

        Args:
            epochs, steps: int (E,), done at the row.
            metrics: (E, 7), as in ``Outcome.metrics``.
            learning_rates: (E,).
        """
        start, stop = self._length, self._length + len(epochs)
        if stop > len(self._rows):
            grown = np.empty((max(stop, min(int(GROWTH * len(self._rows)), MAX_ROWS)), len(COLUMNS)))
            grown[:start] = self._rows[:start]
            self._rows = grown
        rows = self._rows[start:stop]
        rows[:, 0] = epochs
        rows[:, 1] = steps
        rows[:, MEASURED] = metrics
        rows[:, COLUMNS.index("learning_rate")] = learning_rates
        self._length = stop
        if stop > MAX_ROWS:
            self.bound(MAX_ROWS)

    def bound(self, most: int) -> None:
        """Thin to ``most`` rows, some less where that needs thinning: in the middle every 2nd, 4th … epoch stays.

        Args:
            most: at least 4 * DENSE_ROWS.
        """
        if most < 4 * DENSE_ROWS:
            raise ValueError(f"a bounded history needs room for {4 * DENSE_ROWS} rows, got {most}")
        if self._length <= most:
            return
        whole = self._rows[: self._length]
        ends = np.zeros(len(whole), bool)
        ends[:DENSE_ROWS] = ends[-DENSE_ROWS:] = True
        # First what came since the last thinning is brought to the stride; some room is left for more.
        rows = whole[ends | (whole[:, 0] % self.stride == 0)]
        while len(rows) > 3 * most // 4:
            self.stride *= 2
            rows = whole[ends | (whole[:, 0] % self.stride == 0)]
        self._rows, self._length = rows, len(rows)
        self._outlines.clear()

    def rows(self, start: int = 0) -> np.ndarray:
        """All rows, from row ``start`` on, as one array (n, 10), columns as in ``COLUMNS`` (a copy)."""
        return self._rows[start : self._length].copy()

    @property
    def epochs(self) -> int:
        """Epochs that it tells of, epoch 0 included and also those that thinning has left out since."""
        return int(self._rows[self._length - 1, 0]) + 1 if self._length else 0

    def places(self, epochs: np.ndarray | int) -> np.ndarray:
        """The row of each epoch, int64; of an epoch that thinning has left out, the row before it."""
        return np.searchsorted(self._rows[: self._length, 0], epochs, side="right") - 1

    def at(self, epochs: np.ndarray) -> np.ndarray:
        """Rows (n, 10) of these epochs (n,), each below ``epochs``, as ``places`` finds them (a copy)."""
        return self._rows[self.places(epochs)]

    @classmethod
    def from_rows(cls, rows: np.ndarray, stride: int = 1) -> History:
        """The history with the given rows, as ``rows()`` gives them, at most ``stride`` epochs apart."""
        history = cls()
        history.stride = stride
        history._rows = np.array(rows, dtype=np.float64).reshape(-1, len(COLUMNS))
        history._length = len(history._rows)
        return history

    def copy(self) -> History:
        """An independent history with the same rows."""
        return History.from_rows(self.rows(), self.stride)

    def last(self) -> dict[str, float]:
        """The newest row by column name. IndexError when there is none."""
        if not self._length:
            raise IndexError("the history is empty")
        return dict(zip(COLUMNS, self._rows[self._length - 1].tolist(), strict=True))

    def thinned(self, n: int) -> History:
        """At most ``n`` rows that draw the same curve, those of ``representative(n)``."""
        return History.from_rows(self._rows[self.representative(n)])

    def representative(self, n: int) -> np.ndarray:
        """Indices, int64 and rising, of at most ``n`` rows that draw the same curve: first, last, and in each
        stretch between them the rows where the loss of any part is lowest and highest.

        Args:
            n: largest number of rows, at least 8.
        """
        if n not in self._outlines:
            self._outlines[n] = Outline(n, LOSSES)
        return self._outlines[n].rows(self._rows[: self._length])

    def taken(self, rows: np.ndarray) -> np.ndarray:
        """Some rows (m, 10) by their indices (m,), columns as in ``COLUMNS`` (a copy)."""
        return self._rows[: self._length][rows]

    def frame(self) -> pd.DataFrame:
        """Tidy table: epoch, step, split, loss, accuracy, learning_rate.

        ``split`` is ``"train"``, ``"validation"`` where points are held out, or ``"test"`` unless all are trained on.
        Every epoch has a row of each while ``stride`` is 1. A thinned history leaves epochs out of the middle; the
        table's ``attrs["stride"]`` says how many epochs its rows are apart at most.
        """
        import pandas as pd

        splits = []
        for split in self.parts:
            splits.append(
                pd.DataFrame(
                    {
                        "epoch": self["epoch"],
                        "step": self["step"],
                        "split": split,
                        "loss": self[f"loss_{split}"],
                        "accuracy": self[f"accuracy_{split}"],
                        "learning_rate": self["learning_rate"],
                    }
                )
            )
        table = (
            pd.concat(splits, ignore_index=True).sort_values("epoch", kind="stable").reset_index(drop=True)
        )
        table.attrs["stride"] = self.stride
        return table

    def to_csv(self, path: str | Path | None = None) -> str:
        """The history as CSV text with one row an epoch; also written to ``path`` if given.

        Columns as in ``COLUMNS``, those of a validation part and of penalties only where there are some.

        A thinned history says so in a further column, ``stride``: its rows are at most that many epochs apart.
        """
        text = StringIO()
        thinned = self.stride > 1
        left = set() if "validation" in self.parts else set(VALIDATION)
        if not self._rows[: self._length, COLUMNS.index("penalty")].any():
            left.add("penalty")
        columns = [(place, name) for place, name in enumerate(COLUMNS) if name not in left]
        text.write(",".join([*(name for _, name in columns), *(["stride"] if thinned else [])]) + "\n")
        for row in self._rows[: self._length].tolist():
            cells = [str(int(row[0])), str(int(row[1]))]
            cells += ["" if row[place] != row[place] else repr(row[place]) for place, _ in columns[2:]]
            cells += [str(self.stride)] if thinned else []
            text.write(",".join(cells) + "\n")
        if path is not None:
            Path(path).write_text(text.getvalue(), encoding="utf-8")
        return text.getvalue()
