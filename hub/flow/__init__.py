"""The life of a file, one step a module; steps never import each other, `round` alone knows their order."""

from hub.domain.lean import load_without

load_without("structlog", "rich")  # it would for coloured tracebacks, which no log of a hub holds
