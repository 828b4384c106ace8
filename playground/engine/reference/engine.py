"""The reference engine: torch.nn.Module, autograd and torch.optim, on the CPU, CUDA or MPS.

Parameters, running statistics and gradients live in flat vectors, and the network's own tensors are views
into them. The optimizer therefore works on one parameter instead of a dozen, which is where eager PyTorch
spends most of its time on networks of this size; the rules are elementwise, so nothing else changes.
"""

from __future__ import annotations

import math
from copy import deepcopy
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from playground.data.prepare import PARTS, Part
from playground.engine.noise import NoiseSource
from playground.engine.plan import METRICS, Metrics, Outcome, Plan, State
from playground.engine.reference.batches import Batch, BatchNoise
from playground.engine.threads import one_thread
from playground.experiment import Experiment
from playground.model import Layout, Pass, build
from playground.techniques import CLIPPINGS, LOSSES, OPTIMIZERS, acting, class_weights, predict

if TYPE_CHECKING:
    from playground.data.prepare import Data


class ReferenceEngine:
    """Engine over PyTorch. See ``playground.engine.plan.Engine`` for the methods it shares.

    Args:
        experiment: what to train.
        data: prepared rows of ``experiment``.
        noise: the source of all noise, shared with the trainer.
        device: ``"cpu"``, ``"cuda"`` or ``"mps"``.
        dtype: float64 is for gradient checks.
    """

    name = "reference"

    def __init__(
        self,
        experiment: Experiment,
        data: Data,
        noise: NoiseSource,
        device: str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.experiment = experiment
        self.noise = noise
        self.device = device
        self.layout = Layout.of(experiment)
        self.network = build(experiment).to(device=device, dtype=dtype)
        self._dtype = dtype
        # Reading a loss makes the CPU wait for a GPU, so there it is left to the evaluations.
        self._checks_each_step = device == "cpu"
        self._flatten()
        self._weights = torch.from_numpy(self.layout.weight_mask.copy()).to(device, dtype)
        self._backups = [self._everything.clone(), self._everything.clone()]
        self._good = self._everything.clone()
        self._steps_taken = 0
        self._use_settings()
        self._restart_optimizer()
        self.set_data(data)

    # --- construction ----------------------------------------------------------------------------

    def _flatten(self) -> None:
        """Make the network's parameters and running statistics views into ``_everything``."""
        network, n = self.network, self.layout.n_parameters
        statistics = [t for norm in network.norms for t in (norm.running_mean, norm.running_var)]
        tensors = [*(p.detach() for p in network.parameters()), *statistics]
        self._everything = torch.cat([t.reshape(-1) for t in tensors])
        self._flat = nn.Parameter(self._everything[:n])
        self.gradient = torch.zeros_like(self._flat)
        self._flat.grad = self.gradient
        self._parameters = list(network.parameters())
        for parameter, block in zip(self._parameters, self.layout.parameters, strict=True):
            parameter.data = self._everything[block.start : block.stop].view(block.shape)
        self._buffers = self._everything[n:]
        blocks = iter(self.layout.buffers)
        for norm in network.norms:
            for name in ("running_mean", "running_var"):
                block = next(blocks)
                setattr(norm, name, self._buffers[block.start : block.stop])

    def _use_settings(self) -> None:
        """Read what a step needs from the experiment, so that the step itself does not."""
        experiment = self.experiment
        self.network.connect(experiment)
        self._loss = LOSSES[experiment.loss.name]
        self._clipping = CLIPPINGS[experiment.clipping.name]
        self._penalties = [
            (entry.penalty, entry.strength(experiment), self._weights * entry.strength(experiment))
            for entry in acting(experiment, "loss")
            if entry.penalty
        ]
        self._decayed_at = math.nan

    @property
    def full_batch(self) -> bool:
        """Whether the optimizer needs all rows in each step and takes its own gradients."""
        return self._technique.full_batch

    def _new_optimizer(self, parameter: Tensor) -> torch.optim.Optimizer:
        experiment = self.experiment
        groups = [{"params": [parameter]}]
        return self._technique.make(groups, experiment.learning_rate, experiment.optimizer)

    def _restart_optimizer(self) -> None:
        """A new optimizer with empty slots."""
        self._technique = OPTIMIZERS[self.experiment.optimizer.name]
        self._optimizer = self._new_optimizer(self._flat)
        self._group = self._optimizer.param_groups[0]
        if self.device == "cpu" and "foreach" in self._group:
            self._group["foreach"] = False  # what PyTorch would find out anew in each step
        self._steps_taken = 0
        # Decoupled decay acts on weights only, but the one flat parameter holds biases too. AdamW's own
        # decay is the same rule (Loshchilov & Hutter 2019, algorithm 2, line 12), so both are done here.
        self._decays = [self.experiment.weight_decay]
        if self._group.get("weight_decay"):
            assert self._group["decoupled_weight_decay"], "only decoupled decay can be masked"
            self._decays.append(self._group["weight_decay"])
            self._group["weight_decay"] = 0.0
        self._decayed_at = math.nan

    def set_data(self, data: Data) -> None:
        """Train on other rows with the same features and outputs."""
        self.data = data
        self._parts: dict[Part, slice] = {}
        start = 0
        for part, size in zip(PARTS, data.sizes(), strict=True):
            if size:
                self._parts[part] = slice(start, start + size)
            start += size
        self._x = torch.from_numpy(data.all("F")).to(self.device, self._dtype)
        y = torch.from_numpy(data.all("y")).to(self.device)
        self._y = y.to(self._dtype) if y.is_floating_point() else y
        self._weigh()

    def _weigh(self) -> None:
        """Take the class weights of the training part."""
        experiment = self.experiment
        weights = class_weights(experiment.class_weighting, self.data.y_train, experiment.n_classes)
        self._class_weights = (
            None if weights is None else torch.from_numpy(weights).to(self.device, self._dtype)
        )

    # --- one step --------------------------------------------------------------------------------

    def draw_noise(self, sizes: np.ndarray) -> BatchNoise | None:
        """The noise of the next steps, with batches of ``sizes`` (S,); None when all noise is off."""
        if not self.noise.on:
            return None
        return BatchNoise(self.noise.draw(sizes), sizes, self.experiment, self.device, self._dtype)

    def batch(self, rows: Tensor, noise: BatchNoise | None, step: int) -> Batch:
        """The batch of ``rows`` (B,), with the noise's step number ``step``."""
        x, y = self._x.index_select(0, rows), self._y.index_select(0, rows)
        return Batch(x, y) if noise is None else noise.apply(x, y, step)

    def batch_loss(self, batch: Batch) -> tuple[Pass, Tensor]:
        """Forward in training mode: every layer's values and the mean loss that is trained on, without penalties."""
        values = self.network.layers(batch.x, batch.masks)
        loss = self._training_loss(values.scores, batch.y)
        if batch.partner_y is not None:
            other = self._training_loss(values.scores, batch.partner_y)
            loss = batch.lam * loss + batch.rest * other
        return values, loss

    def _training_loss(self, scores: Tensor, y: Tensor) -> Tensor:
        """The mean loss with label smoothing and class weights."""
        e = self.experiment
        losses = self._loss.per_sample(scores, y, e.loss, e.label_smoothing, e.task)
        return (losses if self._class_weights is None else self._class_weights[y.long()] * losses).mean()

    def _loss_of(self, scores: Tensor, y: Tensor) -> Tensor:
        experiment = self.experiment
        return self._loss.forward(scores, y, experiment.loss, 0.0, experiment.task)

    def fill_gradient(self, loss: Tensor) -> Tensor:
        """The flat gradient (P,) of loss and penalties, before clipping."""
        gradients = torch.autograd.grad(loss, self._parameters)
        torch.cat([g.reshape(-1) for g in gradients], out=self.gradient)
        for penalty, _, strengths in self._penalties:
            self.gradient.addcmul_(penalty.derivative(self._everything[: len(self.gradient)]), strengths)
        return self.gradient

    def clip(self) -> None:
        """Limit the flat gradient as the experiment says."""
        self._clipping.apply([self._flat], self.experiment.clipping)

    def penalty(self) -> Tensor:
        """The penalties' terms of the loss: the sums over all weights."""
        w = self._flat.detach()
        terms = [strength * (p.value(w) * self._weights).sum() for p, strength, _ in self._penalties]
        return torch.stack(terms).sum() if terms else w.new_zeros(())

    def update(self, batch: Batch, lr: float) -> float:
        """Decay the weights and apply the optimizer's rule to the gradient that lies ready.

        Full-batch rules take gradients of ``batch`` themselves, as many as they like.

        Returns:
            Loss with penalties before the update for full-batch rules; nan for the others.
        """
        self._group["lr"] = lr
        if any(self._decays):
            if lr != self._decayed_at:
                self._decay_factors = [1 - self._weights * (lr * d) for d in self._decays if d]
                self._decayed_at = lr
            for factor in self._decay_factors:
                self._everything[: len(self.gradient)].mul_(factor)
        self._steps_taken += 1
        if self.full_batch:
            return float(self._optimizer.step(lambda: float(self._closure(batch))))
        self._optimizer.step()
        return math.nan

    def _closure(self, batch: Batch) -> Tensor:
        with torch.enable_grad():
            _, loss = self.batch_loss(batch)
            self.fill_gradient(loss)
        self.clip()
        return loss.detach() + self.penalty()

    # --- many steps ------------------------------------------------------------------------------

    @one_thread()
    def run(self, plan: Plan) -> Outcome:
        """Take the plan's steps. On the CPU every batch loss is checked, elsewhere at evaluations."""
        order = torch.from_numpy(plan.order).to(self.device)
        offsets, lrs, evaluate = plan.offsets.tolist(), plan.lr.tolist(), plan.evaluate.tolist()
        metrics: list[Metrics] = []
        self.train_mode(True)
        for first, last in self.noise.spans(plan.offsets):
            noise = self.draw_noise(np.diff(plan.offsets[first : last + 1]))
            for step in range(first, last):
                batch = self.batch(order[offsets[step] : offsets[step + 1]], noise, step - first)
                if not self._step(batch, lrs[step], step):
                    return self._diverged(step, metrics, step)
                if evaluate[step]:
                    row = self.metrics()
                    if not self._finite(row):
                        return self._diverged(step, metrics, step + 1)
                    metrics.append(row)
        if not self._finite(None):
            return self._diverged(len(lrs) - 1, metrics, len(lrs))
        return Outcome(len(lrs), np.array(metrics).reshape(-1, len(METRICS)), False)

    def _step(self, batch: Batch, lr: float, step: int) -> bool:
        """One step; False, and no update, when the batch loss is not finite."""
        if self._checks_each_step:
            self._backups[step % 2].copy_(self._everything)
        if self.full_batch:
            return math.isfinite(self.update(batch, lr))
        _, loss = self.batch_loss(batch)
        if self._checks_each_step and not math.isfinite(loss.item()):
            return False
        self.fill_gradient(loss)
        self.clip()
        self.update(batch, lr)
        return True

    def _finite(self, row: Metrics | None) -> bool:
        """Whether parameters and losses are finite; if so the state becomes the one to fall back on."""
        if row is not None and not self.finite_losses(row):
            return False
        if not bool(torch.isfinite(self._everything).all()):
            return False
        self._good.copy_(self._everything)
        return True

    def finite_losses(self, row: Metrics) -> bool:
        """Whether the losses of all parts that have points are finite."""
        return all(math.isfinite(row[METRICS.index(f"loss_{part}")]) for part in self._parts)

    def _diverged(self, step: int, metrics: list[Metrics], done: int) -> Outcome:
        """Fall back on the newest finite state: before this step, before the last one, or at a check."""
        candidates = [self._backups[step % 2], self._backups[(step + 1) % 2], self._good]
        for candidate in candidates if self._checks_each_step else candidates[2:]:
            if bool(torch.isfinite(candidate).all()):
                self._everything.copy_(candidate)
                break
        if not np.isfinite(self.state().slots).all():
            self._restart_optimizer()
        return Outcome(done, np.array(metrics).reshape(-1, len(METRICS)), True)

    def train_mode(self, training: bool) -> None:
        """Normalize by the batch, or else by the running statistics."""
        # Only batch normalization behaves differently; walking all modules would cost more than a layer.
        for norm in self.network.norms:
            norm.training = training

    @one_thread()
    def metrics(self) -> Metrics:
        """The numbers of ``METRICS``."""
        values, count = self._metric_values().tolist(), len(self._parts)
        found = dict(zip((f"loss_{part}" for part in self._parts), values, strict=False))
        for (part, rows), right in zip(self._parts.items(), values[count:-1], strict=False):
            found[f"accuracy_{part}"] = right / (rows.stop - rows.start)
        found["penalty"] = values[-1]
        return tuple(found.get(name, math.nan) for name in METRICS)  # type: ignore[return-value]

    @torch.no_grad()
    def _metric_values(self) -> Tensor:
        """All losses, but for regression the right predictions, and the penalty: read from a device at once."""
        self.train_mode(False)
        scores = self.network(self._x)
        parts = self._parts.values()
        values = [self._loss_of(scores[rows], self._y[rows]) for rows in parts]
        if self.experiment.task != "regression":
            right = predict(scores, self.experiment.task) == self._y
            values += [right[rows].sum() for rows in parts]
        values.append(self.penalty())
        self.train_mode(True)
        return torch.stack([value.to(self._dtype) for value in values])

    # --- state -----------------------------------------------------------------------------------

    def state(self) -> State:
        """A copy of the current state."""
        n = self.layout.n_parameters
        slots = np.zeros((self._technique.slots, n), np.float32)
        counts = np.array([self._steps_taken, 1.0])
        kept = self._optimizer.state.get(self._flat, {})
        for slot, name in zip(slots, self._technique.slot_names, strict=True):
            if kept.get(name) is not None:
                slot[:] = kept[name].cpu().numpy()
        if "mu_product" in kept:
            counts[1] = float(kept["mu_product"])
        extra = None
        if self.full_batch:
            extra = deepcopy(self._optimizer.state_dict()["state"])
        everything = self._everything.cpu().numpy().astype(np.float32)
        return State(everything[:n].copy(), everything[n:].copy(), slots, counts, extra)

    def load(self, state: State) -> None:
        """Continue from ``state``. Slots of another optimizer's shape start empty."""
        self._everything.copy_(torch.from_numpy(np.concatenate([state.params, state.buffers])))
        for copy in (*self._backups, self._good):
            copy.copy_(self._everything)
        self._restart_optimizer()
        self._load_slots(state)

    def _load_slots(self, state: State) -> None:
        if state.counts[0] == 0 or len(state.slots) != self._technique.slots:
            return
        if self.full_batch:
            whole = self._optimizer.state_dict()
            self._optimizer.load_state_dict({**whole, "state": deepcopy(state.extra or {})})
            self._group = self._optimizer.param_groups[0]
        else:
            kept = self._first_slots()
            for name, slot in zip(self._technique.slot_names, state.slots, strict=True):
                if name in kept:  # momentum with β = 0 keeps nothing
                    kept[name].copy_(torch.from_numpy(slot.copy()))
            for name, count in zip(("step", "mu_product"), state.counts.tolist(), strict=True):
                if name in kept:
                    kept[name].fill_(count)
            self._optimizer.state[self._flat] = kept
        self._steps_taken = int(state.counts[0])

    def _first_slots(self) -> dict[str, Tensor]:
        # torch's optimizers make their state in the first step: let one take it on a stand-in.
        stand_in = torch.zeros_like(self._flat, requires_grad=True)
        stand_in.grad = torch.zeros_like(stand_in)
        optimizer = self._new_optimizer(stand_in)
        optimizer.step()
        return optimizer.state[stand_in]

    def reconfigure(self, experiment: Experiment) -> None:
        """Take over the settings of an experiment that this run can continue."""
        old = self.experiment
        state = self.state()
        self.experiment = experiment
        self._use_settings()
        self._weigh()
        self._restart_optimizer()
        if experiment.optimizer.name == old.optimizer.name:
            self._load_slots(state)

    @one_thread()
    def forward(self, F: np.ndarray) -> list[np.ndarray]:
        """Activations (n, n_l) of every hidden layer, then scores (n, n_outputs), in evaluation mode."""
        self.train_mode(False)
        with torch.no_grad():
            x = torch.tensor(F, dtype=self._dtype, device=self.device)
            values = self.network.layers(x)
            result = [t.cpu().numpy() for t in (*values.h, values.scores)]
        self.train_mode(True)
        return result
