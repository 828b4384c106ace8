"""Every page runs, in every language, and shows what is registered."""

import pytest
from app_visit import live_of, visit

from playground.families import FAMILIES
from playground.presets import PRESETS
from playground.text import LANGUAGES, text
from playground.ui import wording
from playground.ui.navigation import ICONS


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_menu_names_every_page(language: str) -> None:
    at = visit(lang=language)
    labels = [link.label for link in at.sidebar.page_link][: len(ICONS)]
    assert labels == [text(f"ui.navigation.{name}", language) for name in ICONS]


def test_the_gallery_shows_every_preset_with_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    from playground.ui import cards

    monkeypatch.setattr(cards, "SECONDS", 0.02)
    at = visit(lang="ko")
    at.switch_page("pages/gallery.py").run()
    assert not at.exception
    shown = " ".join(part.value for part in at.main.markdown)
    for name in PRESETS:
        assert text(f"presets.{name}.title", "ko") in shown
    assert len(at.main.image) == len(PRESETS)
    assert len(at.main.page_link) == len(PRESETS)


def test_the_run_goes_on_after_a_look_at_another_page() -> None:
    at = visit(v="1", hidden="5")
    live = live_of(at)
    live.walk(epochs=2)
    live.settle()
    at.switch_page("pages/techniques.py").run()
    for name in list(at.query_params):
        del at.query_params[name]
    at.switch_page("pages/playground.py").run()
    assert live_of(at) is live
    assert (live.experiment.hidden, live.trainer.epoch) == ((5,), 2)
    assert at.query_params["hidden"] in ("5", ["5"])


@pytest.mark.parametrize("family", FAMILIES)
def test_the_reference_shows_every_technique(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from playground.views import technique_frames

    monkeypatch.setattr(technique_frames, "RUN_EPOCHS", 2)
    at = visit(v="1")
    at.session_state["reference.family"] = family
    at.switch_page("pages/techniques.py").run()
    assert not at.exception
    titles = [entry.value for entry in at.main.subheader]
    assert titles == [wording.label(family, name, "en") for name in FAMILIES[family]]
    assert len(at.main.latex) == len(FAMILIES[family])
    assert len(at.main.info) == len(FAMILIES[family])
