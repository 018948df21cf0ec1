"""A mapping as JSON, whole: its base and word lists resolved, so that it can be kept or sent where no files lie beside it."""

from __future__ import annotations

from typing import Any

from hub.config.yaml import Data, Loaded, check
from hub.mapping.compile import Mapping
from hub.mapping.maps import map_of
from hub.mapping.template import Template


def content_of(mapping: Mapping) -> dict[str, Any]:
    """All that `mapping_of` needs to make it again."""
    shared = {name: dict(table.pairs) for name, table in mapping.maps.items()}
    return {"version": mapping.version, "file": mapping.file, "data": mapping.data, "maps": shared}


def mapping_of(name: str, content: dict[str, Any]) -> Mapping | None:
    """The mapping again; None when this hub's language has no such mapping. Raises KeyError or TypeError for no content."""
    data: Data = content["data"]
    template, _ = check(Template, Loaded(content["file"], "", data))
    if template is None:
        return None
    maps = {each: map_of(pairs) for each, pairs in content["maps"].items()}
    return Mapping(name, content["version"], content["file"], template, maps, data)
