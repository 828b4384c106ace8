"""The limit on open files is raised, counted into who is let in, and told."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import logging, resource
logging.basicConfig()
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
from playground.live import files
print(files.places(300), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("soft", "hard", "places"),
    [(1024, 4096, 300), (1024, 1024, (1024 - 512) // 5), (256, 512, 1)],
)
def test_as_many_visits_as_there_are_files_for(soft, hard, places):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(soft=soft, hard=hard)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(places), str(hard)]
    assert ("room for" in done.stderr) == (places < 300)
