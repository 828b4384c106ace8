"""What a script or a notebook loads, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from playground.engine.choose import cuda_available
from playground.engine.fused import initial, warm_up

HEAVY = ("torch", "pandas", "altair", "sklearn", "streamlit", "playground.live", "playground.views")

REPORT = "import json, sys; print(json.dumps([n for n in {names} if n in sys.modules]))"


def loaded(code: str) -> set[str]:
    """Which of the heavy modules a fresh process has after this code."""
    report = REPORT.format(names=HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture
def _code_on_the_disk() -> None:
    warm_up()
    if cuda_available():
        pytest.skip("a run on the GPU needs PyTorch")
    if not initial._compiled:
        pytest.skip("this processor's PyTorch draws weights in another way")


def test_naming_things_loads_nothing_heavy() -> None:
    assert not loaded(
        "import playground\nfrom playground import Experiment, History, InvalidValue\nExperiment()"
    )
    assert not loaded("from playground import Trainer, train, race, Race")
    assert not loaded("from playground import ImageExperiment\nImageExperiment(dataset='shapes')")


@pytest.mark.usefixtures("_code_on_the_disk")
def test_a_run_on_the_compiled_engine_loads_no_pytorch_no_tables_and_no_charts() -> None:
    assert not loaded("from playground import Experiment, train\ntrain(Experiment(), epochs=2)")
    settings = "hidden=(8, 8), dropout=0.2, normalization='batch_norm', activation='prelu', optimizer='adam'"
    assert not loaded(
        f"from playground import Experiment, train\ntrain(Experiment({settings}), epochs=2).to_csv()"
    )


@pytest.mark.usefixtures("_code_on_the_disk")
def test_a_table_loads_pandas_and_a_real_data_set_scikit_learn() -> None:
    train = "from playground import Experiment, train\ntrain(Experiment({}), epochs=1)"
    assert loaded(train.format("") + ".frame()") == {"pandas"}
    real = loaded(train.format("dataset='iris'"))  # scikit-learn brings pandas along
    assert "sklearn" in real
    assert not real & {"torch", "altair", "streamlit"}
    race = (
        "from playground import Experiment, race\nrace([Experiment(), Experiment(seed=1)], seeds=2, epochs=1)"
    )
    assert loaded(race) == {"pandas"}


@pytest.mark.usefixtures("_code_on_the_disk")
def test_code_on_the_disk_is_used_at_once() -> None:
    code = "from playground import Experiment, Trainer\nprint(Trainer(Experiment()).engine.name)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "fused"
