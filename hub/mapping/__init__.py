"""Rows of a file to records of the hub and back, by the templates that admins write."""
