"""Many rows at once, past SQLAlchemy's statements: plain `executemany` on the driver.

Callers hold a transaction; nothing here begins or ends one. `rows`, `insert` and `change` take values as they are
stored: numbers scaled (see `hub.store.types`), times in microseconds, JSON as text; `add`, `update` and
`set_among` take them as SQLAlchemy does.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import repeat
from operator import is_not
from typing import Any

from sqlalchemy import JSON, Column, Connection, Dialect, String, Table
from sqlalchemy.sql.schema import ScalarElementColumnDefault

_BOUND = 500  # values bound in one statement: any SQLite takes so many, and more gain nothing


def chunks(values: Collection[Any], size: int = 900) -> Iterable[list[Any]]:
    """Lists short enough for an IN clause."""
    every = list(values)
    return (every[i : i + size] for i in range(0, len(every), size))


def rows(
    db: Connection, table: Table, columns: Sequence[str], where: dict[str, Any], order: str = ""
) -> Iterator[tuple[Any, ...]]:
    """The rows of a table with some values, raw, as tuples of `columns`."""
    quote, mark = spelling(db)
    asked = " AND ".join(f"{quote(name)} = {mark}" for name in where)
    ordered = f" ORDER BY {quote(order)}" if order else ""
    shown = ", ".join(map(quote, columns))
    cursor = db.connection.cursor()
    cursor.execute(f"SELECT {shown} FROM {quote(table.name)} WHERE {asked}{ordered}", tuple(where.values()))  # noqa: S608 - names of the schema
    return iter(cursor)  # type: ignore[call-overload, no-any-return] # both drivers iterate


def among(
    db: Connection,
    table: Table,
    column: str,
    values: Collection[Any],
    order: str,
    shown: tuple[str, ...] = (),
    **where: str,
) -> Iterator[Any]:
    """The rows of a table whose `column` has one of some values, by `order`; values as SQLAlchemy gives them, by name.

    `shown` are the columns that are wanted, every one without it; `where` are the values of others.

    A column is turned as a whole, and each row costs a tenth of what a row of SQLAlchemy's does.
    """
    names = shown or tuple(each.name for each in table.columns)
    kind = _row_of(table.name, names)
    for columns in columns_among(db, table, column, values, order, names, **where):
        yield from map(kind._make, zip(*columns, strict=True))


def columns_among(
    db: Connection, table: Table, column: str, values: Collection[Any], order: str, names: tuple[str, ...], **where: str
) -> Iterator[list[Sequence[Any]]]:
    """As `among`, a part of the values at a time: the columns of `names` for all rows that are found for it."""
    quote, mark = spelling(db)
    turns = [(at, turn) for at, name in enumerate(names) if (turn := _turned_back(db.dialect, table.c[name])) is not None]
    listed = ", ".join(map(quote, names))
    others = "".join(f"{quote(name)} = {mark} AND " for name in where)
    for some in chunks(values):
        asked = f"{others}{quote(column)} IN ({', '.join([mark] * len(some))}) ORDER BY {quote(order)}"
        cursor: Any = db.connection.cursor()
        cursor.execute(f"SELECT {listed} FROM {quote(table.name)} WHERE {asked}", [*where.values(), *some])  # noqa: S608 - names of the schema
        columns: list[Any] = list(zip(*cursor.fetchall(), strict=True))
        cursor.close()
        if columns:
            for at, turn in turns:
                columns[at] = list(turn(columns[at]))
            yield columns


@lru_cache(maxsize=256)
def _row_of(table: str, names: tuple[str, ...]) -> Any:
    return namedtuple(table, names, rename=True)


@lru_cache(maxsize=2048)
def _turned_back(dialect: Dialect, column: Column[Any]) -> Callable[[Sequence[Any]], Iterable[Any]] | None:
    """How a dialect turns what its driver gives of a column into its values; None: as they are."""
    turn = column.type.dialect_impl(dialect).result_processor(dialect, None)
    if turn is None:
        return None
    return partial(_each_document if isinstance(column.type, JSON) else _each_distinct, turn)


def _each_distinct(turn: Callable[[Any], Any], values: Sequence[Any]) -> Iterable[Any]:
    """Few quantities and times of many rows differ: the same again is turned once."""
    distinct = set(values)
    known = dict(zip(distinct, map(turn, distinct), strict=True))
    return map(known.__getitem__, values)


def _each_document(turn: Callable[[Any], Any], values: Sequence[Any]) -> Iterable[Any]:
    """Many rows say the same, and that is read once; each has a copy of its own, for its holder may add to it."""
    distinct = set(values)
    known = dict(zip(distinct, map(turn, distinct), strict=True))
    return [each.copy() if isinstance(each := known[value], dict | list) else each for value in values]


def insert(db: Connection, table: Table, same: Mapping[str, Any], each: Mapping[str, list[Any]]) -> None:
    """Insert rows that are not there yet: what all of them `same`ly say, and a list of values for what `each` says itself."""
    if db.dialect.name == "postgresql":
        _copy(db, table, same, each)
    else:
        _insert_many(db, table, same, each)


def _copy(db: Connection, table: Table, same: Mapping[str, Any], each: Mapping[str, list[Any]]) -> None:
    """A server takes a stream of rows in half the time of statements."""
    quote, _ = spelling(db)
    named = ", ".join(map(quote, (*same, *each)))
    constants = tuple(same.values())
    cursor: Any = db.connection.cursor()
    with cursor.copy(f"COPY {quote(table.name)} ({named}) FROM STDIN") as stream:
        for row in zip(*each.values(), strict=True):
            stream.write_row(constants + row)
    cursor.close()


def _insert_many(db: Connection, table: Table, same: Mapping[str, Any], each: Mapping[str, list[Any]]) -> None:
    """Many rows a statement, each constant bound once in it: binding values costs SQLite more than storing them.

    No upsert: for that it would keep a journal for each row.
    """
    quote, _ = spelling(db)
    width = len(each)
    same = {name: value for name, value in same.items() if value is not None}  # what is not named is NULL as well
    named = ", ".join(map(quote, (*same, *each)))
    chosen = ", ".join([f"?{at}" for at in range(1, len(same) + 1)] + [f"column{at}" for at in range(1, width + 1)])

    def statement(rows: int) -> str:
        marks = ", ".join([f"({', '.join('?' * width)})"] * rows)
        return f"INSERT INTO {quote(table.name)} ({named}) SELECT {chosen} FROM (VALUES {marks})"  # noqa: S608 - names of the schema

    _in_statements(db, statement, list(same.values()), list(each.values()))


def _in_statements(db: Connection, statement: Callable[[int], str], constants: list[Any], each: Sequence[Sequence[Any]]) -> None:
    """Bind columns to statements for so many rows, behind the constants of each."""
    width, count = len(each), len(each[0])
    flat: list[Any] = [None] * (count * width)
    for at, values in enumerate(each):
        flat[at::width] = values
    rows = max(1, _BOUND // width)
    step, whole = rows * width, count // rows * rows * width
    cursor = db.connection.cursor()
    cursor.executemany(statement(rows), (constants + flat[at : at + step] for at in range(0, whole, step)))  # type: ignore[arg-type] # it takes any iterable
    if whole < len(flat):
        cursor.execute(statement((len(flat) - whole) // width), constants + flat[whole:])
    cursor.close()


def add(db: Connection, table: Table, made: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that are not there yet, as SQLAlchemy would; all name the same columns."""
    if made:
        add_columns(db, table, {name: [row[name] for row in made] for name in made[0]})


def add_columns(db: Connection, table: Table, columns: Mapping[str, list[Any]]) -> None:
    """Insert rows that are not there yet, as `add`, given column by column."""
    *others, last = columns
    if not columns[last]:
        return
    same = {name: columns[name][0] for name in others if _is_one(columns[name])}
    for column in table.columns:
        if column.name not in columns and isinstance(column.default, ScalarElementColumnDefault):
            same[column.name] = column.default.arg
    each = {name: _stored(db.dialect, table.c[name], columns[name]) for name in (*others, last) if name not in same}
    insert(db, table, {name: _stored(db.dialect, table.c[name], [value])[0] for name, value in same.items()}, each)


def _is_one(values: Sequence[Any]) -> bool:
    """Whether the same object stands in every place."""
    return not any(map(is_not, values, repeat(values[0])))


def update(db: Connection, table: Table, made: Sequence[Mapping[str, Any]], by: Sequence[str]) -> None:
    """Set the columns of rows found by `by`, given as `add` takes them; of two for one row the later counts."""
    rows = list({tuple(row[name] for name in by): row for row in made}.values())
    if rows:
        told = {name: _stored(db.dialect, table.c[name], [row[name] for row in rows]) for name in rows[0]}
        key = {name: told.pop(name) for name in by}
        change(db, table, {}, told, {}, key)


def set_among(db: Connection, table: Table, told: Mapping[str, Any], column: str, values: Collection[Any], **where: Any) -> None:
    """Set columns of the rows whose `column` has one of some values, and those of `where`; all values as `add` takes them."""
    quote, mark = spelling(db)
    put_in = ", ".join(f"{quote(name)} = {mark}" for name in told)
    others = "".join(f"{quote(name)} = {mark} AND " for name in where)
    bound = [_stored(db.dialect, table.c[name], [value])[0] for name, value in (*told.items(), *where.items())]
    for some in chunks(values):
        asked = f"{others}{quote(column)} IN ({', '.join([mark] * len(some))})"
        cursor: Any = db.connection.cursor()
        cursor.execute(f"UPDATE {quote(table.name)} SET {put_in} WHERE {asked}", [*bound, *some])  # noqa: S608 - names of the schema
        cursor.close()


def change(
    db: Connection,
    table: Table,
    same: Mapping[str, Any],
    each: Mapping[str, Sequence[Any]],
    where: Mapping[str, Any],
    by: Mapping[str, Sequence[Any]],
) -> None:
    """Change rows that are found by the values of `where`, which all share, and of `by`, which are each one's own.

    They get what all of them `same`ly say, and of `each` column their own value; no row may be meant twice.
    """
    if db.dialect.name == "postgresql":
        _change_from_arrays(db, table, (same, each, where, by))
    else:
        _change_from_values(db, table, (same, each, where, by))


_Parts = tuple[Mapping[str, Any], Mapping[str, Sequence[Any]], Mapping[str, Any], Mapping[str, Sequence[Any]]]


def _change_from_arrays(db: Connection, table: Table, parts: _Parts) -> None:
    """A server takes a column as one value."""
    same, each, where, by = parts
    own = {**each, **by}
    kinds = [_array_type(db.dialect, table.c[name]) for name in own]
    constants = ["%s"] * (len(same) + len(where))
    statement = _change(db, table, parts, constants, f"unnest({', '.join(f'%s::{kind}[]' for kind in kinds)})")
    cursor = db.connection.cursor()
    cursor.execute(statement, (*same.values(), *map(list, own.values()), *where.values()))
    cursor.close()


def _array_type(dialect: Dialect, column: Column[Any]) -> str:
    """The type of a column's values; texts without their limit, to which a cast would cut them."""
    impl = column.type.dialect_impl(dialect)
    return "text" if isinstance(impl, String) else impl.compile(dialect)


def _change_from_values(db: Connection, table: Table, parts: _Parts) -> None:
    """Many rows a statement, each constant bound once in it, as for an insert: a third of what row by row costs."""
    same, each, where, by = parts
    own, constants = [*each.values(), *by.values()], [*same.values(), *where.values()]
    width, before = len(own), len(constants)
    numbered = [f"?{at}" for at in range(1, before + 1)]

    def statement(rows: int) -> str:
        marks = (f"({', '.join(f'?{before + row * width + at}' for at in range(1, width + 1))})" for row in range(rows))
        return _change(db, table, parts, numbered, f"(VALUES {', '.join(marks)})")

    _in_statements(db, statement, constants, own)


def _change(db: Connection, table: Table, parts: _Parts, constants: list[str], values: str) -> str:
    """The statement that changes rows by what stands in `values`."""
    same, each, where, by = parts
    quote, _ = spelling(db)
    beside = [f"beside.column{at}" for at in range(1, len(each) + len(by) + 1)]
    told = zip((*same, *each), (*constants[: len(same)], *beside), strict=False)
    asked = zip((*where, *by), (*constants[len(same) :], *beside[len(each) :]), strict=True)
    put_in = ", ".join(f"{quote(name)} = {value}" for name, value in told)
    found = " AND ".join(f"{quote(table.name)}.{quote(name)} = {value}" for name, value in asked)
    named = ", ".join(f"column{at}" for at in range(1, len(beside) + 1))
    alias = f"beside({named})" if db.dialect.name == "postgresql" else "beside"
    return f"UPDATE {quote(table.name)} SET {put_in} FROM {values} AS {alias} WHERE {found}"  # noqa: S608 - names of the schema


def _stored(dialect: Dialect, column: Column[Any], values: list[Any]) -> list[Any]:
    """The values of a column as the driver takes them; the same object again (a time, a quantity) is turned once."""
    turn = _turned(dialect, column)
    if turn is None:
        return values
    known: dict[int, Any] = {}
    return [known[key] if (key := id(each)) in known else known.setdefault(key, turn(each)) for each in values]


@lru_cache(maxsize=2048)
def _turned(dialect: Dialect, column: Column[Any]) -> Callable[[Any], Any] | None:
    """How a dialect turns a column's values into what its driver takes; None: as they are."""
    return column.type.dialect_impl(dialect).bind_processor(dialect)


def spelling(db: Connection) -> tuple[Any, str]:
    """How this database quotes a name, and its mark for a value."""
    return db.dialect.identifier_preparer.quote, "%s" if db.dialect.name == "postgresql" else "?"
