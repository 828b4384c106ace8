"""The drawing pad's network in the browser against PyTorch, and its centring against Python's. Skipped without Node."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

from playground.images.centring import centred, sampled
from playground.images.data import load
from playground.images.experiment import ImageExperiment
from playground.images.trainer import ImageTrainer
from playground.stage.drawing import DrawnNetwork

NODE = shutil.which("node")
STATIC = Path(__file__).parents[2] / "playground" / "stage" / "static"
READ = """
const { centred, forward } = await import(process.argv[1] + "/drawing/forward.js");
const { bytes } = await import(process.argv[1] + "/surface/surface.js");
const floats = (text) => new Float32Array(bytes(text).buffer);
const given = JSON.parse((await import("node:fs")).readFileSync(0, "utf8"));
const blocks = given.network.blocks.map((b) => ({ ...b, weight: floats(b.weight), bias: floats(b.bias) }));
const network = { ...given.network, blocks, weight: floats(given.network.weight), bias: floats(given.network.bias) };
const found = given.pictures.map((picture) => {
  const { maps, scores } = forward(network, Float32Array.from(picture));
  return { scores, maps: maps.map((m) => [...m.values]), centred: [...centred(Float32Array.from(picture))] };
});
console.log(JSON.stringify(found));
"""


@pytest.mark.skipif(NODE is None, reason="needs Node")
@pytest.mark.parametrize(("kernel", "pooling"), [(5, "max"), (3, "average")])
def test_the_browser_sees_what_pytorch_sees(kernel: int, pooling: str) -> None:
    trainer = ImageTrainer(
        ImageExperiment(dataset="glyphs", n_samples=40, channels=(3, 4), kernel_size=kernel, pooling=pooling)
    )
    trainer.run(steps=5)
    weights = list(trainer.weights().values())
    network = DrawnNetwork(
        [(weights[0], weights[1]), (weights[2], weights[3])],
        *weights[4:],
        average=pooling == "average",
        classes=trainer.test.classes,
    )
    images = load("glyphs", 10, 5).images
    images[0] = 0
    images[1] = np.roll(images[1], (-8, 9), axis=(1, 2))  # over the edge
    given = json.dumps({"network": network.data(), "pictures": images.reshape(10, -1).tolist()})
    command = [str(NODE), "--input-type=module", "-e", READ, STATIC.as_uri()]
    ran = subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    maps, scores = trainer.maps(images), trainer.scores(images)
    for number, one in enumerate(found):
        np.testing.assert_allclose(one["scores"], scores[number], atol=2e-5)
        for layer, values in enumerate(one["maps"]):
            np.testing.assert_allclose(values, maps[layer][number].ravel(), atol=2e-5)
        np.testing.assert_allclose(one["centred"], centred(images[number, 0]).ravel(), atol=1e-5)


def test_a_picture_is_sampled_as_pytorch_samples_it() -> None:
    picture = load("glyphs", 10, 0).images[4]
    share, middle = 1.3, (12.0, 17.0)
    theta = torch.tensor([[[share, 0, middle[1] / 14 - 1], [0, share, middle[0] / 14 - 1]]])
    grid = torch.nn.functional.affine_grid(theta, [1, 1, 28, 28], align_corners=False)
    theirs = torch.nn.functional.grid_sample(torch.from_numpy(picture)[None], grid, align_corners=False)
    np.testing.assert_allclose(sampled(picture[0], middle, share), theirs[0, 0], atol=1e-5)


def test_a_small_digit_in_a_corner_is_brought_to_the_middle() -> None:
    picture = np.zeros((28, 28), dtype=np.float32)
    picture[1:11, 20:24] = 1  # ten by four pixels: twice as large they are twenty by eight
    found = centred(picture)
    rows, columns = np.nonzero(found > 0.5)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (4, 23, 10, 17)
    assert (centred(np.zeros((28, 28))) == 0).all()
