"""Pictures: sets of them, what is done to them, and networks that read them."""
