"""The hub against a simple model of it: whatever happens, the books agree."""
