"""The suite itself."""

from __future__ import annotations

import pytest


@pytest.mark.xdist_group("together")
def test_what_belongs_together_runs_in_one_process(request: pytest.FixtureRequest) -> None:
    """pytest-xdist tells groups by the end of a test's name, which it writes where some pytest does not look."""
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("runs in one process, or without --dist loadgroup")
    assert request.node.nodeid.endswith("@together")
