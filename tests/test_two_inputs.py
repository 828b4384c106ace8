"""Two inputs stay what they were before there could be others: text forms, arrays, runs, as recorded then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playground.data import prepare
from playground.engine.trainer import Trainer
from playground.experiment import Experiment

RECORDED: dict[str, Any] = json.loads(
    (Path(__file__).parent / "saved" / "two_inputs.json").read_text("utf-8")
)


def as_recorded(experiment: Experiment, recorded: dict[str, Any]) -> dict[str, Any]:
    """JSON without what is newer than the record: fields at their defaults, and how many columns of a real set there
    are, which is "two" by default."""
    found = experiment.to_dict()
    newer = {name: found.pop(name) for name in found.keys() - recorded.keys()}
    default = Experiment().to_dict()
    assert newer == {name: default[name] for name in newer}
    if isinstance(found["dataset"], dict):
        assert found["dataset"].pop("inputs", "two") == "two"
    return found


@pytest.mark.parametrize("name", RECORDED)
def test_the_text_forms_are_the_same(name: str) -> None:
    recorded = RECORDED[name]
    experiment = Experiment(**recorded["fields"])
    assert as_recorded(experiment, recorded["json"]) == recorded["json"]
    assert experiment.to_query() == recorded["link"]
    assert Experiment.from_dict(recorded["json"]) == Experiment.from_query(recorded["link"]) == experiment


@pytest.mark.parametrize("name", RECORDED)
def test_arrays_and_map_are_the_same(name: str) -> None:
    recorded = RECORDED[name]
    data = prepare(Experiment(**recorded["fields"]))
    np.testing.assert_allclose(data.F_train[: len(recorded["F"])], recorded["F"], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(data.domain, recorded["domain"], rtol=1e-12)
    X = data.all("X")
    assert data.plane.places(X) is X
    assert data.plane.inputs(X) is X
    assert (data.plane.near(X) == 1).all()
    assert data.n_filled == 0


@pytest.mark.parametrize("engine", ["fused", "reference"])
@pytest.mark.parametrize("name", RECORDED)
def test_the_run_is_the_same(name: str, engine: str) -> None:
    recorded = RECORDED[name]
    trainer = Trainer(Experiment(**recorded["fields"], engine=engine))
    trainer.run_for(600, recorded["steps"])
    assert trainer.step == recorded["steps"]
    assert trainer.history.last()["loss_train"] == pytest.approx(recorded["loss"][engine], rel=1e-5)
