"""The computations behind the chapter pages: pure functions, usable in a notebook, without a screen."""
