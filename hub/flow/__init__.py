"""The life of a file, one step a module; steps never import each other, `round` alone knows their order."""
