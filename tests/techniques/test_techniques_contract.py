"""What every registered technique of the recipe must have. Walks the registries, keeps no list of names."""

import ast
import importlib
import re
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import playground.techniques as techniques
from playground.registry import Param, Registry, format_spec

REGISTRIES = [value for value in vars(techniques).values() if isinstance(value, Registry)]
ENTRIES = [
    pytest.param(registry, technique, id=f"{registry.family}-{technique.name}")
    for registry in REGISTRIES
    for technique in registry.values()
]
"""Techniques that PyTorch has no name for ("constant" as a schedule)."""

each_technique = pytest.mark.parametrize(("registry", "technique"), ENTRIES)


def values_of(param: Param) -> st.SearchStrategy[object]:
    """Any accepted value of a parameter."""
    if param.kind == "bool":
        return st.booleans()
    if param.kind == "choice":
        return st.sampled_from(param.choices)
    whole_numbers = st.integers(int(param.low), int(param.high))
    if param.kind == "ints":
        return st.lists(whole_numbers, min_size=1, max_size=param.max_length)
    if param.kind == "int":
        return whole_numbers
    return st.floats(param.low, param.high)


def test_all_families_are_there():
    assert {registry.family for registry in REGISTRIES} == {
        "activations",
        "clippings",
        "initializers",
        "losses",
        "normalizations",
        "optimizers",
        "regularizers",
        "schedules",
        "skips",
        "stoppings",
        "weightings",
    }


@each_technique
def test_formula_is_latex_without_dollar_signs(registry, technique):
    assert technique.formula
    assert "$" not in technique.formula
    bare = technique.formula.replace(r"\{", "").replace(r"\}", "")
    assert bare.count("{") == bare.count("}")
    for opening, closing in ((r"\\left\b", r"\\right\b"), (r"\\begin\b", r"\\end\b")):
        assert len(re.findall(opening, bare)) == len(re.findall(closing, bare))


@each_technique
def test_formula_has_no_words_that_would_need_translation(registry, technique):
    # names of distributions are the same in every language
    assert set(re.findall(r"\\text\{(.*?)\}", technique.formula)) <= {"Bernoulli", "Beta"}


@each_technique
def test_source_names_a_year_or_the_documentation(registry, technique):
    if technique.name == "none":
        assert technique.source == "–"
    else:
        assert re.search(r"\b(19|20)\d\d\b|PyTorch documentation", technique.source)


@each_technique
def test_pytorch_name_exists_in_pytorch(registry, technique):
    if not technique.pytorch:  # then a script does not use PyTorch's form of it either
        assert not re.search(r"\b(nn|F|optim)\.", technique.export(technique.spec()))
        return
    module, _, name = technique.pytorch.rpartition(".")
    assert hasattr(importlib.import_module(module), name)


@each_technique
def test_defaults_lie_in_their_ranges(registry, technique):
    assert len({param.name for param in technique.params}) == len(technique.params)
    for param in technique.params:
        assert param.check(param.default) == param.default
        assert type(param.check(param.default)) is type(param.default)
        assert param.low <= param.high
        assert not (param.log and param.low < 0)


@each_technique
def test_name_alone_gives_the_default_spec(registry, technique):
    spec = registry.spec(technique.name, "here")
    assert spec == technique.spec()
    assert registry.default_values(spec)
    assert format_spec(technique, spec) == technique.name


@each_technique
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_text_form_reads_back_to_the_same_spec(registry, technique, data):
    drawn = {param.name: data.draw(values_of(param), param.name) for param in technique.params}
    spec = technique.spec(**drawn)
    assert registry.spec(format_spec(technique, spec), "here") == spec
    assert registry.spec({"name": spec.name, **spec.params}, "here") == spec


@each_technique
def test_export_is_one_expression_over_the_whole_range(registry, technique, specs_at_the_ends):
    for spec in specs_at_the_ends(technique):
        code = technique.export(spec)
        filled = code.format_map(defaultdict(lambda: "name"))
        assert "{" not in filled
        if filled:
            ast.parse(filled, mode="eval")
            assert len(filled) < 200


@each_technique
def test_only_none_and_constant_export_nothing(registry, technique):
    nothing = technique.export(technique.spec()) == ""
    # mixup is off at its default, 0, and Beta(0, 0) does not exist
    assert nothing == (
        (technique.name, registry.family)
        in {
            ("none", "normalizations"),
            ("none", "skips"),
            ("none", "clippings"),
            ("none", "stoppings"),
            ("none", "weightings"),
            ("constant", "schedules"),
            ("mixup", "regularizers"),
        }
    )


def test_no_module_imports_the_screen_or_the_compiler():
    for file in Path(techniques.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not {name.split(".")[0] for name in names} & {"streamlit", "numba", "altair"}, file


def test_regularizers_are_the_fields_of_an_experiment():
    from playground.experiment import FIELDS

    for technique in techniques.REGULARIZERS.values():
        (param,) = technique.params
        assert param.name == technique.field
        assert param == FIELDS[technique.field].param
