"""What a network on pictures does with commands and slices, and what its viewers are sent, without a browser."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pytest
import torch
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground import ImageExperiment, InvalidValue, train
from playground.images.exciting import patches
from playground.images.trainer import ImageTrainer
from playground.live import memory, sessions
from playground.live.commands import carry_out
from playground.live.frames import decode
from playground.live.limits import Limits
from playground.live.routes import UNKNOWN
from playground.live.viewer import Viewer
from playground.pictures import frame
from playground.pictures.commands import PICTURE_COMMANDS
from playground.pictures.session import DENSE, EXCITED_SECONDS, PictureSession, open_pictures
from playground.serving import ROUTES

SMALL = ImageExperiment(n_samples=80, channels=(3, 4), batch_size=16)


class Watched:
    """A run and one viewer that acknowledges every frame."""

    def __init__(self, experiment: ImageExperiment = SMALL, bounds: Limits | None = None) -> None:
        self.session = PictureSession(experiment, bounds=bounds or Limits())
        self.viewer = Viewer(lambda: None)
        self.session.join(self.viewer)
        self.scenes: list[dict[str, Any]] = []
        self.frames: list[tuple[dict[str, Any], dict[str, np.ndarray]]] = []
        self.do("hello")

    def do(self, cmd: str, **fields: object) -> None:
        carry_out(self.session, self.viewer, {"cmd": cmd, **fields}, PICTURE_COMMANDS)
        self.receive()

    def receive(self) -> None:
        for message in self.viewer.take():
            if isinstance(message, bytes):
                self.frames.append(decode(message))
            else:
                self.scenes.append(json.loads(message))
        self.viewer.acknowledge(10**9)

    def run(self, steps: int) -> None:
        """Serve the run as the scheduler would for some steps, or until it rests."""
        goal = self.session.trainer.step + steps
        while self.session.trainer.step < goal and self.session.due(time.monotonic()) is not None:
            self.session.advance(0.0)
            self.viewer.next_time = 0.0
            self.receive()


def test_the_first_frame_shows_the_untrained_network() -> None:
    seen = Watched()
    scene, (header, arrays) = seen.scenes[0], seen.frames[0]
    assert (scene["type"], scene["classes"], scene["pictures"]) == ("scene", list("0123456789"), 20)
    assert scene["truth"] == seen.session.trainer.test.labels[0]
    assert (header["status"], header["step"], header["engine"]) == ("paused", 0, "PyTorch")
    assert {name: array.shape for name, array in arrays.items()} == {
        "seen": (1, 8, 8),
        "filters": (3, 3, 3),
        "maps_0": (3, 4, 4),
        "maps_1": (4, 2, 2),
        "patches_0": (3, 1, 4, 4),
        "patches_1": (4, 1, 8, 8),
        "shares": (10,),
        "history": (1, 10),
    }


def test_filters_maps_and_shares_are_those_of_the_network() -> None:
    trainer = ImageTrainer(SMALL)
    trainer.run(steps=3)
    picture = trainer.test.images[2]
    found = frame.arrays(trainer, picture)
    network = trainer.network.eval()
    with torch.no_grad():
        scores = network(torch.from_numpy(picture[None]))
        first = network[2](network[1](network[0](torch.from_numpy(picture[None]))))[0].numpy()
    np.testing.assert_allclose(found["shares"], torch.softmax(scores, 1)[0], atol=1e-6)
    np.testing.assert_allclose(found["maps_0"] / 255 * first.max(), first, atol=first.max() / 500)
    kernel = network[0].weight.detach().numpy()[:, 0]
    most = np.abs(kernel).max((1, 2), keepdims=True)
    np.testing.assert_allclose((found["filters"] - 128.0) / 127 * most, kernel, atol=float(most.max()) / 250)
    np.testing.assert_array_equal(found["seen"], np.rint(255 * picture))


@pytest.mark.parametrize("network", ["linear", "dense"])
def test_networks_without_convolutions_show_their_weights_as_pictures(network: str) -> None:
    found = frame.arrays(ImageTrainer(SMALL.replace(network=network)), np.zeros((1, 8, 8), np.float32))
    assert found["filters"].shape == (10 if network == "linear" else frame.MOST, 8, 8)
    assert ("maps_0" in found) == (network == "dense")


def test_frames_are_bounded_whatever_the_network() -> None:
    large = SMALL.replace(dataset="shapes", channels=(64,) * 4, pooling="none", n_samples=20)
    found = frame.arrays(ImageTrainer(large), np.zeros((3, 32, 32), np.float32))
    assert sum(array.nbytes for array in found.values()) < 70_000


def test_what_excites_the_units_is_bounded_and_is_that_of_the_first_test_pictures() -> None:
    large = SMALL.replace(dataset="shapes", channels=(64,) * 4, pooling="none", kernel_size=7, n_samples=20)
    assert sum(array.nbytes for array in frame.excited(ImageTrainer(large)).values()) < 200_000
    trainer = ImageTrainer(SMALL)
    (cut, _), _ = patches(trainer, trainer.test.images, 3)
    np.testing.assert_array_equal(frame.excited(trainer)["patches_0"], np.rint(255 * cut[:, 0]))
    assert frame.excited(ImageTrainer(SMALL.replace(network="dense"))) == {}


def test_what_excites_the_units_is_looked_for_every_few_seconds_and_when_it_rests() -> None:
    session, viewer = PictureSession(SMALL), Viewer(lambda: None)

    def told(now: float) -> bool:
        return "patches_0" in session._news_of_excited(viewer, now)

    session.playing = True
    assert told(0.0)
    session.trainer.run(steps=1)
    assert not told(EXCITED_SECONDS / 2)
    assert told(EXCITED_SECONDS + 0.1)
    assert not told(2 * EXCITED_SECONDS + 0.2), "nothing has been learned since"
    session.trainer.run(steps=1)
    session.playing = False
    assert told(2 * EXCITED_SECONDS + 0.3)
    assert "patches_0" in session._news_of_excited(Viewer(lambda: None), 2 * EXCITED_SECONDS + 0.3)
    session.reset(new_weights=False)
    assert told(2 * EXCITED_SECONDS + 0.4)


def test_it_trains_as_the_trainer_does_and_measures_less_often_later() -> None:
    seen = Watched()
    seen.do("stop_at", epoch=DENSE + 40)
    seen.do("play")
    seen.run(10_000)
    session = seen.session
    assert (session.status, session.trainer.epoch) == ("paused", DENSE + 40)
    epochs = session.history()["epoch"]
    sparse = session.every(DENSE)
    assert sparse > 10
    assert epochs.tolist() == [*range(DENSE + 1), *range(sparse, DENSE + 41, sparse)]
    alone = train(SMALL, epochs=DENSE + 40)
    for epoch in epochs:
        assert session.history().at(np.array([epoch]))[0, 2] == alone.at(np.array([epoch]))[0, 2]
    header = seen.frames[-1][0]
    assert 0 <= header["loss_batch"] < seen.frames[5][0]["loss_batch"]
    assert 0 <= header["accuracy_batch"] <= 1


def test_steps_epochs_and_a_speed_limit_are_kept() -> None:
    seen = Watched()
    seen.do("step", count=3)
    seen.session.settle()
    assert (seen.session.trainer.step, seen.session.status) == (3, "paused")
    seen.do("epoch")
    seen.session.settle()
    assert seen.session.trainer.step == seen.session.steps_per_epoch
    seen.do("speed", steps_per_second=1)
    seen.do("play")
    assert seen.session.due(time.monotonic()) > time.monotonic() + 0.5  # type: ignore[operator]


def test_a_learning_rate_is_taken_over_and_other_settings_start_anew() -> None:
    seen = Watched()
    seen.do("step", count=4)
    seen.session.settle()
    seen.session.apply(SMALL.replace(learning_rate=0.001))
    assert (seen.session.trainer.step, seen.session.trainer.learning_rate) == (4, 0.001)
    seen.session.apply(SMALL.replace(pooling="average"))
    assert (seen.session.trainer.step, seen.session.run_number) == (0, 2)
    with pytest.raises(InvalidValue, match="n_samples"):
        seen.session.apply(SMALL.replace(dataset="shapes", n_samples=10_000))
    assert seen.session.experiment == SMALL.replace(pooling="average")


def test_other_weights_are_drawn_on_request_and_the_data_stay() -> None:
    session = Watched().session
    first = session.trainer.weights()["0.weight"]
    session.reset(new_weights=True)
    again = session.trainer.weights()["0.weight"]
    assert (first != again).any()
    np.testing.assert_array_equal(session.trainer.train.images, ImageTrainer(SMALL).train.images)
    session.reset(new_weights=False)
    np.testing.assert_array_equal(session.trainer.weights()["0.weight"], again)


def test_another_picture_is_looked_at_while_it_goes_on() -> None:
    seen = Watched()
    seen.do("picture", number=7)
    assert seen.scenes[-1]["number"] == 7
    np.testing.assert_array_equal(
        seen.frames[-1][1]["seen"], np.rint(255 * seen.session.trainer.test.images[7])
    )
    for number in (20, -1, "x", None):
        with pytest.raises(InvalidValue, match="number"):
            seen.do("picture", number=number)


def test_a_run_that_diverges_says_so() -> None:
    wild = SMALL.replace(activation="identity", loss="squared_error", optimizer="sgd", learning_rate=10)
    seen = Watched(wild)
    seen.do("play")
    seen.run(500)
    header = seen.frames[-1][0]
    assert header["status"] == "diverged"
    assert header["reason"].startswith("Diverged")
    with pytest.raises(InvalidValue):
        seen.do("play")


def test_its_memory_is_bounded() -> None:
    most = memory.PICTURES_BYTES // (2 * 4 * 28 * 28)
    session = PictureSession(SMALL.replace(dataset="glyphs", n_samples=400))
    told = session.sizes()
    assert told["pictures"] == 2 * 400 * 28 * 28 * 4
    with pytest.raises(InvalidValue, match=f"n_samples: expected a whole number from 20 to {most}, got"):
        PictureSession(SMALL.replace(dataset="glyphs", n_samples=most + 1))
    with pytest.raises(InvalidValue, match="channels"):
        PictureSession(SMALL, bounds=Limits(max_parameters=10))


def test_the_route_serves_pictures_alone() -> None:
    live = open_pictures(SMALL, 0)
    client = TestClient(Starlette(routes=ROUTES))
    try:
        address = f"/pictures/{live.token}"
        with client.websocket_connect(address, headers={"origin": "http://testserver"}) as socket:
            socket.send_json({"cmd": "hello", "id": 1})
            assert json.loads(socket.receive_text())["type"] in ("scene", "done")
        for other in (f"/live/{live.token}", f"/wall/{live.token}", "/pictures/nonsense"):
            with client.websocket_connect(other, headers={"origin": "http://testserver"}) as socket:
                assert socket.receive()["code"] == UNKNOWN
    finally:
        sessions.server().close(live)
