"""What the machine can do: each job once more by hand, nothing configurable, for the ratios."""
