"""Choosing the hyper-parameters, step by step (chapter 8)."""
