"""The comparisons: stored outcomes are those of the code beside them, and a few are measured anew."""

from __future__ import annotations

import dataclasses

import pytest

from playground.races import presets
from playground.races.presets import PRESETS
from playground.text import LANGUAGES


def test_there_are_at_least_ten_and_all_are_measured():
    assert len(PRESETS) >= 10
    assert set(presets.stored()) == set(PRESETS)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_the_stored_outcome_supports_the_claim(preset):
    result = preset.result
    assert result["holds"]
    assert result["seeds"] == 16
    assert result["epochs"] == preset.epochs
    assert [(pair["a"], pair["b"]) for pair in result["pairs"]] == list(preset.expected)
    assert all(len(row) == 16 for row in result["values"])
    assert len(result["values"]) == len(preset.lanes)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_the_stored_code_is_the_race_that_is_run(preset):
    assert preset.result["code"] == preset.code
    names: dict[str, object] = {}
    before, call = preset.code.split("table = ")
    exec(before, names)
    assert names["runners"] == preset.race.replace(seeds=16)
    assert call == f"race(runners, epochs={preset.epochs})\n"


@pytest.mark.parametrize("name", ["too_fast", "symmetry", "momentum"])
def test_measured_anew_with_fewer_seeds(name):
    preset = PRESETS[name]
    slow = dataclasses.replace(preset, fields=(*preset.fields, ("engine", "reference"), ("device", "cpu")))
    found = slow.measured(seeds=3)
    for pair in found["pairs"]:
        assert pair["wins"] == 3
    for new, old in zip(found["values"], preset.result["values"], strict=True):
        for a, b in zip(new, old[:3], strict=True):
            # both engines, one truth; a diverging run may overflow an epoch earlier or later
            assert (a is None or a > 1e9) == (b is None or b > 1e9)
            if a is not None and a < 1e9:
                assert a == pytest.approx(b, rel=0.02, abs=1e-6)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_every_preset_is_told_in_words(preset, language):
    assert preset.title(language)
    assert preset.claim(language)
    outcome = preset.outcome(language)
    assert "{" not in outcome
    assert "nan" not in outcome
    assert all(label in outcome for label in preset.race.labels(language))
