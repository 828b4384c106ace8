"""Tools for those who work on the project: documents that are made, measurements of the code."""
