"""The engine over the compiled kernel."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from playground.engine.fused import compiling, drawing, initial, kernel
from playground.engine.fused.lanes import LANES
from playground.engine.fused.looking import take_out
from playground.engine.fused.memory import Rows, aligned_zeros, make_net, make_rows, plain
from playground.engine.fused.tables import make_tables, uncovered, weigh
from playground.engine.noise import Noise, NoiseSource
from playground.engine.plan import METRICS, Metrics, Outcome, Plan, State
from playground.engine.probe import Activations, LayerValues
from playground.experiment import Experiment
from playground.layout import Layout
from playground.techniques import OPTIMIZERS

if TYPE_CHECKING:
    from playground.data.prepare import Data


NOTHING = np.empty(0, np.float32)
NO_METRICS = np.empty((0, len(METRICS)))
NO_ENDS = np.empty(0, np.int64)
ALONE = np.zeros(1, np.int64)
"""The only network of a stack of one."""
NO_ROWS = Rows(NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING)
NO_STEPS = Plan(np.empty(0, np.int64), np.zeros(1, np.int64), np.empty(0), np.empty(0, np.uint8))
SILENCE = Noise(NOTHING, NOTHING, NOTHING, np.empty(0), np.empty(0, np.int64), NOTHING)


class FusedEngine:
    """Engine over one compiled kernel, for the CPU. See ``playground.engine.plan.Engine``.

    Its calls release the interpreter's lock. One engine must not be used by two threads at once.

    Args:
        experiment: what to train. Raises ValueError when a technique has no compiled form.
        data: prepared rows of ``experiment``.
        noise: the source of all noise, shared with the trainer.
    """

    name = "fused"
    device = "cpu"

    def __init__(self, experiment: Experiment, data: Data, noise: NoiseSource) -> None:
        check_covered(experiment)
        warm_up()
        self.experiment = experiment
        self.noise = noise
        self.layout = Layout.of(experiment)
        self._net = make_net(make_tables(experiment, self.layout), self.layout)
        self._reserve(1)
        self._net.params[: self.layout.n_parameters] = initial.parameters(experiment, self.layout)
        for block in self.layout.buffers:
            block.view(self._net.buffers)[...] = block.kind == "running_var"
        self.set_data(data)

    def _reserve(self, size: int) -> None:
        """Make the work space large enough for batches of ``size``."""
        blocks = max(-(-size // LANES), kernel.EVALUATED_BLOCKS)
        needed = blocks * int(self._net.settings["span"][0])
        if len(self._net.work) < needed:
            widest = max(self.layout.n_inputs, *self.layout.hidden, 1)
            self._net = self._net._replace(
                work=aligned_zeros(needed), x_transposed=aligned_zeros((blocks * LANES + 1) * widest)
            )

    def set_data(self, data: Data) -> None:
        """Train on other rows with the same features and outputs."""
        self.data = data
        self._rows = make_rows(data)
        weigh(self._net.options, self.experiment, data.y_train)

    # --- running ---------------------------------------------------------------------------------

    def run(self, plan: Plan) -> Outcome:
        """Take the plan's steps."""
        sizes = plan.offsets[1:] - plan.offsets[:-1]
        self._reserve(int(sizes.max(initial=1)))
        flat = Plan(
            plain(plan.order, np.int64),
            plain(plan.offsets, np.int64),
            plain(plan.lr, np.float64),
            plain(plan.evaluate, np.uint8),
        )
        metrics = np.empty((int(np.count_nonzero(flat.evaluate)), len(METRICS)))
        ended = np.empty(3, np.int64)
        done = 0
        for first, last in self.noise.spans(flat.offsets):
            part = flat
            if last - first < len(sizes):
                part = Plan(
                    flat.order, flat.offsets[first : last + 1], flat.lr[first:last], flat.evaluate[first:last]
                )
            noise = self.noise.draw(sizes[first:last])
            before = self._copy()
            self._compute(kernel.RUN, self._rows, part, noise, metrics[done:], ended=ended)
            good, evaluated, ending = ended.tolist()
            done += evaluated
            if ending != kernel.FINISHED:
                self._return_to(before, part, noise, good)
                steps = first + good + (ending == kernel.BAD_STATE)
                return Outcome(steps, metrics[:done].copy(), True)
        return Outcome(len(sizes), metrics, False)

    def _compute(
        self,
        task: int,
        rows: Rows,
        plan: Plan = NO_STEPS,
        noise: Noise = SILENCE,
        metrics: np.ndarray = NO_METRICS,
        result: np.ndarray = NOTHING,
        ended: np.ndarray = NO_ENDS,
    ) -> float:
        return float(
            kernel.compute(task, self._net, ALONE, rows, plan, flat_noise(noise), metrics, result, ended)
        )

    def _copy(self) -> list[np.ndarray]:
        net = self._net
        return [a.copy() for a in (net.params, net.first, net.second, net.buffers, net.counts)]

    def _return_to(self, before: list[np.ndarray], plan: Plan, noise: Noise, steps: int) -> None:
        """The state after ``steps`` steps, the last finite one: they are simply taken again."""
        net = self._net
        kept = (net.params, net.first, net.second, net.buffers, net.counts)
        for array, old in zip(kept, before, strict=True):
            array[:] = old
        if steps:
            again = Plan(plan.order, plan.offsets[: steps + 1], plan.lr[:steps], np.zeros(steps, np.uint8))
            self._compute(kernel.RUN, self._rows, again, noise, ended=np.empty(3, np.int64))

    def metrics(self) -> Metrics:
        """The numbers of ``METRICS``."""
        result = np.empty((1, len(METRICS)))
        self._compute(kernel.EVALUATE, self._rows, metrics=result)
        return tuple(result[0].tolist())  # type: ignore[return-value]

    def forward(self, F: np.ndarray) -> list[np.ndarray]:
        """Activations (n, n_l) of every hidden layer, then scores (n, n_outputs), in evaluation mode."""
        n = len(F)
        widths = (*self.layout.hidden, self.layout.n_outputs)
        result = np.empty(n * sum(widths), np.float32)
        rows = NO_ROWS._replace(F_train=plain(F, np.float32))
        self._compute(kernel.ACTIVATIONS, rows, result=result)
        parts = np.split(result, np.cumsum(np.array(widths[:-1], np.int64) * n))
        return [part.reshape(n, width) for part, width in zip(parts, widths, strict=True)]

    def gradient(
        self, F: np.ndarray, targets: np.ndarray, training: bool = False
    ) -> tuple[float, np.ndarray]:
        """Mean data loss of some rows and its gradient (P,), without noise and penalties.

        Args:
            F: float32 (n, d), prepared features. targets: (n,).
            training: normalize by these rows' statistics instead of the running ones.
        """
        n = len(F)
        self._reserve(n)
        buffers = self._net.buffers.copy()
        rows = NO_ROWS._replace(F_train=plain(F, np.float32), y_train=plain(targets, np.float32))
        plan = NO_STEPS._replace(order=np.arange(n))
        task = kernel.TRAINING_GRADIENT if training else kernel.GRADIENT
        loss = self._compute(task, rows, plan)
        self._net.buffers[:] = buffers
        return loss, self._net.gradient[: self.layout.n_parameters].copy()

    def activations(self, F: np.ndarray, targets: np.ndarray) -> Activations:
        """What every layer makes of some rows in evaluation mode, and the data loss's gradient.

        Args:
            F: float32 (n, d), prepared features. targets: (n,).
        """
        n, layout = len(F), self.layout
        _, gradient = self.gradient(F, targets)  # leaves all rows in the work space
        width, units = -(-n // LANES) * LANES, sum(layout.hidden)
        z = np.empty((sum(layout.widths), width), np.float32)
        h = np.empty((units + layout.n_outputs, width), np.float32)
        derivatives, fs = np.ones((units, width), np.float32), np.empty((units, width), np.float32)
        net, flat = self._net, (array.reshape(-1) for array in (z, h, derivatives, fs))
        take_out(net.layers, net.params, net.work, int(net.settings["span"][0]), width // LANES, *flat)
        layers, row, unit = [], 0, 0
        for rows, own, skips in zip(layout.widths, layout.hidden, self.experiment.skips, strict=True):
            mine = slice(unit, unit + own)
            values = z[row : row + rows, :n].T, h[mine, :n].T, derivatives[mine, :n].T
            layers.append(LayerValues(*values, fs[mine, :n].T if skips else None))
            row, unit = row + rows, unit + own
        scores = np.ascontiguousarray(h[units:, :n].T)
        return Activations(layers, scores, gradient)

    # --- state -----------------------------------------------------------------------------------

    def state(self) -> State:
        """A copy of the current state."""
        n, net = self.layout.n_parameters, self._net
        used = (net.first, net.second)[: int(net.settings["slots"][0])]
        slots = np.zeros((len(used), n), np.float32)
        for slot, kept in zip(slots, used, strict=True):
            slot[:] = kept[:n]
        return State(
            net.params[:n].copy(), net.buffers[: self.layout.n_buffers].copy(), slots, net.counts.copy()
        )

    def load(self, state: State) -> None:
        """Continue from ``state``. Slots of another optimizer's shape start empty."""
        net = self._net
        net.params[: self.layout.n_parameters] = state.params
        net.buffers[: self.layout.n_buffers] = state.buffers
        self._restart_optimizer()
        if state.counts[0] > 0 and len(state.slots) == net.settings["slots"][0]:
            for kept, slot in zip((net.first, net.second), state.slots, strict=False):
                kept[: self.layout.n_parameters] = slot
            net.counts[:] = state.counts

    def _restart_optimizer(self) -> None:
        self._net.first[:] = 0.0
        self._net.second[:] = 0.0
        self._net.counts[:] = (0.0, 1.0)

    def reconfigure(self, experiment: Experiment) -> None:
        """Take over the settings of an experiment that this run can continue. ValueError if it is not covered."""
        check_covered(experiment)
        old = self.experiment
        self.experiment = experiment
        tables = make_tables(experiment, self.layout)
        work = len(self._net.work) // int(self._net.settings["span"][0]) * LANES
        weigh(tables.options, experiment, self.data.y_train)
        self._net = self._net._replace(**tables._asdict(), work=aligned_zeros(0))
        self._reserve(work)
        if experiment.optimizer.name != old.optimizer.name:
            self._restart_optimizer()


def check_covered(experiment: Experiment) -> None:
    missing = uncovered(experiment)
    if missing:
        raise ValueError(f"engine: expected techniques with a compiled form, got {missing}")


def flat_noise(noise: Noise) -> Noise:
    """The noise with its inputs as one run of numbers."""
    return noise._replace(inputs=noise.inputs.reshape(-1))


# --- compiling --------------------------------------------------------------------------------------

ENTRIES = [kernel.compute, take_out, drawing.fill]
"""All that is compiled."""

_ready = threading.Event()
_compiling = threading.Lock()
_starting = threading.Lock()
_beside: threading.Thread | None = None


def covers(experiment: Experiment) -> bool:
    """Whether every technique of the experiment has a compiled form."""
    return not uncovered(experiment) and not OPTIMIZERS[experiment.optimizer.name].full_batch


def ready() -> bool:
    """Whether the kernel is compiled (or loaded from the disk)."""
    return _ready.is_set()


def usable() -> bool:
    """Whether the kernel can be used now. It is loaded if it lies on the disk, else compiled beside from now on."""
    if _ready.is_set():
        return True
    if _beside is None and compiling.on_disk():
        warm_up()
    else:
        warm_up(background=True)
    return _ready.is_set()


def warm_up(background: bool = False) -> None:
    """Compile the kernel, or load it from the disk; nothing when that is done.

    Args:
        background: return at once. The code is compiled by another process, as compiling here would hold up
            every other thread of a server, and then loaded from the disk by a thread.
    """
    global _beside
    if _ready.is_set():
        return
    if background:
        with _starting:
            if _beside is None:
                _beside = threading.Thread(target=_compile_beside, name="compile-kernel", daemon=True)
                _beside.start()
        return
    with _compiling:
        if not _ready.is_set():
            _load_or_compile()
            _ready.set()


def _load_or_compile() -> None:
    note = compiling.noted()
    if note is not None:
        _compile()  # finds the code on the disk
    else:
        compiling.say_where()
        with compiling.only_one():
            note = compiling.noted()  # another process may have been faster
            _compile()
            if note is None:
                note = {"draws": initial.agrees()}
                compiling.mark(ENTRIES, **note)
    initial.use_compiled(note["draws"])


def _compile_beside() -> None:
    """Have the code compiled by a process of low priority unless it is on the disk, then load it."""
    if not compiling.on_disk() and compiling.cache_directory() is not None:
        compiling.in_another_process()
    warm_up()


def _compile() -> None:
    """Call what is compiled once, with nothing to do."""
    experiment = Experiment(hidden=(1,))
    layout = Layout.of(experiment)
    net = make_net(make_tables(experiment, layout), layout)
    kernel.compute(
        kernel.RUN, net, ALONE, NO_ROWS, NO_STEPS, SILENCE, NO_METRICS, NOTHING, np.empty(3, np.int64)
    )
    take_out(net.layers, net.params, net.work, 0, 0, NOTHING, NOTHING, NOTHING, NOTHING)
    drawing.draw(np.empty(0, drawing.FILL), 0, net.params)
    for entry in ENTRIES:
        entry.disable_compile()  # another kind of argument is a mistake, not a reason to compile again
