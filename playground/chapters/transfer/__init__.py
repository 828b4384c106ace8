"""Sections on transfer: what a network that was trained on many pictures is worth for a task with few."""
