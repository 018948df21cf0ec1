"""A batch, file-based integration hub for drop shipping."""

__version__ = "0.1.0"
