"""A partner's file: the contract's defaults and keys, what his role may not have, and what was agreed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.config.channels import After, LocalChannel, SftpChannel
from hub.config.partners import AnswerForm, Partner, Send
from hub.config.settings import Settings
from hub.config.yaml import Data, Loaded, check, load_text
from hub.domain.paper import PrintOn
from hub.domain.status import Status, Words
from hub.domain.terms import Fill, Publish, SameProduct, Short, Tie, UnknownProduct, UnknownStatus

HEAD = "name: Nordshop Oy\nrole: retailer\nchannel: {type: local}\n"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
SFTP = f"""name: N
role: supplier
channel:
  type: sftp
  host: sftp.partner.test
  username: hub
  key: file:/run/secrets/partner_ed25519
  host_key: "{KEY}"
  inbox: /to-hub
  outbox: /from-hub
"""


def partner(text: str) -> Partner:
    found, told = tried(text)
    assert not told
    assert found is not None
    return found


def tried(text: str) -> tuple[Partner | None, list[str]]:
    loaded, findings = load_text(text.encode(), "p.yaml")
    assert loaded is not None, findings
    model, findings = check(Partner, loaded)
    return model, [str(each) for each in findings]


def only(text: str) -> str:
    found, told = tried(text)
    assert found is None
    assert len(told) == 1, told
    return told[0].partition(": ")[2]


def test_three_keys_make_a_partner_and_the_rest_are_the_contracts_defaults() -> None:
    found = partner(HEAD)
    assert isinstance(found.channel, LocalChannel)
    assert (found.receive, found.send, found.catalogs) == ((), (), ())
    assert found.answers == (AnswerForm.JSON, AnswerForm.MARKED, AnswerForm.REFUSED)
    assert found.routing == (Tie.CATALOG, Tie.STOCK, Tie.PRICE)
    assert found.active


def test_the_contracts_example_is_taken_whole() -> None:
    found = partner(
        HEAD
        + """
address:
  {name: Nordshop Oy, address1: Testikatu 1, postcode: "00100", city: Helsinki, country: FI,
   phone: "+358401234567", email: help@nordshop.test}
receive:
  - {files: "orders*.csv", mapping: nordshop-orders}
send:
  - {mapping: nordshop-statuses, every: 2h}
answers: [json, marked, refused]
status_words: v3
catalogs:
  - {id: main, name: Main catalogue, suppliers: [ahti, kivi], back_orders: no, priority: 1}
routing: [catalog, stock, price]
unknown_product: refuse-order
same_product_twice: refuse
fill: partial
all_cancelled: Cancelled
"""
    )
    assert found.receive[0].mapping == ("nordshop-orders",)
    assert found.send[0].every == timedelta(hours=2)
    assert found.party()["postcode"] == "00100"


def test_a_suppliers_whole_set_of_keys_is_taken() -> None:
    found = partner(
        """
name: Ahti
role: supplier
channel: {type: local, inbox: in, outbox: out}
timezone: Europe/Tallinn
active: no
unknown_status: keep
publish: named
short: stays_open
prints: [{what: label, format: zpl, on: parcels}, {what: note}]
tracking: {prefix: JJFI12345, digits: 17, from: 1, to: 999999}
require_reference: yes
service_codes: {allowed: ["2102", "2103", "2104"], else: "2103"}
"""
    )
    assert found.prints[1].on is PrintOn.CREATED
    assert found.tracking is not None
    assert (found.tracking.first, found.tracking.last) == (1, 999999)
    assert found.service_codes is not None
    assert found.service_codes.otherwise == "2103"
    terms = found.named("ahti").supplier_terms(Settings())
    assert (terms.id, terms.timezone) == ("ahti", "Europe/Tallinn")
    assert (terms.unknown_status, terms.publish, terms.short) == (UnknownStatus.KEEP, Publish.NAMED, Short.STAYS_OPEN)


def test_a_retailers_terms_speak_the_words_of_the_business() -> None:
    text = """
status_words: v2
routing: price
unknown_product: keep
same_product_twice: allow
fill: line
all_cancelled: Delivered
catalogs:
  - {id: own, suppliers: ahti}
  - {id: open, suppliers: all, public: yes, priority: 2, back_orders: yes}
"""
    terms = partner(HEAD + text).named("nordshop").retailer_terms(Settings())
    assert (terms.id, terms.name, terms.timezone, terms.address) == (
        "nordshop",
        "Nordshop Oy",
        "Europe/Helsinki",
        {"name": "Nordshop Oy"},
    )
    assert (terms.status_words, terms.routing, terms.all_cancelled) == (Words.V2, (Tie.PRICE,), Status.DELIVERED)
    assert (terms.unknown_product, terms.same_product_twice, terms.fill) == (UnknownProduct.KEEP, SameProduct.ALLOW, Fill.LINE)
    own, public = terms.catalogs
    assert (own.name, own.suppliers) == ("own", frozenset({"ahti"}))
    assert (public.suppliers, public.public, public.priority, public.back_orders) == (None, True, 2, True)


def test_a_sample_of_everything_wrong_is_told_at_once() -> None:
    _, told = tried(
        "name: N\nrol: retailer\nchannel: {type: ftp}\nsend:\n  - {mapping: a, every: soon}\ncatalogs: [{id: x}]\nfill: partal\n"
    )
    assert told == [
        "p.yaml:1: role: is missing, write role: retailer",
        "p.yaml:2: rol: is not a known key, did you mean role?",
        "p.yaml:3: channel.type: saw 'ftp', did you mean sftp?",
        "p.yaml:5: send.every: saw 'soon', a time span is written 60s, 5m, 2h or 1d",
        "p.yaml:6: catalogs.suppliers: is missing, write suppliers: [ahti, kivi]",
        "p.yaml:7: fill: saw 'partal', did you mean partial?",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("channel:\n  inbox: x", "channel.type: is missing, known here: local, sftp"),
        ("channel: local", "channel: saw 'local', a table is written {key: value}"),
        ("channel: {type: local, host: x}", "channel.host: is not a known key, known here: type, inbox, outbox"),
    ],
)
def test_a_channel_that_is_no_channel_is_refused(text: str, told: str) -> None:
    assert only("name: N\nrole: carrier\n" + text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("send: [{mapping: a, every: 1h, on: change}]", "send: names every and on, keep one of them, or write two entries"),
        ("send: [{mapping: a, on: monday}]", "send.on: saw 'monday', known here: change"),
        ("send: [{mapping: a, every: 0s}]", "send.every: is too small, the least is 1s"),
        (
            "catalogs: [{id: a, suppliers: [all, ahti]}]",
            "catalogs: names all beside single suppliers, write suppliers: all, or only the names",
        ),
        ("routing: [price, price]", "routing: names one of them twice, name each once"),
        ("address: {name: x, country: Finlandd}", "address.country: saw 'Finlandd', did you mean FI (finland)?"),
        ("status_words: V3", "status_words: saw 'V3', did you mean v3?"),
        ("all_cancelled: cancelled", "all_cancelled: saw 'cancelled', did you mean Cancelled?"),
    ],
)
def test_a_wrong_value_has_its_cure(text: str, told: str) -> None:
    assert only(HEAD + text) == told


@pytest.mark.parametrize("text", ["daily", "* * * *", "61 * * * *", "0 0 30 2 *", "* * * * * *", "@daily"])
def test_what_is_no_cron_expression_is_refused(text: str) -> None:
    assert "minute" in only(HEAD + f'send: [{{mapping: a, at: "{text}"}}]') or "five fields" in only(
        HEAD + f'send: [{{mapping: a, at: "{text}"}}]'
    )


def test_a_file_without_schedule_goes_on_change() -> None:
    assert Send(mapping="a").on_change
    assert Send(mapping="a").next_due(datetime(2026, 1, 1, tzinfo=UTC), "UTC") is None


def test_a_repeated_file_is_due_a_span_later() -> None:
    moment = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert Send(mapping="a", every=timedelta(hours=2)).next_due(moment, "Europe/Helsinki") == moment + timedelta(hours=2)


def dues(at: str, start: datetime, count: int) -> list[str]:
    send = Send(mapping="a", at=at)
    found = []
    for _ in range(count):
        due = send.next_due(start, "Europe/Helsinki")
        assert due is not None
        found.append(due.strftime("%d.%m. %H:%M"))
        start = due
    return found


def test_an_hour_that_summer_time_skips_still_makes_one_run() -> None:
    assert dues("30 3 * * *", datetime(2026, 3, 28, 0, tzinfo=UTC), 3) == ["28.03. 01:30", "29.03. 01:00", "30.03. 00:30"]


def test_an_hour_that_winter_time_repeats_makes_one_run_only() -> None:
    assert dues("30 3 * * *", datetime(2026, 10, 24, 0, tzinfo=UTC), 3) == ["24.10. 00:30", "25.10. 00:30", "26.10. 01:30"]


WORDS = st.sampled_from(
    ["all", "local", "sftp", "retailer", "x", "", "1", "env:X", "1h", "0 0 * * *", "price", "label", "Delivered"]
)
KEYS = st.sampled_from(
    [*Partner.model_fields, *SftpChannel.model_fields, "mapping", "every", "at", "id", "suppliers", "from", "to", "else", "odd"]
)
ANYTHING = st.recursive(
    st.none() | WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=15
)


@given(st.dictionaries(KEYS, ANYTHING, max_size=8) | ANYTHING)
def test_any_table_gives_a_partner_or_findings_and_never_a_traceback(data: Data) -> None:
    model, findings = check(Partner, Loaded("p.yaml", "", data))
    assert (model is None) == bool(findings)
    assert all(each.what for each in findings)


def test_an_sftp_channel_is_taken_with_its_defaults() -> None:
    channel = partner(SFTP).channel
    assert isinstance(channel, SftpChannel)
    assert (channel.port, channel.afterwards) == (22, (After.REMOVE, ""))
    assert partner(SFTP + "  after: move:/done\n").channel.afterwards == (After.MOVE, "/done")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "  key: file:/run/secrets/partner_ed25519\n",
            "",
            "channel: has no way to log in, write key: file:PATH or password: env:NAME",
        ),
        ("  username: hub\n", "", "channel.username: is missing, write username: hub"),
        (
            "sftp.partner.test",
            "sftp://partner.test/x",
            "channel.host: saw 'sftp://partner.test/x', write the name of the machine alone, such as sftp.partner.test",
        ),
        (
            f'  host_key: "{KEY}"\n',
            "",
            'channel: does not say how to know the server, write host_key: "ssh-ed25519 AAAA…" or known_hosts: PATH',
        ),
        (
            KEY,
            "SHA256:abc",
            'channel.host_key: is no public key of a server, write it as "ssh-ed25519 AAAA…", as ssh-keyscan prints it',
        ),
        (
            "  inbox: /to-hub\n  outbox: /from-hub\n",
            "",
            "channel: names no folder, write inbox: /to-hub, outbox: /from-hub or both",
        ),
        ("  inbox: /to-hub\n", "  after: delete\n", "channel.after: saw 'delete', write remove, keep or move:/folder"),
        (
            "  username: hub\n",
            "  username: hub\n  port: 99999\n",
            "channel.port: saw '99999', a port is a number from 1 to 65535",
        ),
        (
            "key: file:/run/secrets/partner_ed25519",
            "password: hunter2",
            "channel.password: a secret stands here in plain text, a secret is never written here; write env:NAME or file:PATH",
        ),
    ],
)
def test_an_sftp_channel_that_cannot_be_trusted_is_refused(old: str, new: str, told: str) -> None:
    assert only(SFTP.replace(old, new)) == told
