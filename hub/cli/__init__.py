"""The command line: one module per group of commands; heavy libraries are imported inside the commands."""
