"""From the training points to all others (chapter 7)."""
