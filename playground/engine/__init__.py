"""Engines that train, and the trainer that drives them."""
