"""Texts: complete and alike in every language, for everything that is registered."""

import re

import pytest

from playground.experiment import FIELDS, GROUPS
from playground.families import FAMILIES
from playground.presets import PRESETS, THEMES
from playground.text import LANGUAGES, catalog, text
from playground.ui import wording

HANGUL = re.compile("[가-힣]")
SAME_EVERYWHERE = {"sin", "cos", "tanh", "Apple", "PyTorch", "scikit", "learn", "reference"}
"""Functions, products and an engine; abbreviations in capitals and symbols of one letter are no words."""
OWN_TOPICS = ("ui.", "fields.", "techniques.", "presets.", "errors.", "pages.")
"""Topics that this test knows in detail; the comparison of languages covers all of them."""


def placeholders(value: str) -> set[str]:
    return set(re.findall(r"\{(\w+)[^}]*\}", value))


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_every_language_has_the_same_keys(language: str) -> None:
    english, other = catalog("en"), catalog(language)
    assert set(english) - set(other) == set()
    assert set(other) - set(english) == set()


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_every_language_has_the_same_placeholders(language: str) -> None:
    english, other = catalog("en"), catalog(language)
    differing = [key for key in english if placeholders(english[key]) != placeholders(other[key])]
    assert differing == []


def test_no_text_is_empty_or_unfinished() -> None:
    for language in LANGUAGES:
        for key, value in catalog(language).items():
            assert value.strip(), key
            assert value.count("{") == value.count("}"), key
            assert not re.search(r"TODO|FIXME|XXX|lorem", value), key


def proper_names() -> set[str]:
    """Keys of the labels that are written alike in every language, as their entries say."""
    return {
        f"techniques.{family}.{name}.label"
        for family, registry in FAMILIES.items()
        for name, technique in registry.items()
        if technique.proper_name
    }


def words(value: str) -> list[str]:
    """The words in Latin letters that another language would write in its own."""
    found = re.findall("[A-Za-z]{2,}", value)
    return [word for word in found if not word.isupper() and word not in SAME_EVERYWHERE]


def test_korean_is_korean() -> None:
    latin = [
        key
        for key, value in catalog("ko").items()
        if key.startswith(OWN_TOPICS)
        and key not in proper_names()
        and not HANGUL.search(value)
        and words(value)
    ]
    assert latin == []


@pytest.mark.parametrize(
    ("value", "found"),
    [("XOR", []), ("sin x₁", []), ("CUDA (NVIDIA GPU)", []), ("MPS (Apple GPU)", []), ("η / η₀", []),
     ("Momentum", ["Momentum"]), ("test loss", ["test", "loss"]), ("x at 3", ["at"])],
)  # fmt: skip
def test_a_word_is_told_from_a_symbol(value: str, found: list[str]) -> None:
    assert words(value) == found


@pytest.mark.parametrize("language", LANGUAGES)
def test_proper_names_are_the_same_in_every_language(language: str) -> None:
    english, other = catalog("en"), catalog(language)
    assert [key for key in proper_names() if english[key].lower() != other[key].lower()] == []


def test_english_has_no_hangul() -> None:
    mixed = [key for key, value in catalog("en").items() if HANGUL.search(value)]
    assert mixed == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("family", FAMILIES)
def test_every_technique_and_parameter_has_texts(family: str, language: str) -> None:
    assert text(f"pages.techniques.families.{family}", language)
    assert text(f"pages.techniques.about.{family}", language)
    for name, technique in FAMILIES[family].items():
        assert wording.label(family, name, language)
        assert wording.tip(family, name, language)
        assert text(f"techniques.{family}.{name}.try", language)
        for param in technique.params:
            assert wording.param_label(family, name, param.name, language)
            assert wording.param_help(family, name, param.name, language)
            for option in param.choices:
                assert f"fields.options.{option}" in catalog(language)


@pytest.mark.parametrize("family", FAMILIES)
def test_labels_within_a_family_are_distinct(family: str) -> None:
    for language in LANGUAGES:
        labels = [wording.label(family, name, language) for name in FAMILIES[family]]
        assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_has_label_and_tip(language: str) -> None:
    for field, declared in FIELDS.items():
        assert wording.field_label(field, language)
        assert wording.field_help(field, language)
        for option in declared.param.choices if declared.param else ():
            assert f"fields.options.{option}" in catalog(language)
    for group in GROUPS:
        assert text(f"ui.groups.{group}", language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_preset_and_theme_has_texts(language: str) -> None:
    for theme in THEMES:
        assert text(f"pages.gallery.themes.{theme}", language)
    for name in PRESETS:
        for part in ("title", "purpose", "outcome"):
            assert text(f"presets.{name}.{part}", language)


def test_no_texts_are_left_over_for_things_that_are_gone() -> None:
    """Technique, field and preset keys all belong to something registered."""
    families = {**{f: set(r) for f, r in FAMILIES.items()}}
    params = {p.name for registry in FAMILIES.values() for t in registry.values() for p in t.params}
    for key in catalog("en"):
        topic, first, *rest = key.split(".")
        if topic == "techniques" and first != "params":
            assert rest[0] in families[first], key
        elif topic == "techniques":
            assert rest[0] in params, key
        elif topic == "presets":
            assert first in PRESETS, key


def test_tooltips_with_formula_stay_valid_markdown() -> None:
    """A dollar sign in a tip would open a formula."""
    for field, declared in FIELDS.items():
        for name in declared.registry or ():
            shown = wording.choice_help(field, name, "en")
            assert shown.count("$$") == 2
            assert shown.count("$") == 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_markdown_shows_what_was_meant(language: str) -> None:
    """A tilde strikes out; a bold that ends in a sign before Hangul is not recognised (CommonMark 0.31, 6.2)."""
    for key, value in catalog(language).items():
        assert "~" not in value or not key.startswith("chapters."), key
        assert not re.search(r"[%)\].,!?:’”]\*\*[가-힣]", value), key
