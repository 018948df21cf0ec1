"""The process: everything is built here, locked here, and started by the clock here."""
