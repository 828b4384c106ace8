"""Reading tables as people have them; see ``read_table``."""

from playground.data.reading.notes import Note
from playground.data.reading.roles import Column
from playground.data.reading.table import Table, read_table

__all__ = ["Column", "Note", "Table", "read_table"]
