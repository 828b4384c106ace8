"""An experiment as code: a PyTorch script or notebook with the app's trajectory, or the trained network in NumPy."""

from playground.export.forward import to_numpy
from playground.export.notebook import to_notebook
from playground.export.script import to_script

__all__ = ["to_notebook", "to_numpy", "to_script"]
