"""Numbers are written one way: a true minus sign, powers of ten as such, in sentences and on axes."""

import altair as alt
import pandas as pd
import pytest
import vl_convert

from playground.chapters import sections
from playground.text import LANGUAGES
from playground.text.written import typeset
from playground.views.lines import Axis, blank


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("-0.68", "−0.68"),
        ("3e-06", "3×10⁻⁶"),
        ("-1.2e+10", "−1.2×10¹⁰"),
        (-5, "−5"),
        (0.25, "0.25"),
        ("1,200", "1,200"),
        ("2-8-8-1", "2-8-8-1"),
        ("tanh", "tanh"),
        ("-", "-"),
        ("e-05", "e-05"),
        (True, True),
    ],
)
def test_a_number_that_python_wrote(given, written):
    assert str(typeset(given)) == str(written)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_of_a_section_has_no_number_of_a_program(language):
    said = sections["activations/gradients"].say(
        "verdict.kept", language, sigmoid="3e-06", relu="-0.7", depth=10
    )
    assert "3×10⁻⁶" in said
    assert "−0.7" in said


def test_a_logarithmic_axis_has_powers_of_ten():
    axis = Axis("y", "loss", log=True, powers=True, domain=(1e-6, 1e4))
    drawn = vl_convert.vegalite_to_svg(blank(Axis("x", "epoch", domain=(0, 1)), axis).to_dict())
    for label in ("10⁻⁶", "10⁻²", ">1<", "10²", "10⁴"):
        assert label in drawn
    assert ">1e" not in drawn


def test_a_digit_before_a_power_of_ten():
    frame = pd.DataFrame({"y": [0.0]})
    axis = Axis("y", "loss", log=True, powers=True, domain=(2e-3, 5e-3))
    chart = alt.Chart(frame).mark_point().encode(y=axis.channel(alt.Y))
    assert "2×10⁻³" in vl_convert.vegalite_to_svg(chart.to_dict())
