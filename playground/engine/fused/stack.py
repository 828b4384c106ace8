"""The compiled engine for many networks of one shape on the same rows: one call trains all of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from playground.engine.fused import initial, kernel
from playground.engine.fused.engine import (
    NO_ENDS,
    NO_METRICS,
    NO_ROWS,
    NO_STEPS,
    NOTHING,
    SILENCE,
    check_covered,
    flat_noise,
    warm_up,
)
from playground.engine.fused.lanes import LANES
from playground.engine.fused.memory import Net, aligned_zeros, make_net, make_rows, plain
from playground.engine.fused.tables import Tables, make_tables, weigh
from playground.engine.noise import Noise, NoiseSource
from playground.engine.plan import METRICS, Outcome, Plan, State
from playground.experiment import Experiment
from playground.layout import Layout

if TYPE_CHECKING:
    from playground.data.prepare import Data

LEARNED = ("params", "first", "second", "buffers", "counts")
"""What a step changes and the next one needs."""
WORKED_IN = ("work", "x_transposed")
"""What every thread has for itself."""


class FusedStack:
    """K networks of one shape that train on the same rows, in the same order, with the same noise.

    A step of a network does just what ``FusedEngine`` does in it, so its numbers are the same to the last bit. The
    networks are shared out among the threads; the interpreter's lock is not held.

    Args:
        experiments: one a network; they have one ``Layout``. Raises ValueError when a technique has no compiled form.
        data: the rows of all.
        noise: the noise of all.
        threads: how many train at most.
    """

    def __init__(
        self, experiments: Sequence[Experiment], data: Data, noise: NoiseSource, threads: int = 1
    ) -> None:
        for experiment in experiments:
            check_covered(experiment)
        warm_up()
        self.layout = Layout.of(experiments[0])
        self.noise = noise
        self.threads = threads
        self._rows = make_rows(data)
        tables = [make_tables(experiment, self.layout) for experiment in experiments]
        for own, experiment in zip(tables, experiments, strict=True):
            weigh(own.options, experiment, data.y_train)
        self._net = _stacked(tables, self.layout)
        self._spaces: list[tuple[np.ndarray, np.ndarray]] = []
        n, k = self.layout.n_parameters, len(experiments)
        drawn: dict[tuple[object, ...], np.ndarray] = {}
        for flat, experiment in zip(self._net.params.reshape(k, -1), experiments, strict=True):
            key = experiment.init, experiment.weights_seed, experiment.activations
            if key not in drawn:
                drawn[key] = initial.parameters(experiment, self.layout)
            flat[:n] = drawn[key]
        for block in self.layout.buffers:
            for buffers in self._net.buffers.reshape(k, -1):
                block.view(buffers)[...] = block.kind == "running_var"

    def __len__(self) -> int:
        return len(self._net.settings)

    # --- running ---------------------------------------------------------------------------------

    def run(self, which: Sequence[int], plan: Plan) -> list[Outcome]:
        """Take the plan's steps.

        Args:
            which: the networks that take them (W of them).
            plan: with ``lr`` as float64 (W, S).
        """
        sizes = np.diff(plan.offsets)
        order, offsets = plain(plan.order, np.int64), plain(plan.offsets, np.int64)
        evaluate = plain(plan.evaluate, np.uint8)
        left = dict(enumerate(which))
        """Those that have not diverged: which of the plan's networks, by its place there."""
        steps = dict.fromkeys(left, len(sizes))
        metrics: dict[int, list[np.ndarray]] = {place: [NO_METRICS] for place in left}
        for first, last in self.noise.spans(offsets):
            places = list(left)
            part = Plan(
                order,
                offsets[first : last + 1],
                np.ascontiguousarray(plan.lr[places, first:last]),
                evaluate[first:last],
            )
            noise = self.noise.draw(sizes[first:last])
            before = self._copy()
            found, ended = self._take(np.array([left[place] for place in places], np.int64), part, noise)
            for row, place in enumerate(places):
                good, evaluated, ending = ended[row].tolist()
                metrics[place].append(found[row, :evaluated])
                if ending == kernel.FINISHED:
                    continue
                self._return_to(
                    before, left.pop(place), part._replace(lr=part.lr[row : row + 1]), noise, good
                )
                steps[place] = first + good + (ending == kernel.BAD_STATE)
        return [
            Outcome(steps[place], np.concatenate(metrics[place]), place not in left)
            for place in range(len(which))
        ]

    def _take(self, which: np.ndarray, plan: Plan, noise: Noise) -> tuple[np.ndarray, np.ndarray]:
        """Metrics (W, E, 7) and ends (W, 3) of a plan's steps."""
        metrics = np.empty((len(which), int(np.count_nonzero(plan.evaluate)), len(METRICS)))
        ended = np.empty((len(which), 3), np.int64)
        sizes = np.diff(plan.offsets)
        flat = flat_noise(noise)

        def take(net: Net, mine: slice) -> None:
            own = plan._replace(lr=plan.lr[mine].reshape(-1))
            rows, ends = metrics[mine].reshape(-1, len(METRICS)), ended[mine].reshape(-1)
            kernel.compute(kernel.RUN, net, which[mine], self._rows, own, flat, rows, NOTHING, ends)

        self._share(len(which), int(sizes.max(initial=1)), take)
        return metrics, ended

    def _share(self, count: int, batch: int, take: Callable[[Net, slice], None]) -> None:
        """Call ``take`` with parts of ``range(count)``, each on a thread of its own with a work space."""
        parts = max(1, min(self.threads, count))
        cuts = [count * part // parts for part in range(parts + 1)]
        nets = [self._net._replace(**self._space(part, batch)) for part in range(parts)]
        mine = [slice(start, stop) for start, stop in pairwise(cuts)]
        others = [_helpers().submit(take, net, part) for net, part in zip(nets[1:], mine[1:], strict=True)]
        take(nets[0], mine[0])
        for other in others:
            other.result()

    def _space(self, number: int, batch: int) -> dict[str, np.ndarray]:
        """A thread's work space, large enough for batches of this size."""
        blocks = max(-(-batch // LANES), kernel.EVALUATED_BLOCKS)
        needed = blocks * int(self._net.settings["span"].max())
        widest = max(self.layout.n_inputs, *self.layout.hidden, 1)
        if number == len(self._spaces):
            self._spaces.append((aligned_zeros(0), aligned_zeros(0)))
        if len(self._spaces[number][0]) < needed:
            self._spaces[number] = aligned_zeros(needed), aligned_zeros((blocks * LANES + 1) * widest)
        return dict(zip(WORKED_IN, self._spaces[number], strict=True))

    def _copy(self) -> list[np.ndarray]:
        return [getattr(self._net, name).copy() for name in LEARNED]

    def _return_to(self, before: list[np.ndarray], k: int, plan: Plan, noise: Noise, steps: int) -> None:
        """Network ``k`` after ``steps`` steps, its last finite state: they are simply taken again."""
        for name, old in zip(LEARNED, before, strict=True):
            kept = getattr(self._net, name).reshape(len(self), -1)
            kept[k] = old.reshape(len(self), -1)[k]
        if steps:
            again = Plan(plan.order, plan.offsets[: steps + 1], plan.lr[:, :steps], np.zeros(steps, np.uint8))
            self._take(np.array([k]), again, noise)

    # --- looking ---------------------------------------------------------------------------------

    def metrics(self) -> np.ndarray:
        """float64 (K, 7): the numbers of ``METRICS``."""
        metrics = np.empty((len(self), len(METRICS)))
        everyone = np.arange(len(self))

        def take(net: Net, mine: slice) -> None:
            kernel.compute(
                kernel.EVALUATE,
                net,
                everyone[mine],
                self._rows,
                NO_STEPS,
                SILENCE,
                metrics[mine],
                NOTHING,
                NO_ENDS,
            )

        self._share(len(self), 1, take)
        return metrics

    def scores(self, F: np.ndarray) -> np.ndarray:
        """Scores of every network in evaluation mode, float32 (K, n, n_outputs).

        Args:
            F: float32 (n, d), prepared features.
        """
        n, outputs = len(F), self.layout.n_outputs
        result = np.empty((len(self), n * (sum(self.layout.hidden) + outputs)), np.float32)
        rows = NO_ROWS._replace(F_train=plain(F, np.float32))
        everyone = np.arange(len(self))

        def take(net: Net, mine: slice) -> None:
            out = result[mine].reshape(-1)
            kernel.compute(
                kernel.ACTIVATIONS, net, everyone[mine], rows, NO_STEPS, SILENCE, NO_METRICS, out, NO_ENDS
            )

        self._share(len(self), 1, take)
        return result[:, -n * outputs :].reshape(len(self), n, outputs)

    def state(self, k: int) -> State:
        """A copy of one network's state."""
        n, net, layout = self.layout.n_parameters, self._net, self.layout
        used = (net.first, net.second)[: int(net.settings["slots"][k])]
        slots = np.zeros((len(used), n), np.float32)
        for slot, kept in zip(slots, used, strict=True):
            slot[:] = self._own(kept, k)[:n]
        return State(
            self._own(net.params, k)[:n].copy(),
            self._own(net.buffers, k)[: layout.n_buffers].copy(),
            slots,
            self._own(net.counts, k).copy(),
        )

    def _own(self, array: np.ndarray, k: int) -> np.ndarray:
        own: np.ndarray = array.reshape(len(self), -1)[k]
        return own


def _stacked(tables: Sequence[Tables], layout: Layout) -> Net:
    """The networks' arrays, one network after the other, with an empty work space."""
    one = make_net(tables[0], layout)
    fields = {}
    for name, array in zip(Net._fields, one, strict=True):
        if name in Tables._fields:
            fields[name] = np.concatenate([getattr(own, name) for own in tables])
        elif array.dtype == np.float32 and name not in WORKED_IN:
            fields[name] = aligned_zeros(len(tables) * len(array))
            fields[name].reshape(len(tables), -1)[:] = array
        else:
            fields[name] = np.tile(array, 1 if name in WORKED_IN else len(tables))
    return Net(**fields)


@cache
def _helpers() -> ThreadPoolExecutor:
    """Threads beside the one that asks."""
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="stack")
