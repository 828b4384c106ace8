"""The sections of the chapter pages."""
