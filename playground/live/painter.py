"""What a session's viewers are sent: the scene when it changes, frames while it trains, statistics on request."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from playground.data.prepare import Part
from playground.engine.history import History
from playground.engine.plan import METRICS, State
from playground.engine.probe import (
    LayerValues,
    Probe,
    gradient_norms,
    layer_statistics,
    sample_rows,
    unit_statistics,
)
from playground.engine.threads import one_thread
from playground.engine.trainer import Trainer
from playground.later import loaded
from playground.live import judged, picture
from playground.live.frames import encode
from playground.live.history import news
from playground.live.painting import painting
from playground.live.scene import Shown, scene
from playground.live.timeline import WeightSnapshot, outputs_of
from playground.live.viewer import Viewer
from playground.techniques import LOSSES

GRID = 60
CROWDED_GRID = 36
THUMB = 20
SLOW = 200.0
"""Steps a second up to which the metrics of each step are shown, not those of the last epoch's end."""
CROWDED_PATIENCE = 4.0
UNITS_INTERVAL = 0.12
HEALTH_INTERVAL = 0.5
STATS_INTERVAL = 0.5
MAX_GRADIENT_ROWS = 400
GRADIENT_SHARE = 0.004
"""Share of the time that the gradient norms may take while no panel shows them."""

Diagnosis = Callable[[list[LayerValues], list[float]], list[dict[str, Any]]]
"""From layers and gradient norms to what the curves say, in the visitor's language."""


class Painter:
    """Makes messages and frames of what one stage shows. Call with the session's lock held."""

    units_interval = UNITS_INTERVAL
    """Seconds between the maps of all units, while it plays."""

    def __init__(self, trainer: Trainer) -> None:
        self._gradients: tuple[int, list[float], list[list[float]]] = (-1, [], [])
        self._next_gradients = 0.0
        self.forget(trainer)

    def forget(self, trainer: Trainer) -> None:
        """The experiment, its data or its network changed."""
        self._probe: Probe | None = None
        self._health: tuple[float, np.ndarray] | None = None
        self._drawn_past: tuple[object, dict[str, Any], dict[str, np.ndarray]] | None = None
        self._target_range = picture.target_range(trainer.data)
        self._paintable = painting(trainer.experiment, trainer.data) is not None

    def probe(self, trainer: Trainer, past: WeightSnapshot | None = None) -> Probe:
        """To look into the network in its current state, or at a checkpoint."""
        if self._probe is None:
            self._probe = Probe(trainer.experiment)
        if past is None:
            self._probe.look(trainer.engine)
        else:
            self._probe.look_at(past.state)
        return self._probe

    # --- scene and frames ----------------------------------------------------------------------------------

    def scene(self, shown: Shown) -> dict[str, Any]:
        """The scene message."""
        return scene(shown, self._target_range)

    def frame(self, shown: Shown, viewer: Viewer, now: float) -> bytes:
        """The next frame for ``viewer``."""
        return encode(*self.parts(shown, viewer, now))

    def parts(self, shown: Shown, viewer: Viewer, now: float) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Header and arrays of the next frame for ``viewer``."""
        trainer = shown.trainer
        header: dict[str, Any] = {
            "frame": viewer.frames + 1,
            "revision": shown.revision,
            "step": trainer.step,
            "epoch": trainer.epoch,
            "status": shown.status,
            "reason": shown.reason,
            "learning_rate": trainer.learning_rate,
            "steps_per_second": shown.steps_per_second if shown.playing else 0.0,
            "engine": trainer.engine.name,
            "device": trainer.engine.device,
            "focus": shown.focus,
            "scrubbed": None,
        }
        if shown.draft:
            return header | {"status": "paused", "reason": shown.draft}, {}
        if shown.status == "failed":
            return header, {}  # the page keeps the last pictures; nothing more can be relied on
        header |= self._metrics(shown)
        if viewer.past is not None:
            arrays = self._look_back(shown, viewer, viewer.past, header)
            self._history(shown, viewer, now, header, arrays)
            return header, arrays
        paints = self._paints(viewer)
        arrays = self._numbers(trainer.engine.state())
        # A paused run is drawn whole: nobody waits for its next frame.
        still = not shown.playing
        if still or now - viewer.units_time >= self.units_interval * self._patience(shown):
            viewer.units_time = now
            arrays |= self._units(shown, now, still, paints)
        if paints:
            self._points(shown, viewer, arrays)
            self._history(shown, viewer, now, header, arrays)
            return header, arrays
        size = min(shown.grid_size, CROWDED_GRID) if shown.crowded and not still else shown.grid_size
        grid = picture.grid_of(trainer.data, size, shown.view)
        outputs = trainer.engine.forward(grid.F)
        arrays |= self._map(shown, outputs, grid, header)
        F, y = picture.all_points(trainer.engine)
        arrays["wrong"] = picture.wrong(trainer.engine.forward(F)[-1], y, shown.experiment.task)
        self._history(shown, viewer, now, header, arrays)
        return header, arrays

    def _paints(self, viewer: Viewer) -> bool:
        """Whether the page makes the maps of what is shown."""
        return viewer.paints and self._paintable

    @staticmethod
    def _numbers(state: State) -> dict[str, np.ndarray]:
        """What the network computes with."""
        arrays = {"parameters": state.params}
        if len(state.buffers):
            arrays["buffers"] = state.buffers
        return arrays

    @staticmethod
    def _points(shown: Shown, viewer: Viewer, arrays: dict[str, np.ndarray]) -> None:
        """Add what the network is shown of the points, if the viewer lacks it."""
        data = shown.trainer.data
        if viewer.last_sent.get("inputs") is not data:
            viewer.last_sent["inputs"] = data
            arrays["inputs"] = data.all("F")

    def _look_back(
        self, shown: Shown, viewer: Viewer, past: WeightSnapshot, header: dict[str, Any]
    ) -> dict[str, np.ndarray]:
        """The pictures of a checkpoint, if the viewer lacks them."""
        paints = self._paints(viewer)
        key = (shown.run_number, shown.revision, past.step, shown.grid_size, shown.focus, paints)
        if self._drawn_past is None or self._drawn_past[0] != key:
            self._drawn_past = (key, *self._draw_past(shown, past, paints))
        _, fields, arrays = self._drawn_past
        header |= fields
        if viewer.last_sent.get("past") == key:
            return {}
        viewer.last_sent["past"] = key
        sent = dict(arrays)
        if paints:
            self._points(shown, viewer, sent)
        return sent

    def _draw_past(
        self, shown: Shown, past: WeightSnapshot, paints: bool
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Header fields and arrays that show a checkpoint; without the maps where the page ``paints``."""
        data = shown.trainer.data
        fields: dict[str, Any] = {"scrubbed": past.epoch}
        with one_thread():
            probe = self.probe(shown.trainer, past)
            arrays = self._numbers(past.state)
            F, _ = sample_rows(data)
            layers, scores = probe.layers(F)
            arrays["unit_stats"] = unit_statistics(layers, F, scores)
            if paints:
                return fields, arrays
            grid = picture.grid_of(data, shown.grid_size, shown.view)
            arrays |= self._map(shown, outputs_of(probe, grid.F), grid, fields)
            small = picture.grid_of(data, THUMB, shown.view)
            arrays["units"] = picture.unit_maps(small.F, outputs_of(probe, small.F))
            F, y = picture.all_points(shown.trainer.engine)
            arrays["wrong"] = picture.wrong(outputs_of(probe, F)[-1], y, shown.experiment.task)
        return fields, arrays

    def _metrics(self, shown: Shown) -> dict[str, Any]:
        trainer = shown.trainer
        last = trainer.history.last()
        # A run that was stopped early stands where its best weights are, not where its last epoch ended.
        recorded = last["step"] == trainer.step != shown.touched_step and trainer.status != "stopped"
        slow = shown.speed is not None and shown.speed <= SLOW
        if not recorded and (slow or not shown.playing):
            last = dict(zip(METRICS, trainer.engine.metrics(), strict=True))
        return {name: last[name] if math.isfinite(last[name]) else None for name in METRICS}

    def _map(
        self, shown: Shown, outputs: list[np.ndarray], grid: picture.Grid, header: dict[str, Any]
    ) -> dict[str, np.ndarray]:
        experiment = shown.experiment
        if shown.focus is not None:
            layer, unit = shown.focus
            values = (grid.F if layer == 0 else outputs[layer - 1])[:, unit]
            header["map_range"] = picture.unit_range(values)
            pixels = picture.to_bytes(values, *header["map_range"])
            return {"map": pixels.reshape(grid.size, grid.size)}
        header["map_range"] = self._target_range
        return picture.boundary(
            outputs[-1], experiment.task, experiment.loss.name, experiment.loss, self._target_range
        )

    def _units(self, shown: Shown, now: float, still: bool, paints: bool) -> dict[str, np.ndarray]:
        trainer = shown.trainer
        if self._health is None or still or now - self._health[0] >= HEALTH_INTERVAL * self._patience(shown):
            F, _ = sample_rows(trainer.data)
            layers, scores = self.probe(shown.trainer).layers(F)
            self._health = (now, unit_statistics(layers, F, scores))
        arrays = {"unit_stats": self._health[1]}
        if not paints:
            grid = picture.grid_of(trainer.data, THUMB, shown.view)
            arrays["units"] = picture.unit_maps(grid.F, trainer.engine.forward(grid.F))
        dropped = trainer.noise.last_dropped()
        if dropped is not None:
            arrays["dropped"] = dropped
        return arrays

    def _history(
        self, shown: Shown, viewer: Viewer, now: float, header: dict[str, Any], arrays: dict[str, np.ndarray]
    ) -> None:
        """Add the rows that the viewer lacks."""
        found = news(self.history(shown), viewer, shown.run_number, now, shown.playing)
        if found is not None:
            rows, header["history"] = found
            arrays |= self.history_arrays(shown, rows)

    def history(self, shown: Shown) -> History:
        """What the curves show."""
        return shown.trainer.history

    def history_arrays(self, shown: Shown, rows: np.ndarray) -> dict[str, np.ndarray]:
        """These rows of the history, as they are sent."""
        return {"history": self.history(shown).taken(rows)}

    # --- on request -------------------------------------------------------------------------------

    def statistics(self, shown: Shown, panels: frozenset[str], diagnosis: Diagnosis) -> dict[str, Any]:
        """What the open panels show."""
        trainer = shown.trainer
        probe = self.probe(shown.trainer)
        F, y = sample_rows(trainer.data)
        message: dict[str, Any] = {"type": "stats", "revision": shown.revision, "epoch": trainer.epoch}
        layers, _, gradient = probe.activations(F, y)
        norms = gradient_norms(probe.layout, gradient)
        self._note_gradients(shown, norms)
        if "layers" in panels:
            _run, epochs, rows = self._gradients
            message["layers"] = layer_statistics(probe, trainer.engine.state(), layers)
            message["gradient_norms"] = {
                "epochs": epochs,
                "layers": [list(c) for c in zip(*rows, strict=True)],
            }
        if "errors" in panels:
            regression = shown.experiment.task == "regression"
            message |= (
                judged.values(trainer.engine)
                if regression
                else judged.classes(shown.experiment, trainer.engine)
            )
        if "diagnosis" in panels:
            message["diagnosis"] = diagnosis(layers, norms)
        return message

    def _note_gradients(self, shown: Shown, norms: list[float]) -> None:
        """Keep the gradient norms over the run, at most MAX_GRADIENT_ROWS of them."""
        run, epochs, rows = self._gradients
        if run != shown.run_number:
            epochs, rows = [], []
        if not epochs or shown.trainer.epoch > epochs[-1]:
            epochs.append(shown.trainer.epoch)
            rows.append(norms)
        if len(epochs) > MAX_GRADIENT_ROWS:
            epochs, rows = epochs[::2], rows[::2]
        self._gradients = (shown.run_number, epochs, rows)

    def watch_gradients(self, shown: Shown, now: float) -> None:
        """Note the gradient norms now and then also while no panel asks for them.

        About twice a second, and less often where it takes long: it never fills more than GRADIENT_SHARE of the time.
        Nobody waits for PyTorch to be loaded for that: just after the server's start there are none.
        """
        if now < self._next_gradients or not loaded("torch"):
            return
        started = time.perf_counter()
        F, y = sample_rows(shown.trainer.data)
        with one_thread():
            probe = self.probe(shown.trainer)
            self._note_gradients(shown, gradient_norms(probe.layout, probe.gradients(F, y)))
        cost = time.perf_counter() - started
        self._next_gradients = now + max(STATS_INTERVAL, cost / GRADIENT_SHARE) * self._patience(shown)

    def _patience(self, shown: Shown) -> float:
        """How much less often the parts beside boundary and curves are made: more seldom while many play."""
        return CROWDED_PATIENCE if shown.crowded and shown.playing else 1.0

    def inspection(
        self, shown: Shown, x1: float, x2: float, point: int | None, past: WeightSnapshot | None = None
    ) -> dict[str, Any]:
        """Every number of the network at one place of the map, or at one of the points (as in ``Data.all``).

        Args:
            past: of this checkpoint; None for the present network.
        """
        data = shown.trainer.data
        target: float | None = None
        part: Part | None = None
        X = shown.plane.inputs(np.array([[x1, x2]]))
        if point is not None:
            part, row = data.part_of(point)
            X = getattr(data, f"X_{part}")[row : row + 1]
            x1, x2 = shown.plane.places(X)[0]
            target = float(getattr(data, f"y_{part}")[row])
        F = data.features(X)
        probe = self.probe(shown.trainer, past)
        layers, scores = probe.layers(F)
        experiment = shown.experiment
        result: dict[str, Any] = {
            "type": "inspection",
            "x1": float(x1),
            "x2": float(x2),
            "point": point,
            "inputs": X[0].tolist(),
            "part": part,
            "features": [
                {"name": name, "value": float(v)} for name, v in zip(data.feature_names, F[0], strict=True)
            ],
            "layers": [{"z": layer.z[0].tolist(), "h": layer.h[0].tolist()} for layer in layers],
            "scores": scores[0].tolist(),
            "probabilities": None,
            "target": target,
            "loss": None,
        }
        if experiment.task == "binary":
            result["predicted"] = int(scores[0, 0] > 0)
        elif experiment.task == "multiclass":
            result["predicted"] = int(scores[0].argmax())
        else:
            result["predicted"] = float(scores[0, 0])
        if LOSSES[experiment.loss.name].probabilistic:
            p = probe.probabilities(scores).reshape(-1).tolist()
            result["probabilities"] = [1.0 - p[0], *p] if experiment.task == "binary" else p
        if target is not None:
            dtype = data.y_train.dtype
            result["loss"] = float(probe.loss(scores, np.array([target], dtype=dtype))[0])
        return result
