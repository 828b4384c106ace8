"""Chapter: pictures. Convolution, augmentation, and what regularization and preprocessing are in two dimensions."""

from playground.ui import sections

sections.draw("images")
