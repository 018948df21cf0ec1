"""The draft of the other direction: what a partner's file is read by, turned into what writes one for him, or the reverse."""

from __future__ import annotations

from collections.abc import Iterator

from hub.config.yaml import Data
from hub.domain.fields import LISTS, fields_read, fields_written, find_field
from hub.domain.kinds import Kind
from hub.domain.problems import HubError
from hub.mapping.compile import Mapping
from hub.mapping.template import Spec
from hub.mapping.yaml_out import dump, flow

_OTHER: dict[tuple[bool, Kind], Kind] = {
    (True, Kind.ORDERS): Kind.SHIPMENTS,
    (True, Kind.PRODUCTS): Kind.CATALOG,
    (True, Kind.STOCK): Kind.CATALOG,
    (True, Kind.DELIVERIES): Kind.DESPATCHES,
    (True, Kind.CANCELLATIONS): Kind.CANCELLATIONS,
    (False, Kind.SHIPMENTS): Kind.ORDERS,
    (False, Kind.CATALOG): Kind.PRODUCTS,
    (False, Kind.DESPATCHES): Kind.DELIVERIES,
    (False, Kind.STATUSES): Kind.DELIVERIES,
    (False, Kind.CANCELLATIONS): Kind.CANCELLATIONS,
}
_BOTH_WAYS = ("format", "encoding", "delimiter", "quote", "header", "sheet", "columns", "line_end")
_KEPT = ("unit", "date", "decimal")


def invert(mapping: Mapping) -> str:
    """The draft as commented YAML. Raises HubError where the other direction makes no sense."""
    kind = _OTHER.get((mapping.reading, mapping.kind))
    if kind is None:
        raise HubError(f"{mapping.name} {'reads' if mapping.reading else 'writes'} {mapping.kind}; there is no other direction")
    fields: dict[str, Data] = {}
    left: list[str] = []
    for name, spec in mapping.template.fields.items():
        turned = _turned(name, spec, mapping, kind)
        if isinstance(turned, str):
            left.append(f"{name}: {turned}")
        else:
            fields |= {key: value for key, value in turned.items() if key not in fields}
    return _text(mapping, kind, fields, left)


def _text(mapping: Mapping, kind: Kind, fields: dict[str, Data], left: list[str]) -> str:
    whole = mapping.data if isinstance(mapping.data, dict) else {}
    file = whole.get("file")
    layout = {key: value for key, value in file.items() if key in _BOTH_WAYS} if isinstance(file, dict) else {}
    data: dict[str, Data] = {("writes" if mapping.reading else "reads"): kind.value}
    if mapping.reading:
        layout["name"] = f"{kind}_{{now:YYYYMMDD}}_{{seq}}.{'xlsx' if mapping.layout.format == 'excel' else 'csv'}"
    elif any(name.startswith("lines.") for name in fields):
        key = next((name for name in ("shipment", "number") if name in fields), None)
        layout |= {"group": _source(fields[key])} if key else {}
    data |= {"file": layout, "notation": whole.get("notation") or {}, "fields": fields}
    maps: dict[str, Data] = {
        name: _backwards(table.pairs) for name, table in mapping.maps.items() if f"map: {name}" in flow(fields)
    }
    data |= {"maps": maps} if maps else {}
    head = f"# The other direction of {mapping.name}, a draft: look at every line, then run hub mapping check.\n"
    rest = "".join(f"#   {each}\n" for each in left)
    text = dump({key: value for key, value in data.items() if value})
    return head + text + (f"\n# Not turned round:\n{rest}" if rest else "")


def _source(spec: Data) -> Data:
    return spec.get("from") if isinstance(spec, dict) else spec


def _turned(name: str, spec: Spec, mapping: Mapping, kind: Kind) -> dict[str, Data] | str:
    """One right side turned round, by its new left name; a text says why it cannot be."""
    if name.startswith("_"):
        return "a helper"
    if spec.formula is not None:
        return f"a formula, ={spec.formula}"
    if spec.constant is not None:
        return f"always {spec.constant}"
    parts = list(_plain_parts(spec))
    if spec.join is not None or not parts:
        return "made of several parts"
    if spec.do is not None or spec.when:
        return f"changed on the way, {parts[0]}"
    theirs, ours = (parts[0], name) if mapping.reading else (name, parts[0])
    problem = _unknown(ours, kind, writing=mapping.reading)
    if problem:
        return problem
    own: dict[str, Data] = {key: _plain(getattr(spec, key)) for key in _KEPT if getattr(spec, key) is not None}
    if spec.map is not None:
        own["map"] = spec.map if isinstance(spec.map, str) else _backwards(spec.map)
        own |= {"else": "keep"} if spec.else_ is not None else {}
    left, source = (theirs, ours) if mapping.reading else (ours, theirs)
    return {left: {"from": source, **own} if own else source}


def _plain_parts(spec: Spec) -> Iterator[str]:
    return (each for each in spec.parts if isinstance(each, str) and not each.startswith(("$", "_")))


def _plain(value: object) -> Data:
    return [str(each) for each in value] if isinstance(value, list) else str(value) if isinstance(value, str) else None


def _unknown(name: str, kind: Kind, *, writing: bool) -> str:
    """Why a field has no place in the other kind of document; nothing when it has."""
    known = fields_written(kind) if writing else fields_read(kind)
    if find_field(known, name) is not None or name in LISTS:
        return ""
    return f"{name} is no field of {kind}"


def _backwards(pairs: object) -> dict[str, Data]:
    turned: dict[str, Data] = {}
    for theirs, ours in pairs.items() if hasattr(pairs, "items") else ():
        turned.setdefault(ours or "", theirs)
    return turned
