"""Table, event files and the notebook function."""

from __future__ import annotations

import io
import threading
import zipfile

import numpy as np
import pytest
from race_watch import SMALL, Lane, Watched, small_race

from playground import Experiment, InvalidValue, race, train
from playground.engine.fused import warm_up
from playground.engine.history import History
from playground.engine.trainer import Trainer
from playground.races import export
from playground.races.events import SCALARS, VERSION, crc32c, event, event_file, record
from playground.races.lockstep import Lockstep

pytestmark = pytest.mark.usefixtures("auto")


def test_the_table_is_tidy_and_complete():
    experiments = {"wide": Experiment(**SMALL, hidden=(5,)), "none": Experiment(**SMALL, hidden=())}
    table = race(experiments, seeds=3, epochs=4)
    assert tuple(table.columns) == export.COLUMNS
    assert len(table) == 2 * 3 * 5 * 2
    assert not table.duplicated(["lane", "seed", "epoch", "split"]).any()
    alone = train(Experiment(**SMALL, hidden=(), seed=2), epochs=4).frame()
    part = table[(table["label"] == "none") & (table["seed"] == 2)]
    for column in alone.columns:
        assert part[column].tolist() == alone[column].tolist()


def test_the_compiled_engines_runs_share_the_cores(auto, monkeypatch):
    """Each run is taken by one of several threads, and only once; PyTorch's own stay where they are."""
    warm_up()
    ran = []
    run = Trainer.run

    def noted(trainer, **aim):
        ran.append((threading.current_thread().name, id(trainer)))
        return run(trainer, **aim)

    monkeypatch.setattr(Trainer, "run", noted)
    race([Experiment(**SMALL), Experiment(**SMALL, hidden=())], seeds=8, epochs=200)
    assert len({trainer for _, trainer in ran}) == len(ran) == 16
    here = {name == threading.current_thread().name for name, _ in ran}
    assert here == {auto == "reference"}


def test_a_race_value_runs_as_it_is():
    table = race(small_race(Lane(), Lane(seed=7), seeds=2), epochs=1)
    assert sorted(table["seed"].unique()) == [0, 1, 7, 8]


@pytest.mark.parametrize(
    ("experiments", "changes", "field"),
    [
        ([], {}, "experiments"),
        ([Experiment()], {}, "lanes"),
        ([Experiment(), 3], {}, "experiments[1]"),
        ([Experiment(), Experiment(hidden=())], {"seeds": 65}, "seeds"),
        ([Experiment(), Experiment(hidden=())], {"epochs": -1}, "epochs"),
        ([Experiment(), Experiment()], {}, "lanes[1]"),
    ],
)
def test_bad_calls_name_the_field(experiments, changes, field):
    with pytest.raises(InvalidValue) as info:
        race(experiments, **changes)
    assert info.value.field == field


def test_checksums_are_those_of_the_standard():
    # RFC 3720, appendix B.4
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(b"\xff" * 32) == 0x62A8AB43
    assert crc32c(bytes(range(32))) == 0x46DD794E
    assert crc32c(b"123456789") == 0xE3069283


def test_tensorboard_reads_the_event_files(tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    race = small_race(seeds=2)
    lockstep = Lockstep(race.replace(base=race.base.replace(validation_fraction=0.2)))
    lockstep.build()
    for trainer in lockstep:
        trainer.run(epochs=200)
    packed = export.tensorboard(export.records(lockstep.race, lockstep.lanes))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(tmp_path)
    runs = sorted(path.parent.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*tfevents*"))
    assert runs == ["1-ReLU/seed-0", "1-ReLU/seed-1", "2-sigmoid/seed-0", "2-sigmoid/seed-1"]
    read = accumulator.EventAccumulator(str(tmp_path / "2-sigmoid/seed-1"), {"scalars": 0})
    read.Reload()
    assert sorted(read.Tags()["scalars"]) == sorted(SCALARS)
    history = lockstep.lanes[1].trainers[1].history
    for tag, column in SCALARS.items():
        told = read.Scalars(tag)
        assert [entry.step for entry in told] == list(range(201))
        np.testing.assert_allclose([entry.value for entry in told], history[column], rtol=1e-6)


def plainly(history):
    """The event file, record by record."""
    columns = {tag: history[name].astype(np.float32) for tag, name in SCALARS.items()}
    parts = [record(event(0.0, version=VERSION))]
    for row, epoch in enumerate(history["epoch"].tolist()):
        values = [(tag, float(column[row])) for tag, column in columns.items() if np.isfinite(column[row])]
        parts.append(record(event(float(epoch), epoch, values=values)))
    return b"".join(parts)


def test_records_written_at_once_are_those_written_one_by_one():
    """Epochs of one, two and three groups of seven bits; values that come, go and never come."""
    history, n = History(), 40
    epochs = np.concatenate(
        [np.arange(20), [126, 127, 128, 129, 16_382, 16_383, 16_384], 2_000_000 + np.arange(13)]
    )
    metrics = np.random.default_rng(0).normal(size=(n, 7)) * 10.0 ** np.arange(-20, 20)[:, None]
    metrics[5:9, 1] = np.nan
    metrics[7:, 2] = np.inf
    metrics[-1, :] = np.nan
    history.extend(epochs, 25 * epochs, metrics, np.full(n, 0.03))
    assert event_file(history) == plainly(history)


def test_a_whole_race_is_exported_without_the_sessions_lock(monkeypatch):
    seen = Watched(small_race())
    seen.do("epoch", count=2)

    def take():
        free.append(seen.session.lock.acquire(timeout=5))
        seen.session.lock.release()

    def writes(runs):
        other = threading.Thread(target=take)
        other.start()
        other.join(10)
        return b"written"

    for name in ("frame", "tensorboard"):
        free = []
        monkeypatch.setattr(export, name, writes)
        assert getattr(seen.session, name)() == b"written"
        assert free == [True]


def test_what_is_not_a_number_is_left_out():
    history = train(Experiment(**SMALL, dataset="x_sin"), epochs=1)
    data = event_file(history)
    assert b"loss/test" in data
    assert b"accuracy" not in data
