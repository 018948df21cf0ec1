"""The least a catalogue costs: CSV to checked, mapped and hashed rows in SQLite, written by hand for one layout.

`python -m bench.limits.catalogue FILE.csv STORE.db [CHANGE_EVERY]`: run twice it loads again and writes only what is
new; CHANGE_EVERY gives every n-th row another price first. It owes nobody a problem per cell, an answer or a ledger.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
from xxhash import xxh3_64_intdigest

from bench.data import CATEGORIES, PRODUCT_HEADINGS

BLOCK = 4 << 20
TOGETHER = 20_000
NUMBER = r"^\d{1,12}(\.\d{1,4})?$"
COLUMNS = "supplier sku ean name name_en price vat currency stock grams volume category brand description hash".split()
WORDS = {word: number for number, word in enumerate(CATEGORIES, start=1000)}


def load(source: str, store: str, change_every: int = 0) -> None:
    """Read, check, map, hash, compare and store one file."""
    db = sqlite3.connect(store, isolation_level=None)
    for pragma in ("journal_mode=wal", "synchronous=full", "cache_size=-65536", "wal_autocheckpoint=20000"):
        db.execute(f"pragma {pragma}")
    db.execute(
        "create table if not exists products(supplier integer not null, sku text not null, ean text, name text, name_en text,"
        " price integer, vat text, currency text, stock integer, grams integer, volume real, category integer, brand text,"
        " description text, hash integer not null, primary key (supplier, sku))"
    )
    insert = (
        f"insert into products({','.join(COLUMNS)}) values({','.join('?' * len(COLUMNS))})"
        f" on conflict(supplier, sku) do update set {','.join(f'{each}=excluded.{each}' for each in COLUMNS[2:])}"
    )
    known = np.fromiter((row[0] for row in db.execute("select hash from products where supplier = 1")), np.int64)
    known.sort()
    db.execute("begin immediate")
    for table in blocks(source, change_every):
        hashes = hash_rows(table)
        new = np.ones(len(table), bool)
        if len(known):
            at = np.searchsorted(known, hashes)
            at[at == len(known)] = 0
            new = known[at] != hashes
        fresh = table.append_column("hash", pa.array(hashes)).filter(pa.array(new))
        for batch in fresh.to_batches(max_chunksize=TOGETHER):
            db.executemany(insert, zip(*(column.to_pylist() for column in batch.columns), strict=True))
    db.execute("commit")
    db.execute("pragma wal_checkpoint(truncate)")
    db.close()


def blocks(source: str, change_every: int) -> Iterator[pa.Table]:
    """The good rows of the file, mapped, block by block."""
    text = pa.string()
    reader = pcsv.open_csv(
        source,
        read_options=pcsv.ReadOptions(block_size=BLOCK, use_threads=False),
        parse_options=pcsv.ParseOptions(newlines_in_values=True, invalid_row_handler=lambda _: "skip"),
        convert_options=pcsv.ConvertOptions(column_types=dict.fromkeys(PRODUCT_HEADINGS, text)),
    )
    start = 0
    for batch in reader:
        given = dict(zip(batch.schema.names, batch.columns, strict=True))
        if change_every:
            hit = np.arange(start, start + batch.num_rows) % change_every == 7
            given["price"] = pc.if_else(pa.array(hit), "999.99", given["price"])
        start += batch.num_rows
        yield mapped(given)


def mapped(given: dict[str, pa.Array]) -> pa.Table:
    """One block: whole columns checked, those that pass mapped."""
    good: list[pa.Array] = []
    sku = pc.utf8_trim_whitespace(given["supplier_sku"])
    good += [between(sku, 1, 40), between(given["name_fi"], 1, 200), pc.is_in(given["currency"], pa.array(["EUR", "SEK", "USD"]))]

    def number(heading: str, kind: pa.DataType) -> pa.Array:
        fits = pc.match_substring_regex(given[heading], NUMBER)
        good.append(fits)
        return pc.cast(pc.if_else(fits, given[heading], pa.scalar(None, pa.string())), kind)

    exact, plain = pa.decimal128(18, 4), pa.float64()
    price, _ = number("price", exact), number("vat", exact)
    weight, length, width, height = (number(each, plain) for each in ("weight", "length", "width", "height"))
    stock = number("stock", pa.int64())
    good.append(sound_ean(given["ean"]))
    words = given["category"].dictionary_encode()
    category = pa.array([WORDS.get(word, 9999) for word in words.dictionary.to_pylist()]).take(words.indices)
    columns = [
        pa.array(np.ones(len(sku), np.int64)),
        pc.utf8_upper(sku),
        given["ean"],
        pc.binary_join_element_wise(given["name_fi"], given["brand"], " "),
        pc.utf8_title(given["name_en"]),
        pc.cast(pc.round(pc.multiply(pc.cast(price, plain), 110.0)), pa.int64()),
        given["vat"],
        given["currency"],
        pc.max_element_wise(pc.subtract(stock, 2), 0),
        pc.cast(pc.round(pc.multiply(weight, 1000.0)), pa.int64()),
        pc.divide(pc.multiply(pc.multiply(length, width), height), 1000.0),
        category,
        given["brand"],
        pc.utf8_slice_codeunits(pc.replace_substring(given["description"], "  ", " "), 0, 60),
    ]
    every = good[0]
    for each in good[1:]:
        every = pc.and_(every, each)
    return pa.table(dict(zip(COLUMNS, columns, strict=False))).filter(pc.fill_null(every, False))


def between(texts: pa.Array, least: int, most: int) -> pa.Array:
    """Whether each text is that long."""
    length = pc.utf8_length(texts)
    return pc.and_(pc.greater_equal(length, least), pc.less_equal(length, most))


def sound_ean(texts: pa.Array) -> pa.Array:
    """Whether each text is a GTIN-13 with the right check digit."""
    shaped = pc.and_(pc.equal(pc.binary_length(texts), 13), pc.ascii_is_decimal(texts))
    whole = pc.if_else(shaped, texts, "0" * 13)
    _, offsets, data = whole.buffers()
    first, last = np.frombuffer(offsets, np.int32)[[whole.offset, whole.offset + len(whole)]]
    digits = np.frombuffer(data, np.uint8)[first:last].reshape(-1, 13) - ord("0")
    total = digits[:, 0::2].sum(1, dtype=np.uint16) + 3 * digits[:, 1::2].sum(1, dtype=np.uint16)
    return pc.and_(shaped, pa.array(total % 10 == 0))


def hash_rows(table: pa.Table) -> npt.NDArray[np.int64]:
    """A 64-bit hash of each row."""
    joined = pc.binary_join_element_wise(*(pc.cast(each, pa.string()) for each in table.columns), "\x1f")
    texts = pc.cast(joined, pa.binary()).combine_chunks().to_pylist()
    return np.fromiter(map(xxh3_64_intdigest, texts), np.uint64, len(table)).view(np.int64)


if __name__ == "__main__":
    load(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
