"""A training step that only reads and writes tensors with fixed addresses, so that a GPU can play it again.

Rows, rates and noise of many steps lie ready on the device. A counter, also there, says which step is next; taking
a step moves it on. The host therefore has nothing to hand over and nothing to wait for between two steps. The
arithmetic is that of ``ReferenceEngine``, whose tensors are worked on in place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from playground.engine.noise import CHUNK_NUMBERS, Noise
from playground.engine.order import PLAN_ROWS
from playground.engine.reference.batches import NoiseForm, StepNoise
from playground.engine.reference.flat_rules import RULES

if TYPE_CHECKING:
    from playground.engine.reference import ReferenceEngine

EVALUATIONS = 1 << 12
"""Evaluations whose results the device keeps before the host must fetch them."""


class StaticStep:
    """The step of one engine with its present settings and data.

    Learning rates and batch sizes may change; for everything else a new one is made.

    Args:
        engine: its optimizer has an entry in ``RULES``. A weak proxy will do.

    Attributes:
        x, y: the engine's rows when this was made.
        slots: (k, P), the optimizer's vectors.
        order: int64, the rows of all batches of the loaded steps.
        alive: whether all evaluations since ``rewind`` came out finite; a tensor without dimensions.
    """

    def __init__(self, engine: ReferenceEngine) -> None:
        self._engine = engine
        experiment = engine.experiment
        self._device, self._dtype = engine.device, engine.gradient.dtype
        self.x, self.y = engine._x, engine._y
        self._spec = experiment.optimizer
        self._rule = RULES[self._spec.name]
        self._decays = [decay for decay in engine._decays if decay]
        self._form = NoiseForm(experiment)
        n = len(engine.gradient)
        self._w = engine._everything[:n]
        self.slots = self._zeros(engine._technique.slots, n)
        self._buffers: dict[str, Tensor] = {}
        self._counter = self._zeros(1, dtype=torch.int64)
        self._row = self._zeros(1, dtype=torch.int64)
        n_values = 2 if experiment.task == "regression" else 4
        self._table = self._zeros(EVALUATIONS, n_values + 1)
        self.alive = torch.ones((), dtype=torch.bool, device=self._device)
        self._numbers = np.empty((0, 0))
        self._steps_before, self._product_before = 0, 1.0

    def _zeros(self, *shape: int, dtype: torch.dtype | None = None) -> Tensor:
        return torch.zeros(shape, dtype=dtype or self._dtype, device=self._device)

    # --- what the host does before many steps ----------------------------------------------------

    def load(
        self, order: np.ndarray, offsets: np.ndarray, lr: np.ndarray, noise: Noise, counts: tuple[int, float]
    ) -> bool:
        """Lay the next steps ready.

        Args:
            order, offsets, lr: as in ``Plan``; offsets begin at 0.
            noise: of these steps.
            counts: steps taken so far, and NAdam's running product.

        Returns:
            Whether all tensors stayed where they were. If not, what was recorded must not be played again.
        """
        self._steps_before, self._product_before = counts
        t = counts[0] + 1.0 + np.arange(len(lr))
        columns = list(self._rule.numbers(lr, t, counts[1], self._spec))
        columns += [lr * decay for decay in self._decays]
        if len(noise.shares):
            columns.append(noise.shares)
        self._numbers = np.stack(columns, axis=1)

        def by_step(numbers: np.ndarray) -> np.ndarray:
            return numbers.reshape(len(lr), -1) if len(numbers) else numbers

        most_weights = CHUNK_NUMBERS // max(1, self._form.dropped_weights)
        stayed = [
            self._store("order", order, PLAN_ROWS),
            self._store("starts", offsets[:-1], PLAN_ROWS),
            self._store("numbers", self._numbers, PLAN_ROWS),
            self._store("partners", noise.partners, PLAN_ROWS),
            self._store("inputs", noise.inputs, PLAN_ROWS),
            self._store("units", noise.dropout, CHUNK_NUMBERS),
            self._store("weights", by_step(noise.dropconnect), most_weights),
            self._store("blocks", by_step(noise.blocks), PLAN_ROWS),
        ]
        return all(stayed)

    def _store(self, name: str, array: np.ndarray, room: int) -> bool:
        """Copy to the device; False when there was not enough room where it lay."""
        if not len(array):
            return True
        held = self._buffers.get(name)
        fits = held is not None and len(array) <= len(held)
        if held is None or not fits:
            # Zeros are valid rows, so that even a step beyond the loaded ones could not read elsewhere.
            dtype = torch.int64 if array.dtype == np.int64 else self._dtype
            held = self._buffers[name] = self._zeros(max(room, len(array)), *array.shape[1:], dtype=dtype)
        held[: len(array)].copy_(torch.from_numpy(np.ascontiguousarray(array)))
        return fits

    @property
    def order(self) -> Tensor:
        """int64, the rows of all batches of the loaded steps."""
        return self._buffers["order"]

    def counts(self, step: int) -> tuple[int, float]:
        """Steps taken, and NAdam's running product, before loaded step number ``step``."""
        product = self._product_before
        if step and self._rule.product is not None:
            product = float(self._numbers[step - 1, self._rule.product])
        return self._steps_before + step, product

    def seek(self, step: int) -> None:
        """Go to loaded step number ``step``."""
        self._counter.fill_(step)

    # --- what a GPU plays again -------------------------------------------------------------------

    def take(self, size: int) -> None:
        """Take the next step, whose batch has ``size`` rows."""
        engine = self._engine
        start = self._buffers["starts"].index_select(0, self._counter)
        numbers = self._buffers["numbers"].index_select(0, self._counter)[0]
        window = start + torch.arange(size, device=self._device)
        rows = self.order.index_select(0, window)
        x, y = self.x.index_select(0, rows), self.y.index_select(0, rows)
        batch = self._form.batch(x, y, self._noise(start, window, numbers))
        _, loss = engine.batch_loss(batch)
        engine.fill_gradient(loss)
        engine.clip()
        with torch.no_grad():
            first = self._numbers.shape[1] - len(self._decays) - ("partners" in self._buffers)
            for column in range(first, first + len(self._decays)):
                self._w.mul_(1 - engine._weights * numbers[column])
            self._rule.update(self._w, engine.gradient, self.slots, numbers, self._spec)
        self._counter.add_(1)

    def _noise(self, start: Tensor, window: Tensor, numbers: Tensor) -> StepNoise:
        """The noise of the step that begins at row ``start`` (1,) and covers the rows ``window`` (B,)."""
        held = self._buffers
        units = None
        if "units" in held:
            per_sample = self._form.dropped_units
            count = torch.arange(len(window) * per_sample, device=self._device)
            units = held["units"].index_select(0, start * per_sample + count)
        return StepNoise(
            numbers[-1] if "partners" in held else None,
            held["partners"].index_select(0, window) if "partners" in held else None,
            held["inputs"].index_select(0, window) if "inputs" in held else None,
            units,
            held["weights"].index_select(0, self._counter)[0] if "weights" in held else None,
            held["blocks"].index_select(0, self._counter)[0] if "blocks" in held else None,
        )

    @torch.no_grad()
    def evaluate(self) -> None:
        """Note the metrics, and keep the state to fall back on as long as everything is finite."""
        engine = self._engine
        values = engine.metric_values()
        finite = torch.isfinite(values[:2]).all() & torch.isfinite(engine._everything).all()
        self.alive.logical_and_(finite)
        engine._good.copy_(torch.where(self.alive, engine._everything, engine._good))
        row = torch.cat([values, finite.to(self._dtype).reshape(1)])
        self._table.index_copy_(0, self._row, row[None])
        self._row.add_(1)

    # --- what the host does after many steps -------------------------------------------------------

    def rewind(self) -> None:
        """Forget the evaluations noted so far."""
        self._row.zero_()
        self.alive.fill_(True)

    def evaluations(self, n: int) -> list[tuple[list[float], bool]]:
        """The values of the ``n`` evaluations since ``rewind``, and whether each was finite."""
        return [(row[:-1], bool(row[-1])) for row in self._table[:n].tolist()]
