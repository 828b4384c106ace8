"""Pictures: sets of them, what is done to them, and networks that read them."""

from playground.images.data import Pictures, load
from playground.images.reading import read_pictures

__all__ = ["Pictures", "load", "read_pictures"]
