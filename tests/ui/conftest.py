"""What the tests of the controls share."""

import pytest


@pytest.fixture(autouse=True)
def compiled(kernel: None) -> None:
    """Sessions train on the compiled engine from the first moment."""
