"""Sharing: link, code, files, and opening a file again."""

import json
import math
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from app_visit import live_of, opened, visit
from safetensors.numpy import load

from playground.data.reading.table import MAX_BYTES
from playground.engine.history import COLUMNS
from playground.experiment import Experiment
from playground.experiment_text import MAX_JSON_BYTES
from playground.export.model_code import script_names
from playground.presets import PRESETS
from playground.text import text
from playground.ui import session
from playground.ui.address import read
from playground.ui.sharing import QR_LINK_CHARACTERS, csv_bytes, own_address, qr_svg, qr_width


def test_the_shown_link_opens_the_same_experiment() -> None:
    at = opened("share", preset="iris")
    link = at.code[0].value
    assert Experiment.from_query(dict(parse_qsl(urlsplit(link).query))) == PRESETS["iris"].experiment


def test_the_code_is_an_image_with_a_quiet_zone() -> None:
    svg = qr_svg("http://localhost:8501/?preset=iris")
    assert svg.startswith("<svg")
    assert "#fff" in svg


def test_a_longer_links_code_is_larger() -> None:
    """Its squares are as large as a short one's."""
    widths = [qr_width("http://192.168.0.10:8501/?" + "x" * n) for n in (0, 200, 400, 1000)]
    assert widths == sorted(set(widths))
    assert widths[-1] >= 500


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_link_on_localhost_offers_the_machines_own_address(host: str) -> None:
    other = own_address(f"http://{host}:8501/?v=1&dataset=xor")
    assert other == "" or (other.endswith(":8501/?v=1&dataset=xor") and host not in other)
    assert own_address("https://example.org/?v=1") is None


def test_tables_for_spreadsheets_hold_no_formula_and_say_their_encoding() -> None:
    frame = pd.DataFrame({"lane": ["=HYPERLINK(1)", "@x", "ReLU"], "loss": [-1.0, 2.0, 3.0]})
    assert csv_bytes(frame).decode("ascii").splitlines()[1:] == ["'=HYPERLINK(1),-1.0", "'@x,2.0", "ReLU,3.0"]
    assert csv_bytes(frame.replace("ReLU", "학습률")).startswith(b"\xef\xbb\xbf")


def test_links_of_presets_fit_into_a_code() -> None:
    for preset in PRESETS.values():
        assert sum(len(k) + len(v) + 4 for k, v in preset.experiment.to_query().items()) < QR_LINK_CHARACTERS


def test_weights_and_history_hold_the_run() -> None:
    at = visit(v="1", normalization="batch_norm", activation="prelu")
    live = live_of(at)
    live.walk(epochs=2)
    live.settle()
    tensors = load(session.weights(live))
    snapshot = live.trainer.snapshot()
    network = snapshot.network()
    names = script_names(live.experiment)  # tests/test_export_weights.py loads them into the script's model
    expected = {names[name]: value.numpy() for name, value in network.state_dict().items() if name in names}
    assert len(expected) == len(names)
    assert set(tensors) == set(expected)
    for name, value in expected.items():
        np.testing.assert_array_equal(tensors[name], value)
    lines = session.history_csv(live).splitlines()
    assert lines[0] == ",".join(COLUMNS[:7])
    assert len(lines) == 1 + 3  # before training, and two epochs


def test_an_uploaded_experiment_is_opened() -> None:
    at = opened("share", v="1")
    wanted = PRESETS["wave"].experiment
    at.get_by_key("restore").upload("experiment.json", wanted.to_json().encode(), "application/json")
    at.run()
    assert not at.exception
    assert live_of(at).experiment == wanted
    assert len(at.success) == 1


@pytest.mark.parametrize(
    "content",
    [
        b'{"did": []}',
        b'{"did": [[0, "exec", ""]], "version": 1, "step": 3}',
        b"",
        b"no json",
        b"[1, 2]",
        b'{"hidden": [0]}',
        b'{"version": 7}',
        b"\xff\xfe",
        b"[" * 9999,
    ],
)
def test_a_bad_file_is_refused_and_the_run_kept(content: bytes) -> None:
    at = opened("share", v="1", hidden="5")
    at.get_by_key("restore").upload("experiment.json", content, "application/json")
    at.run()
    assert not at.exception
    assert live_of(at).experiment.hidden == (5,)
    assert len(at.error) == 1


def test_the_link_can_hold_the_run_with_what_was_done_to_it() -> None:
    at = opened("share", v="1")
    live = live_of(at)
    live.walk(epochs=3)
    live.settle()
    at.run()
    at.toggle(key="share.epoch").set_value(True).run()
    asked = read(dict(parse_qsl(urlsplit(at.code[0].value).query)))
    assert (asked.value, asked.epoch) == (live.experiment, 3)
    live.set_parameter(0, 0.5)
    live.change(learning_rate=0.3)
    live.walk(epochs=2)
    live.settle()
    at.run()
    link = dict(parse_qsl(urlsplit(at.code[0].value).query))
    assert "epoch" not in link
    again = live_of(visit(**link))
    again.settle()
    assert (again.experiment, again.trainer.epoch) == (live.experiment, 5)
    np.testing.assert_array_equal(again.trainer.engine.state().params, live.trainer.engine.state().params)
    for i in range(200):
        live.set_parameter(i % 2, math.sin(i))
    at.run()
    assert "run=" not in at.code[0].value
    assert text("ui.share.run_file", "en") in [caption.value for caption in at.caption]


def test_the_file_of_a_run_has_it_taken_again() -> None:
    at = opened("share", v="1", hidden="3")
    live = live_of(at)
    live.walk(epochs=2)
    live.settle()
    live.set_parameter(0, 0.5)
    live.walk(epochs=2)
    live.settle()
    assert live.log is not None
    other = opened("share", v="1", hidden="5")
    other.get_by_key("restore").upload("run.json", live.log.to_json().encode(), "application/json")
    other.run()
    assert not other.exception
    again = live_of(other)
    again.settle()
    assert again.experiment == live.experiment
    np.testing.assert_array_equal(again.trainer.engine.state().params, live.trainer.engine.state().params)


def _with_points(rows: list[list[float]]) -> Any:
    at = opened("share", v="1")
    points = {"class_names": ["a", "b"], "rows": rows}
    file = json.dumps({"dataset": "custom", "points": points}).encode()
    at.get_by_key("restore").upload("experiment.json", file, "application/json")
    at.run()
    assert live_of(at).experiment.points is not None
    return at


def _linked(at: Any) -> Experiment:
    return Experiment.from_query(dict(parse_qsl(urlsplit(at.code[0].value).query)))


def test_own_points_are_in_the_link() -> None:
    at = _with_points([[i, i % 3, i % 2] for i in range(12)])
    assert not at.info
    assert _linked(at) == live_of(at).experiment
    assert (
        Experiment.from_query({k: v[0] if isinstance(v, list) else v for k, v in at.query_params.items()})
        == live_of(at).experiment
    )


def test_own_points_of_many_decimals_are_rounded_in_the_link_and_the_page_says_so() -> None:
    at = _with_points([[math.sin(i), math.cos(i), i % 2] for i in range(30)])
    assert at.info[0].value == text("ui.share.link_rounded", "en")
    points = _linked(at).points
    assert points is not None
    np.testing.assert_allclose(points.X, live_of(at).experiment.points.X, atol=1e-3)
    assert "points" not in at.query_params


def test_too_many_own_points_are_not_linked_but_in_the_file() -> None:
    at = _with_points([[math.sin(i), math.cos(i), i % 2] for i in range(4000)])
    assert not at.code
    assert "4,000" in at.info[0].value


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_file_that_is_too_large_is_refused_in_the_visitors_language(language: str) -> None:
    at = opened("share", v="1", hidden="5", lang=language)
    at.get_by_key("restore").upload("a.json", b"{", "application/json")
    at.run()
    assert "JSON" in at.error[0].value
    at.get_by_key("restore").upload("b.json", b" " * (MAX_JSON_BYTES + 1), "application/json")
    at.run()
    assert len(at.error) == 1
    assert text("errors.json.size", language) in at.error[0].value
    assert live_of(at).experiment.hidden == (5,)
    at.get_by_key("restore").clear()
    at.run()
    assert not at.error
    for field in at.get("file_uploader"):
        assert field.proto.max_upload_size_mb * 10**6 > 2 * MAX_BYTES
        assert field.proto.max_upload_size_mb <= st.get_option("server.maxUploadSize")


def test_weights_that_were_taken_away_come_back_and_others_are_refused_by_name():
    at = opened("share")
    live = live_of(at)
    start = live.trainer.engine.state().params.copy()
    file = session.weights(live)
    live.trainer.run(epochs=2)
    at.get_by_key("weights").upload("weights.safetensors", file, "application/octet-stream")
    at.run()
    assert (live.trainer.engine.state().params == start).all()
    assert live.trainer.epoch == 2, "the run goes on"
    at.get_by_key("weights").upload("other.safetensors", b"no weights", "application/octet-stream")
    at.run()
    assert "safetensors" in at.error[0].value
    assert (live.trainer.engine.state().params == start).all()
