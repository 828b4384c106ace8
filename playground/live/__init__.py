"""Training that is watched while it runs: sessions, the threads that train them, and the routes that feed them."""
