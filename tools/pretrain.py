"""Train the networks that come with the package: ``python -m tools.pretrain [name ...]``.

Each is drawn, trained and written in one to three minutes on one core, about 70 KB a file, the same on the same
machine; ``playground/images/pretrained.py`` says what they learn.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from safetensors.numpy import save_file

from playground.images.pretrained import SOURCES, pretrain

FOLDER = Path(__file__).parent.parent / "playground" / "images" / "weights"


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *SOURCES], help="networks; all by default")
    for name in parser.parse_args().names or SOURCES:
        source = SOURCES[name]
        trainer = pretrain(source)
        accuracy = trainer.history.last()["accuracy_test"]
        metadata = {
            "experiment": source.experiment.to_json(),
            "epochs": str(source.epochs),
            "accuracy": f"{accuracy:.4f}",
        }
        FOLDER.mkdir(exist_ok=True)
        save_file(trainer.weights(), FOLDER / f"{name}.safetensors", metadata)
        print(f"{name}: test accuracy {accuracy:.3f} on {len(trainer.test):,} pictures")


if __name__ == "__main__":
    main()
