"""An experiment as PyTorch code: a script or a notebook that takes the same trajectory as the app."""

from playground.export.notebook import to_notebook
from playground.export.script import to_script

__all__ = ["to_notebook", "to_script"]
