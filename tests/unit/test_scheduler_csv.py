"""The inventory's CSV: what is read, and what is said about the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduler.csv_lines import COLUMNS, read


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("begin", ["", "\ufeff", "\n# our printers\n"])
def test_delimiters_line_ends_and_marks(delimiter: str, end: str, begin: str) -> None:
    lines = [COLUMNS, ("10.0.0.1", "1161", "Hall", "hq", "v3", "hall a4", "30", "no"), ("10.0.0.2", *[""] * 7)]
    table = read(begin + end.join(delimiter.join(line) for line in lines) + end)
    assert table.errors == []
    assert [p for _, p in table.printers] == [
        {
            "address": "10.0.0.1",
            "port": 1161,
            "name": "Hall",
            "site": "hq",
            "profile": "v3",
            "tags": ["hall", "a4"],
            "interval_minutes": 30,
            "enabled": False,
        },
        {
            "address": "10.0.0.2",
            "port": 161,
            "name": "",
            "site": "main",
            "profile": "default",
            "tags": [],
            "interval_minutes": None,
            "enabled": True,
        },
    ]


def test_only_the_columns_that_are_there_are_given() -> None:
    assert read("ADDRESS , Name\n10.0.0.1,  Hall ").printers == [(2, {"address": "10.0.0.1", "name": "Hall"})]


HEADER = "address,port,name,site,profile,tags,interval_minutes,enabled"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("10.0.0.300,,,,,,,", "is not an IPv4 or IPv6 address"),
        ("printer.example,,,,,,,", "is not an IPv4 or IPv6 address"),
        (",,,,,,,", "'' is not an IPv4 or IPv6 address"),
        ("224.0.0.1,,,,,,,", "is not the address of one device"),
        ("0.0.0.0,,,,,,,", "is not the address of one device"),
        ("fe80::1%eth0,,,,,,,", "is not the address of one device"),
        ("10.0.0.1,0,,,,,,", "port: '0' is not a number from 1 to 65535"),
        ("10.0.0.1,70000,,,,,,", "port: '70000'"),
        ("10.0.0.1,१६१,,,,,,", "port: "),
        ("10.0.0.1,,,Head Office,,,,", "site: 'Head Office' is not usable: 1 to 32 of a-z"),
        ("10.0.0.1,,,,pro file,,,", "profile: 'pro file'"),
        ("10.0.0.1,,,,,,0,", "interval_minutes: '0' is not a number from 1 to 10080"),
        ("10.0.0.1,,,,,,,maybe", "enabled: 'maybe' is neither yes nor no"),
        ("10.0.0.1,,,,,,,,", "The line has 9 values, the header 8 columns."),
        ("10.0.0.1", "The line has 1 values, the header 8 columns."),
        (f"10.0.0.1,,{'x' * 256},,,,,", "name: 256 characters; at most 255"),
        (f"10.0.0.1,,,,,{' '.join(map(str, range(33)))},,", "tags: 33 tags; at most 32"),
        ("10.0.0.1,,\x1b[31mred,,,,,", "control characters"),
        ("10.0.0.1,,a\x00b,,,,,", "control characters"),
        ('10.0.0.1,,"never closed,,,,,', "The quotes do not match."),
        ("x" * 5000, "The line has 5000 characters"),
        ("10.0.0.9,161,,,,,,", "10.0.0.9 port 161 is in line 2 already."),
    ],
)
def test_bad_lines_are_reported_and_their_neighbours_kept(line: str, reason: str) -> None:
    table = read(f"{HEADER}\n10.0.0.9,,first,,,,,\n{line}\n10.0.0.10,,last,,,,,\n")
    assert [n for n, _ in table.printers] == [2, 4]
    ((number, said),) = table.errors
    assert number == 3
    assert reason in said


def test_a_quoted_value_may_hold_the_delimiter() -> None:
    table = read('address,name,tags\n10.0.0.1,"Hall, left",""\n10.0.0.2, "the ""big"" one", "a4,a3"\n')
    assert [p["name"] for _, p in table.printers] == ["Hall, left", 'the "big" one']
    assert table.printers[1][1]["tags"] == ["a4", "a3"]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "The file is empty"),
        ("\n\n", 1, "The file is empty"),
        ("10.0.0.1,a\n10.0.0.2,b", 1, "The column address is missing: the first line must name the columns."),
        ("adress,name\n10.0.0.1,x", 1, "'adress' is not a column and was passed over. Did you mean address?"),
        ("address,frofile\n10.0.0.1,x", 1, "'frofile' is not a column and was passed over. Did you mean profile?"),
        ("address,name,name\n10.0.0.1,x,y", 1, "The column name stands twice"),
    ],
)
def test_bad_headers(text: str, line: int, reason: str) -> None:
    errors = read(text).errors
    assert any(n == line and reason in said for n, said in errors), errors


def test_without_addresses_nothing_is_read() -> None:
    assert read("adress,name\n10.0.0.1,x").printers == []


def test_an_unknown_column_does_not_cost_the_lines() -> None:
    assert read("address,colour,name\n10.0.0.1,red,x").printers == [(2, {"address": "10.0.0.1", "name": "x"})]


@given(st.text(max_size=400))
def test_no_text_breaks_it(text: str) -> None:
    table = read(text)
    assert (
        table.printers
        or table.errors
        or all(not line.strip() or line.startswith("#") or "address" in line.lower() for line in text.splitlines())
    )


good_names = st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=60).map(lambda t: " ".join(t.split()))


@given(st.lists(st.tuples(st.ip_addresses(v=4), good_names), max_size=20), st.sampled_from([",", ";", "\t"]))
def test_what_is_written_by_the_rules_is_read(rows: list[tuple[object, str]], delimiter: str) -> None:
    lines = [f"address{delimiter}name"]
    for address, name in rows:
        quoted = '"' + name.replace('"', '""') + '"'
        lines.append(f"{address}{delimiter}{quoted}")
    table = read("\n".join(lines))
    for number, printer in table.printers:
        address, name = rows[number - 2]
        assert printer == {"address": str(address), "name": name}
    assert len(table.printers) + len(table.errors) == len(rows)
    assert {n for n, _ in table.printers} | {n for n, _ in table.errors} == set(range(2, len(rows) + 2))
