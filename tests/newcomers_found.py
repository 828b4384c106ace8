"""What the guide adds, looked for where a visitor looks; ``test_newcomer`` runs this in the copy that has it."""

from __future__ import annotations

import pytest
from app_visit import control, live_of, visit

from playground.chapters import sections
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.export import to_script
from playground.families import FAMILIES
from playground.text import LANGUAGES
from playground.ui import wording
from playground.views.technique_charts import technique_chart

ADDED = {
    "activations": "hard_swish",
    "optimizers": "adamax",
    "regularizers": "weight_elimination",
    "datasets": "sine_border",
}
"""The guide's example of each family."""
SECTION = "optimization/largest_rate"
FIELDS = {
    "activation": "hard_swish",
    "optimizer": "adamax",
    "weight_elimination": 0.01,
    "dataset": "sine_border",
}
"""All of them in one experiment."""

pytestmark = pytest.mark.usefixtures("kernel")


def test_address_and_file_open_them() -> None:
    experiment = Experiment(**FIELDS)
    query = experiment.to_query()
    assert {name: query[name] for name in FIELDS} == {name: str(value) for name, value in FIELDS.items()}
    assert Experiment.from_query(query) == Experiment.from_json(experiment.to_json()) == experiment


def test_the_sidebar_has_them() -> None:
    at = visit(**Experiment(**FIELDS).to_query())
    assert live_of(at).experiment == Experiment(**FIELDS)
    for family, field in (
        ("activations", "activation"),
        ("optimizers", "optimizer"),
        ("datasets", "dataset"),
    ):
        assert control(at, field).value == FIELDS[field]
        assert wording.label(family, str(FIELDS[field]), "en") in control(at, field).options
    assert control(at, "optimizer.adamax.beta1").value == 0.9
    assert control(at, "weight_elimination").value == pytest.approx(0.01)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("family", "name"), ADDED.items(), ids=ADDED.values())
def test_the_reference_draws_it(family: str, name: str, language: str) -> None:
    assert name in FAMILIES[family]
    chart = technique_chart(family, name, language)
    assert chart is not None
    chart.to_dict()


def test_the_page_of_techniques_shows_it() -> None:
    at = visit(v="1")
    at.session_state["reference.family"] = "activations"
    at.switch_page("pages/techniques.py").run()
    assert not at.exception
    assert "Hardswish" in [entry.value for entry in at.main.subheader]


def test_the_section_is_in_its_chapter() -> None:
    assert SECTION in sections


def test_a_script_has_them() -> None:
    script = to_script(Experiment(**FIELDS), 2)
    for written in ("nn.Hardswish()", "torch.optim.Adamax", "def sine_border", "0.01 * sum("):
        assert written in script
    assert "클래스 1은 사인 곡선 위에 있다." in to_script(Experiment(**FIELDS), 2, "ko")


def test_both_engines_train_with_them() -> None:
    ends = []
    for engine in ("reference", "fused"):
        trainer = Trainer(Experiment(**FIELDS, engine=engine))
        trainer.run(epochs=20)
        assert trainer.engine.name == engine
        ends.append(trainer.history["loss_test"][-1])
    assert ends[0] == pytest.approx(ends[1], rel=5e-3)
    assert ends[0] < 0.5
