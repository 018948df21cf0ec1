"""The business in its own words: pure, scalar, without clock, files or database."""
