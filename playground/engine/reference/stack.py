"""Many networks of one shape as one batch: one matrix product does a layer of all of them, as a GPU likes it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from playground.data.prepare import PARTS
from playground.engine.noise import Noise, NoiseSource
from playground.engine.plan import METRICS, Outcome, Plan, State
from playground.engine.reference.batches import Batch, BatchNoise
from playground.engine.threads import one_thread
from playground.experiment import Experiment
from playground.layout import Layout
from playground.model import Masks, build, draw
from playground.techniques import CLIPPINGS, LOSSES, OPTIMIZERS, REGULARIZERS, class_weights, predict

if TYPE_CHECKING:
    from playground.data.prepare import Data

PENALTIES = tuple(entry for entry in REGULARIZERS.values() if entry.acts_on == "loss")

OWN = frozenset(
    {"seed", "init_seed", "init", "learning_rate", "schedule", "weight_decay"}
    | {entry.field for entry in PENALTIES if entry.penalty}
)
"""Fields in which the networks of a stack may differ."""


def uncovered(experiment: Experiment) -> str:
    """The first technique of the experiment that many networks cannot do as one, "" if there is none."""
    if OPTIMIZERS[experiment.optimizer.name].full_batch:
        return experiment.optimizer.name
    if CLIPPINGS[experiment.clipping.name].rows is None:
        return experiment.clipping.name
    return next((entry.name for entry in PENALTIES if entry.acts(experiment) and not entry.penalty), "")


class ReferenceStack:
    """K networks of one shape, each on rows, in an order and with noise of its own, in PyTorch.

    A step computes what ``ReferenceEngine`` computes in it, but for rounding. As on a GPU there, losses and parameters
    are looked at after each epoch: a network that diverged falls back on its last evaluation.

    Args:
        experiments: one a network; they differ in ``OWN`` at most. Raises ValueError when one is ``uncovered``.
        data, noise: of each network; all have as many rows.
        device: ``"cpu"``, ``"cuda"`` or ``"mps"``.
    """

    def __init__(
        self,
        experiments: Sequence[Experiment],
        data: Sequence[Data],
        noise: Sequence[NoiseSource],
        device: str = "cpu",
    ) -> None:
        for experiment in experiments:
            if missing := uncovered(experiment):
                raise ValueError(f"engine: expected techniques that networks can do as one, got {missing}")
        self.experiment, self.noise, self.device = experiments[0], tuple(noise), device
        self.layout = Layout.of(self.experiment)
        self._count = len(experiments)
        self.network = build(self.experiment).to(device)
        self._draw(experiments)
        self._bring(data)
        self._use_settings(experiments)
        self._steps_taken = 0
        self._good = self._copy()

    def __len__(self) -> int:
        return self._count

    # --- construction ----------------------------------------------------------------------------

    def _draw(self, experiments: Sequence[Experiment]) -> None:
        """``_params`` (K, P), each network's own first weights; ``_leaves`` and ``_buffers`` are PyTorch's view."""
        layout, skeleton = self.layout, build(self.experiment)
        drawn = torch.empty(self._count, layout.n_parameters)
        for row, experiment in zip(drawn, experiments, strict=True):
            draw(skeleton, experiment)
            torch.cat([p.detach().reshape(-1) for p in skeleton.parameters()], out=row)
        self._params = drawn.to(self.device)
        self._leaves: dict[str, Tensor] = {
            block.name: nn.Parameter(self._params[:, block.start : block.stop].unflatten(1, block.shape))
            for block in layout.parameters
        }
        # In one piece each, as batch normalization moves them in place.
        self._buffers = {
            block.name: torch.full((self._count, *block.shape), float(block.kind == "running_var"))
            .to(self.device)
            for block in layout.buffers
        }  # fmt: skip
        self._gradient = torch.zeros_like(self._params)

    def _bring(self, data: Sequence[Data]) -> None:
        sizes = {one.sizes() for one in data}
        if len(sizes) != 1:
            raise ValueError(f"expected data of the same size for all networks, got {sorted(sizes)}")
        self._parts: dict[str, slice] = {}
        start = 0
        for part, size in zip(PARTS, data[0].sizes(), strict=True):
            if size:
                self._parts[part] = slice(start, start + size)
            start += size
        self._x = torch.from_numpy(np.stack([one.all("F") for one in data])).to(self.device, torch.float32)
        y = torch.from_numpy(np.stack([one.all("y") for one in data])).to(self.device)
        self._y = y.to(torch.float32) if y.is_floating_point() else y
        e = self.experiment
        weights = [class_weights(e.class_weighting, one.y_train, e.n_classes) for one in data]
        self._class_weights = (
            None if weights[0] is None else torch.from_numpy(np.stack(weights)).to(self.device)  # type: ignore[arg-type]
        )

    def _use_settings(self, experiments: Sequence[Experiment]) -> None:
        def column(values: list[float]) -> Tensor:
            return torch.tensor(values, dtype=torch.float32, device=self.device)[:, None]

        e = self.experiment
        self._loss = LOSSES[e.loss.name]
        self._clip = CLIPPINGS[e.clipping.name].rows
        self._weights = torch.from_numpy(self.layout.weight_mask.copy()).to(self.device, torch.float32)
        strengths = [(entry.penalty, [entry.strength(one) for one in experiments]) for entry in PENALTIES]
        self._penalties = [
            (penalty, column(each) * self._weights) for penalty, each in strengths if penalty and any(each)
        ]
        # The rule moves a stand-in from 0 at the rate 1; each network then goes its own rate times as far.
        self._move = nn.Parameter(torch.zeros_like(self._params))
        self._move.grad = self._gradient
        self._technique = OPTIMIZERS[e.optimizer.name]
        self._optimizer = self._technique.make([{"params": [self._move]}], 1.0, e.optimizer)
        group = self._optimizer.param_groups[0]
        self._decays = [column([one.weight_decay for one in experiments])]
        if group.get("weight_decay"):
            assert group["decoupled_weight_decay"], "only decoupled decay can be masked"
            self._decays.append(column([group["weight_decay"]] * self._count))
            group["weight_decay"] = 0.0
        self._decays = [decay for decay in self._decays if bool(decay.any())]

    # --- one step --------------------------------------------------------------------------------

    def _scores(self, x: Tensor, masks: Masks | None, training: bool) -> Tensor:
        """Scores (K, B, n_outputs) for inputs (K, B, d)."""
        for norm in self.network.norms:
            norm.training = training

        def one(
            params: dict[str, Tensor], buffers: dict[str, Tensor], x: Tensor, masks: Masks | None
        ) -> Tensor:
            return functional_call(self.network, (params, buffers), (x, masks))  # type: ignore[no-any-return]

        dims = None
        if masks is not None:
            dims = Masks(*([None if part is None else 0 for part in parts] for parts in masks))  # type: ignore[arg-type]
        along = (0, 0 if self._buffers else None, 0, dims)
        scores: Tensor = torch.vmap(one, along)(self._leaves, self._buffers, x, masks)
        return scores

    def _losses(self, scores: Tensor, y: Tensor, smoothing: float, weighted: bool) -> Tensor:
        """The loss of each sample, (K, B)."""
        e = self.experiment
        losses = self._loss.per_sample(scores.flatten(0, 1), y.flatten(), e.loss, smoothing, e.task).view_as(
            y
        )
        if weighted and self._class_weights is not None:
            losses = self._class_weights.gather(1, y.long()) * losses
        return losses

    def _fill_gradient(self, batch: Batch) -> None:
        scores = self._scores(batch.x, batch.masks, training=True)
        smoothing = self.experiment.label_smoothing
        losses = self._losses(scores, batch.y, smoothing, weighted=True).mean(dim=1)
        if batch.partner_y is not None:
            other = self._losses(scores, batch.partner_y, smoothing, weighted=True).mean(dim=1)
            losses = batch.lam * losses + batch.rest * other
        # The networks share no parameter, so the gradient of the sum holds each one's own.
        gradients = torch.autograd.grad(losses.sum(), list(self._leaves.values()))
        torch.cat([g.flatten(1) for g in gradients], dim=1, out=self._gradient)
        for penalty, strengths in self._penalties:
            self._gradient.addcmul_(penalty.derivative(self._params), strengths)
        assert self._clip is not None
        self._gradient.copy_(self._clip(self._gradient, self.experiment.clipping))

    @torch.no_grad()
    def _update(self, rates: Tensor) -> None:
        """Decay, then the optimizer's rule, at the rates (K, 1)."""
        for decay in self._decays:
            self._params.mul_(1 - self._weights * (rates * decay))
        self._move.zero_()
        self._optimizer.step()
        self._params.addcmul_(self._move, rates)
        self._steps_taken += 1

    # --- many steps ------------------------------------------------------------------------------

    @one_thread()
    def run(self, which: Sequence[int], plan: Plan) -> list[Outcome]:
        """Take the plan's steps.

        Args:
            which: the networks that take them (W of them).
            plan: with ``order`` as int64 (K, total) and ``lr`` as float64 (W, S).
        """
        sizes, places = np.diff(plan.offsets), list(which)
        left = set(places)
        steps = dict.fromkeys(places, len(sizes))
        metrics: dict[int, list[np.ndarray]] = {k: [] for k in places}
        before = self._copy()
        every = torch.arange(self._count, device=self.device)[:, None]
        order = torch.from_numpy(plan.order).to(self.device)
        lr = np.zeros((self._count, len(sizes)), np.float32)
        lr[places] = plan.lr
        rates = torch.from_numpy(lr).to(self.device)
        offsets, evaluate = plan.offsets.tolist(), plan.evaluate.tolist()
        for first, last in self.noise[0].spans(plan.offsets, self._count):
            noise = self._draw_noise(sizes[first:last])
            for step in range(first, last):
                rows = order[:, offsets[step] : offsets[step + 1]]
                batch = Batch(self._x[every, rows], self._y[every, rows])
                if noise is not None:
                    batch = noise.apply(batch.x, batch.y, step - first)
                self._fill_gradient(batch)
                self._update(rates[:, step : step + 1])
                if evaluate[step] or step + 1 == len(sizes):
                    found = self._look(evaluate[step])
                    for k in sorted(left):
                        row = found[k]
                        if row is None:
                            steps[k] = step + 1
                            left.discard(k)
                        elif evaluate[step]:
                            metrics[k].append(row)
                    self._keep(left)
        idle = set(range(self._count)) - set(places)
        self._return_to(self._good, set(places) - left)
        self._return_to(before, idle)
        return [
            Outcome(steps[k], np.array(metrics[k]).reshape(-1, len(METRICS)), k not in left) for k in places
        ]

    def _draw_noise(self, sizes: np.ndarray) -> BatchNoise | None:
        if not self.noise[0].on:
            return None
        drawn = {id(source): source.draw(sizes) for source in dict.fromkeys(self.noise)}
        each = [drawn[id(source)] for source in self.noise]
        together = Noise(*(np.stack(arrays) for arrays in zip(*each, strict=True)))
        return BatchNoise(together, sizes, self.experiment, self.device, torch.float32)

    def _copy(self) -> tuple[Tensor, ...]:
        return self._params.clone(), *(buffer.clone() for buffer in self._buffers.values())

    @torch.no_grad()
    def _return_to(self, kept: tuple[Tensor, ...], which: set[int]) -> None:
        """Give these networks the parameters and running statistics that they had."""
        rows = torch.tensor(sorted(which), dtype=torch.long, device=self.device)
        for tensor, old in zip((self._params, *self._buffers.values()), kept, strict=True):
            tensor[rows] = old[rows]

    @torch.no_grad()
    def _keep(self, which: set[int]) -> None:
        """These networks are finite: they fall back on what they are now."""
        rows = torch.tensor(sorted(which), dtype=torch.long, device=self.device)
        for kept, tensor in zip(self._good, (self._params, *self._buffers.values()), strict=True):
            kept[rows] = tensor[rows]

    def _look(self, evaluate: bool) -> list[np.ndarray | None]:
        """The numbers of ``METRICS`` of each network (nothing without ``evaluate``), None of one that diverged."""
        everything = torch.cat([self._params, *(b.flatten(1) for b in self._buffers.values())], dim=1)
        finite = everything.isfinite().all(dim=1).cpu().numpy()
        if not evaluate:
            return [np.empty(0) if good else None for good in finite]
        metrics = self.metrics()
        losses = [METRICS.index(f"loss_{part}") for part in self._parts]
        finite &= np.isfinite(metrics[:, losses]).all(axis=1)
        return [row if good else None for row, good in zip(metrics, finite, strict=True)]

    # --- looking ---------------------------------------------------------------------------------

    @torch.no_grad()
    def metrics(self) -> np.ndarray:
        """float64 (K, 7): the numbers of ``METRICS``."""
        e = self.experiment
        scores = self._scores(self._x, None, training=False)
        losses = self._losses(scores, self._y, 0.0, weighted=False)
        found = {f"loss_{part}": losses[:, rows].mean(dim=1) for part, rows in self._parts.items()}
        if e.task != "regression":
            right = (predict(scores.flatten(0, 1), e.task).view_as(self._y) == self._y).float()
            found |= {f"accuracy_{part}": right[:, rows].mean(dim=1) for part, rows in self._parts.items()}
        penalty = torch.zeros(self._count, device=self.device)
        for term, strengths in self._penalties:
            penalty += (term.value(self._params) * strengths).sum(dim=1)
        found["penalty"] = penalty
        metrics = np.full((self._count, len(METRICS)), math.nan)
        metrics[:, [METRICS.index(name) for name in found]] = (
            torch.stack([*found.values()], dim=1).cpu().numpy()
        )
        return metrics

    @torch.no_grad()
    @one_thread()
    def scores(self, F: np.ndarray) -> np.ndarray:
        """Scores of every network in evaluation mode, float32 (K, n, n_outputs).

        Args:
            F: float32 (K, n, d), prepared features of each.
        """
        x = torch.from_numpy(np.ascontiguousarray(F)).to(self.device, torch.float32)
        found: np.ndarray = self._scores(x, None, training=False).cpu().numpy()
        return found

    def state(self, k: int) -> State:
        """A copy of one network's state; of one that diverged without the optimizer's."""
        slots = np.zeros((self._technique.slots, self.layout.n_parameters), np.float32)
        kept = self._optimizer.state.get(self._move, {})
        for slot, name in zip(slots, self._technique.slot_names, strict=True):
            if kept.get(name) is not None:
                slot[:] = kept[name][k].cpu().numpy()
        counts = np.array([self._steps_taken, float(kept.get("mu_product", 1.0))])
        if not np.isfinite(slots).all():
            slots[:], counts[:] = 0.0, (0.0, 1.0)
        buffers = [buffer[k].reshape(-1).cpu().numpy() for buffer in self._buffers.values()]
        return State(
            self._params[k].cpu().numpy().copy(),
            np.concatenate([np.empty(0, np.float32), *buffers]),
            slots,
            counts,
        )
