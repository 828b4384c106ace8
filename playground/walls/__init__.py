"""Walls: many small networks that differ in two settings and learn at once, while somebody watches."""

from playground.walls.wall import Side, Wall, standing

__all__ = ["Side", "Wall", "standing"]
