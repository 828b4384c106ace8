"""From one neuron to a network, and its activations (chapters 1 and 2 of the lecture)."""
