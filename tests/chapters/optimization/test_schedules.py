"""Schedules: fitted to a run, what triggers reduce-on-plateau, and decay over seeds."""

from __future__ import annotations

import pandas as pd
import pytest

from playground.chapters.optimization import decay, plateau, schedules
from playground.engine.trainer import Trainer
from playground.techniques import SCHEDULES

pytestmark = pytest.mark.usefixtures("kernel")


def test_every_schedule_fits_a_run():
    for name in SCHEDULES:
        assert schedules.fitted(name, 40).name == name


def test_plateau_is_replayed_as_the_trainer_took_it():
    given = {"patience": 2, "epochs": 20}
    settings = plateau.SECTION.settings(**given)
    events = plateau.SECTION.run(**given)
    trainer = Trainer(plateau.experiment(settings))
    trainer.run(epochs=20)
    # a row's rate is that of the epochs after it
    assert events["rate"].tolist()[:-1] == pytest.approx(trainer.history["learning_rate"][2:].tolist())
    lowered = events["event"] == "lowers"
    assert lowered.any()
    before = events["rate"].shift(fill_value=plateau.experiment(settings).learning_rate)
    assert (events["rate"][lowered] < before[lowered]).all()
    assert (events["rate"][~lowered] == before[~lowered]).all()


def test_plateau_by_hand():
    spec = SCHEDULES["reduce_on_plateau"].spec(patience=1, threshold=0.1, factor=0.5)
    run = pd.DataFrame({"epoch": [0, 1, 2, 3, 4], "validation_loss": [9.0, 1.0, 0.95, 0.92, 0.5]})
    events = plateau.replayed(run, spec, 0.8)
    assert events["event"].tolist() == ["better", "waits", "lowers", "better"]
    assert events["rate"].tolist() == [0.8, 0.8, 0.4, 0.4]


def test_the_shown_scheduler_lowers_after_its_patience(capsys):
    exec(compile(plateau.code(plateau.SECTION.settings(patience=2)), "plateau", "exec"), {})
    rates = [float(line.split()[2]) for line in capsys.readouterr().out.splitlines()]
    # 0.7 is the best that counts: 0.71, 0.699 and 0.70 are three epochs without a better one
    assert rates[:6] == [0.5] * 5 + [0.25]


def test_decay_calms_the_run():
    settings = decay.SECTION.settings(seeds=2, epochs=20)
    frame = decay.SECTION.run(seeds=2, epochs=20)
    assert sorted(frame["seed"].unique()) == [0, 1]
    assert set(frame["schedule"]) == {"constant", "cosine"}
    means = frame.groupby("schedule")["jitter"].mean()
    assert means["cosine"] < means["constant"]
    assert decay.verdict(frame, settings).values["seeds"] == 2


def test_endings():
    frame = pd.DataFrame(
        {"schedule": "constant", "epoch": range(30), "loss": 1.0, "test_loss": 2.0, "rate": 0.1}
    )
    found = schedules.endings(frame).iloc[0]
    assert (found["loss"], found["test_loss"]) == (1.0, 2.0)
    assert found["jitter"] == pytest.approx(0, abs=1e-9)
