"""Trials on a Dask cluster: its workers train, this process chooses, counts and keeps.

Each network of a trial is a chain of tasks, one from report to report, that hand a checkpoint on; so a pruner can end a
trial between two of them. Of a worker that is lost Dask computes the tasks once again, which gives the same numbers bit
for bit, and each trial is told once: none is lost, none is counted twice.

What the cluster sends is unpickled here, and what this process sends is there: a cluster is as trusted as the process.
Of a visitor's experiment only its JSON is sent.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from playground.engine.choose import fused_module
from playground.engine.history import History
from playground.engine.snapshot import Checkpoint
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.tuning.study import Pulse
from playground.tuning.trials import SLICE, Search, Standing

if TYPE_CHECKING:
    import distributed
    import optuna

ADDRESS = "PLAYGROUND_DASK"
"""The variable that names the cluster's scheduler: ``tcp://host:8786``, or ``tls://host:8786``."""
PATIENCE = 10
"""Seconds that a scheduler has to answer."""


def trained(written: str, before: Checkpoint | None, epoch: int) -> Checkpoint:
    """On a worker: a network trained up to an epoch.

    Args:
        written: the experiment's JSON.
        before: where it stood; None at the beginning.
    """
    experiment = Experiment.from_json(written)
    module = fused_module()
    if module is not None and experiment.engine != "reference" and module.covers(experiment):
        module.warm_up()  # by itself a trainer begins on the other engine where this one is not loaded yet
    trainer = Trainer(experiment)
    if before is not None:
        trainer.restore(before)
    trainer.run(epochs=epoch - trainer.epoch)
    return trainer.checkpoint()


def standing(held: Checkpoint) -> tuple[dict[str, float], int, bool]:
    """On a worker: what is told of a network, plain numbers only."""
    metrics = History.from_rows(held.history, held.history_stride).last()
    return metrics, int(held.epoch), held.status == "diverged"


class Cluster:
    """The workers of a scheduler.

    Args:
        address: of the scheduler.

    Raises:
        OSError: no scheduler answers there.
        ModuleNotFoundError: Dask is not installed.
    """

    nbytes = 0
    """Memory that a search holds of it: none of its own."""

    def __init__(self, address: str) -> None:
        import distributed

        self.client: distributed.Client = distributed.Client(
            address, timeout=PATIENCE, set_as_default=False, name="playground"
        )

    @property
    def threads(self) -> int:
        """Networks that it trains at once."""
        return sum(self.client.nthreads().values())


_clusters: dict[str, Cluster] = {}
_opening = threading.Lock()


def cluster() -> Cluster | None:
    """The one that ``PLAYGROUND_DASK`` names; None where it names none.

    Raises:
        OSError: no scheduler answers there.
        ModuleNotFoundError: Dask is not installed; requirements-cluster.txt names what is needed.
    """
    address = os.environ.get(ADDRESS, "")
    if not address:
        return None
    with _opening:
        found = _clusters.get(address)
        if found is None or found.client.status != "running":
            try:
                found = _clusters[address] = Cluster(address)
            except OSError as error:
                raise OSError(
                    f"{ADDRESS}: expected the address of a Dask scheduler, got {address!r}"
                ) from error
        return found


@dataclass(eq=False)
class _Trial:
    """One trial on its way.

    Args:
        written: the experiments of its networks, as JSON.
        held: where each network stands; on the cluster. told: what is told of it.
    """

    trial: optuna.Trial
    own: Experiment
    written: list[str]
    stops: list[int]
    held: list[distributed.Future | None]
    told: list[distributed.Future] = field(default_factory=list)

    def go_on(self, client: distributed.Client) -> None:
        """Have all its networks train to the next report."""
        for place, (written, before) in enumerate(zip(self.written, self.held, strict=True)):
            self.held[place] = client.submit(trained, written, before, self.stops[0], pure=False)
        self.told = [client.submit(standing, held, pure=False) for held in self.held]

    @property
    def ready(self) -> bool:
        """Whether it has something to tell, a failure perhaps."""
        return all(future.done() for future in self.told)

    def networks(self) -> list[Standing]:
        """How its networks stand. Raises what a worker has raised."""
        return [Standing(*future.result()) for future in self.told]


def attempts_on(
    workers: Cluster, study: optuna.Study, search: Search, trials: int, seconds: float | None = None
) -> Iterator[float]:
    """Try so many settings, as many at once as the cluster has threads; told by the number of trials done.

    Args:
        seconds: after which no further trial begins.

    Raises:
        Exception: what a worker has raised, or that the scheduler is gone. What was under way counts as failed then.
    """
    import optuna

    under_way: list[_Trial] = []
    asked = done = 0
    began, pulse = time.monotonic(), Pulse(study)
    try:
        while done < trials:
            if seconds is not None and time.monotonic() - began > seconds:
                trials = asked
            at_once = max(1, workers.threads // search.seeds)
            while asked < trials and len(under_way) < at_once:
                under_way.append(_begun(workers, pulse.ask(), search))
                asked += 1
                pulse.beat([under_way[-1].trial], begun=True)
            pulse.beat([each.trial for each in under_way])
            for each in [one for one in under_way if one.ready]:
                stop = each.stops.pop(0)
                try:
                    values = search.told(each.trial, each.own, stop, each.networks())
                except optuna.TrialPruned:
                    study.tell(each.trial, state=optuna.trial.TrialState.PRUNED)
                else:
                    if each.stops:
                        each.go_on(workers.client)
                        continue
                    study.tell(each.trial, values)
                under_way.remove(each)
                done += 1
            yield done + sum(1 - len(each.stops) / len(search.stops) for each in under_way)
            _wait(workers.client, [f for each in under_way for f in each.told if not f.done()])
    finally:
        for each in under_way:
            study.tell(each.trial, state=optuna.trial.TrialState.FAIL)
        left = [future for each in under_way for future in (*each.told, *each.held) if future is not None]
        if left and workers.client.status == "running":
            workers.client.cancel(left)


def _begun(workers: Cluster, trial: optuna.Trial, search: Search) -> _Trial:
    own = search.chosen(trial)
    written = [own.replace(seed=own.seed + repeat).to_json() for repeat in range(search.seeds)]
    begun = _Trial(trial, own, written, list(search.stops), [None] * search.seeds)
    begun.go_on(workers.client)
    return begun


def _wait(client: distributed.Client, futures: list[Any]) -> None:
    """For the first of them, no longer than a slice."""
    import distributed

    if not futures:
        return
    with client.as_current():
        try:
            distributed.wait(futures, timeout=SLICE, return_when="FIRST_COMPLETED")
        except TimeoutError:
            return
