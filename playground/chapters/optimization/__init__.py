"""From the gradient to a change of the weights (chapter 5)."""
