"""A network that learns from pictures while it is watched: filters, maps, loss and accuracy, frame by frame."""
