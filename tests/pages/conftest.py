"""What the tests of the pages share."""

import pytest


@pytest.fixture(autouse=True)
def compiled(kernel: None) -> None:
    """Pages train on the compiled engine from the first moment, as those of a server that has been up for a while."""
