"""The experiment: a frozen value that reads back from its text forms and says what it refuses."""

from __future__ import annotations

import copy
import json
import math
import pickle
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pytest
from experiments import experiments
from hypothesis import example, given, settings
from hypothesis import strategies as st

from playground import Experiment, InvalidValue
from playground.data.points import Points
from playground.experiment import FIELDS
from playground.experiment_text import MAX_JSON_BYTES
from playground.text import LANGUAGES
from playground.text.refusals import describe


def test_the_defaults_are_the_best_known_playgrounds():
    plain = Experiment()
    assert plain.dataset.name == "circle"
    assert (plain.n_samples, plain.train_fraction, plain.batch_size) == (500, 0.5, 10)
    assert (plain.features, plain.hidden) == (("x1", "x2"), (4, 2))
    assert (plain.activation.name, plain.optimizer.name, plain.learning_rate) == ("tanh", "sgd", 0.03)
    assert plain.loss.name == "cross_entropy"
    assert plain.to_query() == {"v": "2"}


@settings(max_examples=150, deadline=None)
@given(experiments())
def test_json_and_link_read_back(experiment):
    assert Experiment.from_json(experiment.to_json()) == experiment
    assert Experiment.from_query(experiment.to_query()) == experiment
    # through a real address, with everything that a browser encodes
    query = dict(parse_qsl(urlencode(experiment.to_query()), keep_blank_values=True))
    assert Experiment.from_query(query) == experiment
    assert Experiment(**experiment.settings()) == experiment
    assert hash(experiment) == hash(Experiment(**experiment.settings()))


def test_settings_are_the_fields_alone():
    experiment = Experiment()
    assert experiment.activations
    assert experiment.dropouts
    assert set(experiment.settings()) == set(FIELDS)


def test_points_travel_in_json():
    points = Points(("a", "b"), "kind", ("no", "yes"), ((0.0, 1.0, 0), (2.0, 3.0, 1)))
    experiment = Experiment(dataset="custom", points=points)
    assert Experiment.from_json(experiment.to_json()) == experiment


def test_points_travel_in_a_link_where_they_fit():
    points = Points(
        ("a", "b"), "kind", ("no", "yes"), ((0.0, 1.25, 0), (2.0, -3.5, 1)), ((-6.0, 6.0), (-6.0, 6.0))
    )
    few = Experiment(dataset="custom", points=points, hidden=(3,))
    assert few.fits_a_link
    assert Experiment.from_query(few.to_query()) == few
    many = few.replace(points=points.append((0.001 * i, math.sin(i), i % 2) for i in range(2000)))
    assert not many.fits_a_link
    assert "points" not in many.to_query()


OLD = json.loads((Path(__file__).parent / "saved" / "version_1.json").read_text("utf-8"))
"""Links and files of the first versions."""


@pytest.mark.parametrize("name", OLD["experiments"])
def test_what_was_saved_by_an_earlier_version_opens_as_before(name):
    saved = OLD["experiments"][name]
    experiment = Experiment(**saved["fields"])
    assert Experiment.from_json(json.dumps(saved["json"])) == experiment
    if saved["link"] is not None:
        assert Experiment.from_query(saved["link"]) == experiment


@settings(max_examples=50, deadline=None)
@given(experiments())
def test_an_experiment_is_a_value(experiment):
    """Copied, sent to another process, made from what it says of itself: it stays the same and equal."""
    assert experiment.task  # kept with it once it was asked for
    for other in (
        copy.copy(experiment),
        copy.deepcopy(experiment),
        pickle.loads(pickle.dumps(experiment)),
        replace(experiment),
        eval(repr(experiment), {"Experiment": Experiment}),
    ):
        assert other == experiment
        assert hash(other) == hash(experiment)
        assert other.to_json() == experiment.to_json()
    assert experiment != experiment.replace(seed=experiment.seed ^ 1)


def test_an_experiment_says_what_differs_from_the_defaults():
    assert repr(Experiment()) == "Experiment()"
    made = Experiment(hidden=(8,), optimizer={"name": "adam", "beta1": 0.8}, dataset="plane")
    assert repr(made) == (
        "Experiment(dataset='plane', hidden=(8,), optimizer={'name': 'adam', 'beta1': 0.8})"
    )


def test_defaults_are_in_their_proper_form():
    """They are taken as they are, so a check must leave them alone."""
    for name, field in FIELDS.items():
        assert field.check(field.default, name) == field.default
        assert getattr(Experiment(), name) == field.default


def test_checking_every_field_anew_changes_nothing():
    made = Experiment(dataset="plane", hidden=(3, 3), dropout=(0.1, 0.2), skip=True)
    assert Experiment(**made.settings()) == made.replace() == made.replace(**made.settings()) == made


def test_an_experiment_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Experiment().learning_rate = 1.0


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"learning_rate": 0}, "learning_rate"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"learning_rate": "fast"}, "learning_rate"),
        ({"learning_rate": True}, "learning_rate"),
        ({"batch_size": 2.5}, "batch_size"),
        ({"hidden": (129,)}, "hidden[0]"),
        ({"hidden": (4,) * 9}, "hidden"),
        ({"hidden": 4}, "hidden"),
        ({"activation": "rleu"}, "activation"),
        ({"activation": ("relu",)}, "activation"),
        ({"activation": ("relu", "soft")}, "activation[1]"),
        ({"dropout": (0.5, 2)}, "dropout[1]"),
        ({"optimizer": {"name": "adam", "beta1": 1.5}}, "optimizer.beta1"),
        ({"optimizer": {"name": "adam", "beta9": 0.5}}, "optimizer.beta9"),
        ({"optimizer": {}}, "optimizer"),
        ({"features": ()}, "features"),
        ({"features": ("x3",)}, "features"),
        ({"loss": "hinge", "dataset": "plane"}, "loss"),
        ({"dataset": "custom"}, "points"),
        ({"device": "tpu"}, "device"),
        ({"init_seed": -1}, "init_seed"),
        ({"batch_norm": True, "normalization": "none"}, "batch_norm"),
        ({"batch_norm": "maybe"}, "batch_norm"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_refused_value_is_named_with_what_was_expected_and_what_came(fields, field):
    with pytest.raises(InvalidValue) as info:
        Experiment(**fields)
    assert info.value.field == field
    assert info.value.expected
    assert field in str(info.value)
    assert info.value.got in str(info.value)


def test_a_misspelt_name_gets_the_nearest_one():
    with pytest.raises(InvalidValue, match="did you mean relu"):
        Experiment(activation="rellu")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", '"x"', "null", '{"version": 99}', '{"hidden": {}}', "{" * 5000, "\ud800"]
)
def test_bad_json_is_refused(text):
    with pytest.raises(InvalidValue):
        Experiment.from_json(text)


def test_json_is_bounded():
    with pytest.raises(InvalidValue, match="at most 10 MB"):
        Experiment.from_json(" " * (MAX_JSON_BYTES + 1))


def names_its_field(error):
    """The refusal names a field, and can be told and sent in every language."""
    return bool(error.field) and all(describe(error, language).encode() for language in LANGUAGES)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*FIELDS, "v", "x"]) | st.text(max_size=6),
        st.text(max_size=30),
    )
)
@example({"self": "1"})
@example({"optimizer": "adam~" + "a." * 1500})
def test_any_link_is_read_or_refused_by_name(query):
    try:
        experiment = Experiment.from_query(query)
    except InvalidValue as error:
        if not names_its_field(error):
            pytest.fail("the refusal names no field")
    else:
        assert Experiment.from_query(experiment.to_query()) == experiment


HALVES = st.characters(exclude_categories=())
"""All characters that JSON can name, halves of surrogate pairs included."""


@settings(max_examples=200, deadline=None)
@example({"\ud800": 1})
@given(
    st.dictionaries(
        st.sampled_from([*FIELDS, "version", "self"]) | st.text(HALVES, max_size=6),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(HALVES, max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(HALVES, max_size=6), inner, max_size=3)
            ),
            max_leaves=6,
        ),
    )
)
def test_any_json_object_is_read_or_refused_by_name(fields):
    try:
        Experiment.from_json(json.dumps(fields))
    except InvalidValue as error:
        if not names_its_field(error):
            pytest.fail("the refusal names no field")


def test_batch_norm_is_short_for_a_normalization():
    assert Experiment(batch_norm=True).normalization.name == "batch_norm"
    assert Experiment(batch_norm={"momentum": 0.3}).normalization["momentum"] == 0.3
    assert Experiment(batch_norm=False).normalization.name == "none"
    assert Experiment().replace(batch_norm=True).normalization.name == "batch_norm"


def test_replace_keeps_what_depends_on_a_change_consistent():
    per_layer = Experiment(hidden=(4, 3), activation=("relu", "tanh"), dropout=(0.1, 0.2))
    deeper = per_layer.replace(hidden=(4, 3, 2))
    assert [a.name for a in deeper.activations] == ["relu", "tanh", "tanh"]
    assert deeper.dropouts == (0.1, 0.2, 0.2)
    assert [a.name for a in per_layer.replace(hidden=(4,)).activations] == ["relu"]
    assert per_layer.replace(hidden=()).activations == ()
    with pytest.raises(InvalidValue, match="hidden"):
        per_layer.replace(hidden=4)
    with pytest.raises(InvalidValue, match="dropout"):
        per_layer.replace(hidden=(4, 4, 4), dropout=(0.1, 0.2))
    regression = Experiment(loss="hinge").replace(dataset="plane")
    assert regression.loss.name == "squared_error"
    assert regression.replace(dataset="iris").loss.name == "cross_entropy"
    drawn = Experiment(
        dataset="custom", points=Points(class_names=("a", "b"), rows=((0.0, 0.0, 0), (1.0, 1.0, 1)))
    )
    assert drawn.replace(dataset="xor").points is None


def test_derived_facts():
    blobs = Experiment(dataset={"name": "blobs", "classes": 4})
    assert (blobs.task, blobs.n_classes, blobs.n_outputs) == ("multiclass", 4, 4)
    assert (Experiment().task, Experiment().n_outputs) == ("binary", 1)
    assert (Experiment(dataset="plane").task, Experiment(dataset="plane").n_classes) == ("regression", 0)
    assert Experiment(seed=3).weights_seed == 3
    assert Experiment(seed=3, init_seed=8).weights_seed == 8


def test_residual_blocks_are_layers_as_wide_as_their_input():
    assert Experiment(hidden=(4, 4, 3)).skips == (False, False, False)
    assert Experiment(hidden=(4, 4, 3), skip=True).skips == (False, True, False)
    assert Experiment(hidden=(2, 2), skip=True).skips == (True, True)
    assert Experiment(hidden=(2, 2), skip="true").skip.name == "residual"
    assert Experiment(hidden=(2, 2), skip=False).skip.name == "none"
    with pytest.raises(InvalidValue, match="skip"):
        Experiment(skip="maybe")


def test_blocks_are_dropped_more_often_the_later_they_come():
    deep = Experiment(hidden=(4,) * 5, skip=True, stochastic_depth=0.4)
    assert deep.drop_rates == pytest.approx((0, 0.1, 0.2, 0.3, 0.4))
    assert deep.replace(skip=False).drop_rates == (0,) * 5
    assert Experiment(hidden=(4, 4, 3, 3), skip=True, stochastic_depth=0.4).drop_rates == pytest.approx(
        (0, 0.2, 0, 0.4)
    )


def test_skip_and_stochastic_depth_travel_in_links_and_old_forms_are_read():
    deep = Experiment(hidden=(4,) * 5, skip=True, stochastic_depth=0.4)
    assert deep.to_query()["skip"] == "residual"
    assert deep.to_query()["stochastic_depth"] == "0.4"
    assert Experiment.from_query(deep.to_query()) == deep
    old = Experiment().to_dict()
    del old["skip"], old["stochastic_depth"]
    assert Experiment.from_dict(old) == Experiment()


def test_settings_without_effect_are_noticed():
    assert Experiment().notices() == ()
    assert Experiment(label_smoothing=0.1, loss="hinge").notices() == ("label_smoothing_needs_cross_entropy",)
    assert "optimizer_uses_full_batch" in Experiment(optimizer="lbfgs").notices()
    assert "dropout_needs_hidden_layers" in Experiment(hidden=(), dropout=0.5).notices()
    assert Experiment(hidden=(5, 4), skip=True).notices() == ("skip_needs_equal_widths",)
    assert Experiment(hidden=(4, 4), skip=True, stochastic_depth=0.5).notices() == ()
    alone = "stochastic_depth_needs_residual_blocks"
    assert Experiment(hidden=(4, 4), stochastic_depth=0.5).notices() == (alone,)
    assert alone in Experiment(hidden=(5, 4), skip=True, stochastic_depth=0.5).notices()
    assert "label_noise_needs_classes" in Experiment(dataset="plane", label_noise=0.1).notices()


def test_numpys_numbers_are_numbers():
    made = Experiment(seed=np.int64(3), dropout=np.float32(0.25), hidden=tuple(np.array([4, 8])))
    assert made == Experiment(seed=3, dropout=0.25, hidden=(4, 8))
    assert type(made.seed) is int
    assert type(made.dropout) is float or all(type(rate) is float for rate in made.dropout)
    with pytest.raises(InvalidValue):
        Experiment(seed=np.float64(0.5))
    with pytest.raises(InvalidValue):
        Experiment(seed=np.bool_(True))
