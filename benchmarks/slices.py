"""How long the slices of the sections' computations are: ``python benchmarks/slices.py [key …] [--seconds N]``.

A server serves others between two slices, so none should take longer than 0.1 s. For each section (all, or those whose
keys begin as one of the given ones) two runs at its defaults, the second with another seed where there is one; of the
second, when everything has been imported and compiled, the longest slices and where in the run they lie. Seconds of the
processor, so that other programs on the machine count little.
"""

from __future__ import annotations

import argparse
import time

import torch

from playground.chapters import sections
from playground.chapters.section import Section

SHOWN = 3
"""The longest slices that are printed."""


def slices(section: Section, seed: int, seconds: float) -> list[tuple[float, float]]:
    """Length of each slice and the share done at its end, of a run that ends after some seconds of the processor."""
    given = {"seed": seed} if any(control.name == "seed" for control in section.controls) else {}
    steps, found, total = section.steps(section.settings(**given)), [], 0.0
    while total < seconds:
        started = time.thread_time()
        step = next(steps, None)
        if step is None:
            break
        found.append((time.thread_time() - started, step[0]))
        total += found[-1][0]
    return found


def main() -> None:
    """Measure and print, the worst section first."""
    parser = argparse.ArgumentParser(description="How long the slices of the sections' computations are.")
    parser.add_argument("keys", nargs="*", help="sections by the beginning of their key")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each run at most")
    options = parser.parse_args()
    torch.set_num_threads(1)
    found = {}
    for key, section in sections.items():
        if not options.keys or key.startswith(tuple(options.keys)):
            slices(section, 0, 1.0)
            found[key] = slices(section, 1, options.seconds)
    for key, lengths in sorted(found.items(), key=lambda pair: -max(pair[1])[0]):
        longest = ", ".join(
            f"{length:.3f} s at {share:.0%}" for length, share in sorted(lengths)[: -SHOWN - 1 : -1]
        )
        print(
            f"{key:36} {len(lengths):4} slices, {sum(length for length, _ in lengths):5.1f} s; longest {longest}"
        )


if __name__ == "__main__":
    main()
