"""Every section opens in both languages with its chart, its controls and what the run says; its address is followed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_settings import smallest
from streamlit.testing.v1 import AppTest
from waiting import until

from playground.chapters import sections
from playground.chapters.controls import Number, Own, Settings
from playground.experiment import Experiment
from playground.live.jobs import UNWATCHED_SECONDS
from playground.live.results import Results
from playground.live.session import LiveSession
from playground.text import LANGUAGES, text
from playground.ui import section_settings, session
from playground.ui import sections as page

PAGES = Path(__file__).parents[2] / "pages"
KEYS = [pytest.param(key, marks=pytest.mark.xdist_group(key)) for key in sections]

pytestmark = pytest.mark.usefixtures("kernel")


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page waits, as no browser asks again how far it has come; what nobody asks for rests."""
    monkeypatch.setattr(page, "FIRST", 0.7 * UNWATCHED_SECONDS)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The page does not wait for its computation, which ends with the test."""
    monkeypatch.setattr(page, "FIRST", 0.0)
    own = Results()
    monkeypatch.setattr(page, "results", own)
    yield
    own.stop()


def visit(key: str, language: str = "en", **query: str) -> AppTest:
    """The page of a section."""
    chapter, name = key.split("/")
    at = AppTest.from_file(str(PAGES / f"{chapter}.py"), default_timeout=180)
    for parameter, value in {"lang": language, "section": name, **query}.items():
        at.query_params[parameter] = value
    return at.run()


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("key", KEYS)
def test_it_opens_in_every_language(key: str):
    section = sections[key]
    for language in LANGUAGES:
        at = visit(key, language, **({} if section.starts else smallest(section)))
        assert not at.exception
        assert not at.error
        assert [title.value for title in at.title] == [section.say("title", language)]
        if not section.starts:
            assert text("sections.waits", language) in [words.value for words in at.markdown]
            at.button(key=f"{key}.go").click().run()
        until(lambda at=at: at.success or at.info or at.run().success, 400)  # a long one is asked for again
        assert at.success or not section.starts, "the verdict says that the claim was seen"


@pytest.mark.usefixtures("hasty")
def test_an_address_with_a_former_name_opens_under_the_present_one():
    at = visit("activations/iris", standardise="true")
    assert not at.exception
    assert at.query_params["standardize"] in ("true", ["true"])
    assert "standardise" not in at.query_params


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("key", KEYS)
def test_a_control_reaches_the_address_and_reset_takes_it_back(key: str):
    control = next((c for c in sections[key].controls if isinstance(c, Number) and c.shown is None), None)
    if control is None:
        pytest.skip("no number that is always there")
    value = control.values[0] if control.values else control.low
    if value == control.initial:
        value = control.values[-1] if control.values else control.high
    at = visit(key, **{control.name: control.write(value)})
    assert not at.exception
    assert not at.warning
    assert at.query_params[control.name] == control.write(control.check(value))
    at.button(key=f"{key}.reset").click().run()
    assert not at.exception
    assert control.name not in at.query_params


@pytest.mark.usefixtures("hasty")
def test_a_refused_value_is_named_and_left_at_its_default():
    at = visit("optimization/schedules", rate="7")
    assert not at.exception
    assert "0.05" in at.warning[0].value
    assert "rate" not in at.query_params


@pytest.mark.usefixtures("hasty")
def test_all_refused_values_are_named():
    at = visit("optimization/schedules", rate="7", epochs="-3", seed="5", names="none")
    assert not at.exception
    (told,) = at.warning
    controls = sections["optimization/schedules"].controls
    assert [line[:4] for line in told.value.splitlines()] == ["- **"] * 3
    for wrong in ("`'7'`", "`'-3'`", "`'none'`"):
        assert wrong in told.value
    assert at.query_params["seed"] in ("5", ["5"])
    assert not {"rate", "epochs", "names"} & set(at.query_params)
    assert {"rate", "epochs", "names", "seed"} <= {control.name for control in controls}


@pytest.mark.usefixtures("patient")
def test_what_is_chosen_from_the_list_is_marked_in_every_chart_until_the_settings_change():
    key = "tuning/search"
    at = visit(key, trials="10", epochs="10", sampler="random")
    at.button(key=f"{key}.go").click().run()
    until(lambda: at.success or at.info or at.run().success, 400)

    def marked() -> list[object]:
        specs = [json.loads(chart.proto.spec) for chart in at.get("vega_lite_chart")]
        return [param["value"] for spec in specs for param in spec["params"] if param["name"] == "marked"]

    assert marked() == [None] * 7, "history, intermediate, importance, parallel, slices, contour, timeline"
    at.selectbox(key=f"{key}.marked.0").set_value(4).run()
    assert not at.exception
    assert marked() == [4] * 7
    assert any("trial **4** · validation loss" in words.value for words in at.markdown)
    at.selectbox(key=f"{key}.marked.1").select_index(0).run()
    assert marked() == [None] * 7

    assert not any("test loss" in words.value for words in at.markdown)
    at.button(key=f"{key}.open_test").click().run()
    assert not at.exception
    assert any("opened after 10 trials" in words.value for words in at.info)
    assert not [button for button in at.button if button.key == f"{key}.open_test"], "it stays open"
    at.selectbox(key=f"{key}.marked.2").set_value(4).run()
    assert any("test loss **" in words.value for words in at.markdown)


@pytest.mark.usefixtures("hasty")
def test_both_ends_of_a_range_reach_the_address():
    at = visit("tuning/search", range_learning_rate="0.01:0.5", fields="learning_rate+dropout")
    assert not at.exception
    assert not at.warning
    ends = at.select_slider(key="tuning/search.range_learning_rate")
    assert ends.value == (0.01, 0.5)
    ends.set_value((0.1, 1.0)).run()
    assert at.query_params["range_learning_rate"] in ("0.1:1", ["0.1:1"])
    at.slider(key="tuning/search.range_dropout").set_value((0.1, 0.3)).run()
    assert at.query_params["range_dropout"] in ("0.1:0.3", ["0.1:0.3"])


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(("language", "said"), [("en", "two goals"), ("ko", "목표 둘")])
def test_settings_that_do_not_go_together_are_refused_where_they_were_set(language: str, said: str):
    at = visit("tuning/search", language, sampler="cmaes", both="true")
    at.get_by_key("tuning/search.go").click().run()
    assert not at.exception
    assert not at.error
    assert said in at.warning[0].value
    assert [w.value for column in at.columns for w in column.warning] == [at.warning[0].value], "by the chart"
    assert not [part for part in at.get("html") if 'class="section-skeleton"' in part.proto.body], (
        "nothing is on its way"
    )


@pytest.mark.usefixtures("hasty")
def test_foreign_parameters_are_ignored():
    at = visit("optimization/schedules", fbclid="abc")
    assert not at.exception
    assert not at.warning


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    "key",
    [
        pytest.param(key, marks=pytest.mark.xdist_group(key))
        for key, section in sections.items()
        if any(isinstance(control, Own) for control in section.controls)
    ],
)
def test_it_takes_what_the_visitor_has_in_the_playground(key: str):
    theirs = Experiment(dataset="xor", hidden=(5,), n_samples=60)
    (name,) = (control.name for control in sections[key].controls if isinstance(control, Own))
    chapter, section = key.split("/")
    at = AppTest.from_file(str(PAGES / f"{chapter}.py"), default_timeout=180)
    at.session_state[session.STATE] = LiveSession(theirs)
    at.query_params["section"] = section
    at.run()
    assert not at.exception
    at.get_by_key(f"{key}.{name}").set_value(theirs).run()
    assert not at.exception
    assert not at.error
    assert current_of(at, key)[name] == theirs
    assert "xor" in str(at.query_params[name])


def current_of(at: AppTest, key: str) -> Settings:
    """The visitor's settings of a section."""
    return at.session_state[section_settings.CURRENT][key]


@pytest.mark.usefixtures("hasty")
def test_what_is_computed_with_a_visitors_own_data_is_theirs_alone(monkeypatch: pytest.MonkeyPatch):
    me = object()
    monkeypatch.setattr(session, "visitor", lambda: me)
    rows = [[0.1 * i, 0.2 * i, i % 2] for i in range(30)]
    points = {"x_names": ["a", "b"], "target_name": "y", "class_names": ["n", "y"], "rows": rows}
    own = Experiment(dataset="custom", points=points)
    owners = {}
    for key, section in sections.items():
        for control in section.controls:
            if isinstance(control, Own) and section.starts:
                for name, experiment in (("built in", Experiment()), ("own", own)):
                    page._job(section, section.settings(**{control.name: experiment}))
                    owners[key, name] = next(reversed(page.results._jobs)).owner
    assert owners
    for (_, name), owner in owners.items():
        assert owner is (me if name == "own" else None)
