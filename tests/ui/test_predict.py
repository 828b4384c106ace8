"""The area that asks the network."""

import pytest
from app_visit import live_of, opened
from waiting import until

from playground.text import LANGUAGES, text
from playground.ui import predict


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("dataset", ["iris", "plane"])
def test_a_row_is_answered(dataset, language):
    at = opened("predict", dataset=dataset, lang=language)
    (frame,) = [each.value for each in at.dataframe if any("→" in str(name) for name in each.value.columns)]
    assert len(frame) == 1
    assert frame.shape[1] == (2 + 1 + 3 if dataset == "iris" else 2 + 1)
    assert live_of(at).trainer.epoch == 0


def test_other_data_meanwhile_is_no_error():
    at = opened("predict", dataset="iris")
    live = live_of(at)
    live.change(dataset="wine")
    assert predict.answers(live, live.trainer.data.X_train[:1], ("x", "y"), "en") is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_more_networks_are_asked(language):
    at = opened("predict", dataset="iris", lang=language, hidden="3")
    live = live_of(at)
    live.walk(epochs=2)
    live.settle()
    at.get_by_key("predict.members").click()
    at.run()
    assert not at.exception
    until(lambda: predict.job_of(live.trainer.experiment, live.trainer.epoch, live).look()[0] == "finished")
    at.run()
    assert not at.exception
    title = text("ui.predict.agree", language)
    (frame,) = [each.value for each in at.dataframe if title in each.value.columns]
    assert frame[title].between(0, 1).all()
