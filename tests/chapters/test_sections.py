"""What every section of every chapter must keep: texts, settings, address, figures, verdict, code."""

from __future__ import annotations

import runpy
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import altair as alt
import pytest

from playground.chapters import lecture, sections
from playground.chapters.controls import Choice, Number, Range, Settings
from playground.chapters.section import Figure, Section
from playground.experiment import Experiment
from playground.registry import InvalidValue
from playground.text import LANGUAGES, known
from playground.ui.linked import _params
from playground.ui.section_controls import _Drawn
from playground.ui.section_parts import code_of, race_of, tasks
from playground.views.lines import blank

KEYS = list(sections)
SEEDS = (0, 1, 2)
"""Over which a section's claim must hold at its defaults."""

pytestmark = pytest.mark.usefixtures("kernel")


@pytest.fixture(params=[pytest.param(key, marks=pytest.mark.xdist_group(key)) for key in KEYS])
def section(request: pytest.FixtureRequest) -> Section:
    return sections[request.param]


def result(key: str, seed: int = 0) -> Any:
    """The complete result of a section at its defaults."""
    return _computed(key, seed)


@cache  # behind a function: to the cache a seed that is left out is not the seed 0
def _computed(key: str, seed: int) -> Any:
    return sections[key].run(**seeded(sections[key], seed))


def seeded(section: Section, seed: int) -> dict[str, int]:
    return {"seed": seed} if any(control.name == "seed" for control in section.controls) else {}


def test_every_chapter_has_sections_and_the_lecture_orders_them():
    order = [row["key"] for row in lecture()["rows"]]
    places = [order.index(section.rows[0]) for section in sections.values()]
    assert places == sorted(places)
    assert len(set(places)) == len(places), "each section begins a row of its own"


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_has_its_texts(section: Section, language: str):
    for key in ("title", "tab", "claim", "says", "try"):
        assert known(f"chapters.{section.chapter}.{section.name}.{key}", language), key
    assert "\n" not in section.say("claim", language).strip(), "one sentence"
    for task, answer in tasks(section.say("try", language)):
        assert task
        assert answer, task
    assert tasks(section.say("try", language))
    drawn = _Drawn(section, section.settings(), language, lambda *_: None)
    for control in section.controls:
        assert drawn.label(control)
        if isinstance(control, Choice) and isinstance(control.options, tuple) and control.option is None:
            for option in control.options:
                assert section.say(f"controls.{control.name}.options.{option}", language)


def test_defaults_are_accepted_and_leave_the_address_empty(section: Section):
    assert section.query(section.settings()) == {}
    names = [control.name for control in section.controls]
    assert len(set(names)) == len(names)
    assert not set(names) & {"section", "lang", "view"}


def others(section: Section) -> Settings:
    """Settings that differ from the defaults wherever there is something else."""
    given: dict[str, Any] = {}
    for control in section.controls:
        if isinstance(control, Number):
            given[control.name] = control.values[0] if control.values else control.low
        elif isinstance(control, Range):
            given[control.name] = (control.low, control.high)
        elif isinstance(control, Choice):
            names = list(control.options)
            given[control.name] = tuple(names[-max(1, control.least) :]) if control.many else names[-1]
        elif isinstance(control.initial, bool):
            given[control.name] = not control.initial
    return section.settings(**given)


def test_an_address_opens_just_these_settings(section: Section):
    settings = others(section)
    query = section.query(settings)
    assert section.settings(**query) == settings
    assert hash(settings) == hash(section.settings(**query))


def test_what_is_out_of_range_is_refused_by_name(section: Section):
    for control in section.controls:
        wrong = (control.high + 1) if isinstance(control, Number) else ["nonsense"]
        with pytest.raises(InvalidValue) as refused:
            control.check(wrong)
        assert refused.value.field.startswith(control.name)
        with pytest.raises(InvalidValue):
            section.settings(nonsense=1)


def test_a_number_with_values_takes_only_these(section: Section):
    for control in section.controls:
        if not isinstance(control, Number) or not control.values:
            continue
        values = sorted(control.values)
        assert control.initial in values
        assert (values[0], values[-1]) == (control.low, control.high), "the range is that of the values"
        for value in values:
            assert control.check(control.write(value)) == value
        between = [(a + b) / 2 for a, b in pairwise(values)]
        if control.whole:
            between = [number for number in range(control.low, control.high) if number not in values]
        for number in between[:20]:
            with pytest.raises(InvalidValue) as refused:
                control.check(control.write(number))
            assert refused.value.field == control.name
            assert control.write(values[0]) in refused.value.expected


def test_the_computation_goes_in_slices(section: Section):
    steps = section.steps(section.settings())
    shares = []
    for share, _ in steps:
        shares.append(share)
        if len(shares) == 3:
            break
    assert shares
    assert all(0 <= share <= 1 for share in shares)
    assert shares == sorted(shares)


@pytest.mark.parametrize("seed", SEEDS)
def test_it_shows_what_it_claims(section: Section, seed: int):
    if seed and not seeded(section, seed):
        pytest.skip("nothing random in it")
    settings = section.settings(**seeded(section, seed))
    found = section.verdict(result(section.key, seed), settings)
    assert found.holds, f"{section.key}: {found.key} {dict(found.values)}"
    for language in LANGUAGES:
        sentence = section.say(f"verdict.{found.key}", language, **found.values)
        assert sentence.endswith((".", "다.", "요.", ")")), sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_figures_are_charts_with_their_numbers(section: Section, language: str):
    settings = section.settings()
    figures = section.picture(result(section.key), settings, language)
    assert figures or section.handle
    for number, figure in enumerate(figures):
        assert isinstance(figure, Figure)
        assert isinstance(figure.chart, alt.TopLevelMixin)
        figure.chart.to_dict()
        assert len(figure.frame)
        assert set(figure.columns) & set(figure.frame), "the table shows some column"
        assert bool(figure.title) == bool(number or section.handle), "only further figures have a title"
        if figure.links:
            assert figures[0].links == figure.links, "it is chosen from the main figure's rows"
            assert figure.links in figures[0].columns
            names = [param["name"] for param in _params(figure.chart.to_dict())]
            assert "marked" in names
            assert ("picked" in names) == (figure.links in figure.frame)
    if section.tables is not None:
        for table in section.tables(result(section.key), settings, language):
            assert set(table.columns) & set(table.frame)


def test_an_unfinished_result_can_be_drawn(section: Section):
    settings = section.settings()
    for number, (_, part) in enumerate(section.steps(settings)):
        for figure in section.picture(part, settings, "en"):
            figure.chart.to_dict()
        if number == 2:
            break


def test_its_links_lead_to_experiments(section: Section):
    settings = section.settings()
    if section.experiment is not None:
        experiment = section.experiment(settings)
        assert Experiment.from_query(experiment.to_query()) == experiment
    race_of(section, settings)


def test_its_code_runs(section: Section, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    if section.code is None and section.experiment is None:
        pytest.skip("no code")
    script = tmp_path / "shown.py"
    script.write_text(code_of(section, section.settings(), "en"), "utf-8")
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(script), run_name="__main__")


WAITING = [key for key in KEYS if not sections[key].starts]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", WAITING)
def test_what_the_visitor_starts_waits_on_the_axes_of_its_result(key: str, language: str):
    section = sections[key]
    assert section.waits is not None
    axes = section.waits(section.settings(), language)
    assert all(axis.domain is not None for axis in axes)
    drawn = blank(*axes).to_dict()["encoding"]
    assert [drawn[channel]["title"] for channel in "xy"] == [axis.title for axis in axes]
    assert any(axis.title for axis in axes)
