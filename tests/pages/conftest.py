"""What the tests of the pages share."""

from chapter_visit import one_slice

__all__ = ["one_slice"]
