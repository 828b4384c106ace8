"""Studies that are kept in a server's database, trials on other machines, and Optuna's dashboard on what is kept."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import numpy as np
import optuna
import pytest
from services import Dask, postgresql
from waiting import until

from playground import Experiment, tune
from playground.chapters import sections
from playground.tuning import cluster
from playground.tuning.space import checked, samplers
from playground.tuning.study import quiet, storage_of
from playground.tuning.trials import Search

SMALL = Experiment(dataset="moons", n_samples=80, hidden=(4,), device="cpu", engine="reference")
RATES = {"learning_rate": (0.001, 1.0, "log")}
WORKER = """
import sys
from playground import Experiment, tune

found = tune(
    Experiment(dataset="moons", n_samples=80, hidden=(4,), device="cpu", engine="reference"),
    {"learning_rate": (0.001, 1.0, "log")},
    trials=6, epochs=1, sampler="random", storage=sys.argv[1], name="shared",
)
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'studies.db'}"
        return
    with postgresql() as address:
        yield address


def test_two_processes_work_on_one_study(storage: str) -> None:
    workers = [subprocess.Popen([sys.executable, "-c", WORKER, storage]) for _ in range(2)]
    assert [worker.wait() for worker in workers] == [0, 0]
    database = storage_of(storage)
    assert database is not None
    trials = optuna.load_study(study_name="shared", storage=database).trials
    database.engine.dispose()
    assert [trial.number for trial in trials] == list(range(12))
    assert {trial.state.name for trial in trials} == {"COMPLETE"}
    assert len({trial.params["learning_rate"] for trial in trials}) == 12, "no setting is tried twice"


def test_optunas_dashboard_opens_what_is_kept(tmp_path: Path) -> None:
    from optuna_dashboard import wsgi

    storage = f"sqlite:///{tmp_path / 'studies.db'}"
    found = tune(SMALL, RATES, trials=3, epochs=2, seed=1, storage=storage, name="rates").frame()

    class Silent(WSGIRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing on the test's output."""

    with make_server("127.0.0.1", 0, wsgi(storage), handler_class=Silent) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}/api/studies"
        with urllib.request.urlopen(base) as answer:
            (study,) = json.load(answer)["study_summaries"]
        with urllib.request.urlopen(f"{base}/{study['study_id']}") as answer:
            told = json.load(answer)
        server.shutdown()
    assert study["study_name"] == "rates"
    assert [trial["values"] for trial in told["trials"]] == [[value] for value in found["value"]]
    assert [len(trial["intermediate_values"]) for trial in told["trials"]] == [2, 2, 2]


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory, kernel: None) -> Iterator[Dask]:
    started = Dask(tmp_path_factory.mktemp("dask"))
    try:
        workers = []
        until(lambda: workers or _opened(started, workers))
        until(lambda: workers[0].threads == 2)
        yield started
        workers[0].client.close()
    finally:
        started.stop()


def _opened(started: Dask, found: list[cluster.Cluster]) -> bool:
    try:
        found.append(cluster.Cluster(started.address))
    except OSError:
        return False
    return True


@pytest.mark.xdist_group("dask")
def test_trials_on_a_cluster_are_those_of_this_machine(dask: Dask, monkeypatch: pytest.MonkeyPatch) -> None:
    own = SMALL.replace(engine="auto", early_stopping={"name": "patience", "patience": 3})
    given = {"trials": 8, "epochs": 10, "seeds": 2, "sampler": "random", "seed": 3}
    here = tune(own.replace(engine="fused"), RATES, **given).frame()
    monkeypatch.setenv("PLAYGROUND_DASK", dask.address)
    there = tune(own, RATES, **given).frame()
    assert list(there["state"]) == ["complete"] * 8
    assert (there.drop(columns="diverged") == here.drop(columns="diverged")).all().all()
    pruned = tune(own, RATES, **{**given, "pruner": "median", "seeds": 1, "trials": 14}).frame()
    assert pruned[pruned["state"] == "pruned"]["epochs"].max() < 10
    section = sections["tuning/search"]
    result = section.run(trials=10, epochs=10, sampler="random", fields=("learning_rate", "hidden"))
    assert len(result.trials) == 10
    assert result.reports["trial"].nunique() == 10


@pytest.mark.xdist_group("dask")
def test_no_trial_is_lost_or_counted_twice_when_a_worker_is_killed(dask: Dask) -> None:
    """The cluster of this module has one worker less from here on."""
    ranges, sampler = checked(SMALL, RATES), samplers()["random"]
    search = Search(SMALL.for_choosing(), ranges, epochs=10)
    here = tune(SMALL, RATES, trials=24, epochs=10, sampler="random", seed=5).frame()
    workers = cluster.Cluster(dask.address)
    with quiet():
        study = optuna.create_study(sampler=sampler(ranges, 24, 5), pruner=optuna.pruners.NopPruner())
    for done in cluster.attempts_on(workers, study, search, 24):
        if done >= 6 and dask.workers[0].poll() is None:
            busy = [tasks for tasks in workers.client.processing().values() if tasks]
            if busy:
                dask.workers[0].kill()
                dask.workers[0].wait()
    until(lambda: workers.threads == 1)
    workers.client.close()
    assert [trial.number for trial in study.trials] == list(range(24))
    assert {trial.state.name for trial in study.trials} == {"COMPLETE"}
    assert [trial.params["learning_rate"] for trial in study.trials] == list(here["learning_rate"])
    np.testing.assert_array_equal([trial.value for trial in study.trials], here["value"])


@pytest.mark.xdist_group("dask")
def test_what_was_under_way_when_a_search_is_left_counts_as_failed(dask: Dask) -> None:
    ranges = checked(SMALL, RATES)
    workers = cluster.Cluster(dask.address)
    with quiet():
        study = optuna.create_study(sampler=samplers()["random"](ranges, 4, 0))
    search = Search(SMALL.for_choosing(), ranges, epochs=100_000)
    under_way = cluster.attempts_on(workers, study, search, 4)
    next(under_way)
    under_way.close()
    until(lambda: not any(workers.client.processing().values()))
    workers.client.close()
    assert {trial.state.name for trial in study.trials} == {"FAIL"}


def test_a_cluster_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 0.2)
    monkeypatch.setenv("PLAYGROUND_DASK", "tcp://127.0.0.1:1")
    with pytest.raises(OSError, match="PLAYGROUND_DASK"):
        tune(SMALL, RATES, trials=1, epochs=1)
