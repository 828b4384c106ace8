"""Preprocessing and normalization (chapters 3 and 6 of the lecture)."""
