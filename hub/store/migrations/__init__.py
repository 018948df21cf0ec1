"""The store's history, one revision a step."""
