"""An experiment as code: a PyTorch script or notebook with the app's trajectory, or a Keras script; its network in
NumPy and as a file of weights."""

from playground.export.forward import to_numpy
from playground.export.keras_code import to_keras
from playground.export.notebook import to_notebook
from playground.export.script import to_script
from playground.export.weights import weights_file

__all__ = ["to_keras", "to_notebook", "to_numpy", "to_script", "weights_file"]
