"""The first weights (chapter 4)."""
