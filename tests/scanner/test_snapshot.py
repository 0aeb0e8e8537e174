"""Snapshots: the same estate gives the same bytes and comes back whole; anything else is refused in one line."""

import gzip
import json
import stat

import pytest
from builders import NOW, account, days, estate, group, worker
from tenants import scan_named

from scanner.errors import SnapshotError, UsageError
from scanner.inventory import Reading
from scanner.inventory.snapshot import dump, load, write_atomically

ESTATE = estate(account(), group(), worker(age=days(40)), as_of=NOW)


@pytest.fixture
def place(tmp_path):
    return tmp_path / "estate.snapshot"


def unpacked(estate=ESTATE):
    """The header, and what the other lines hold by the estate's field."""
    header, *parts = map(json.loads, gzip.decompress(dump(estate)).splitlines())
    held = {}
    for part in parts:
        for name, items in part.items():
            held.setdefault(name, []).extend(items)
    return header, held


def packed(header, held):
    return gzip.compress("".join(f"{json.dumps(line)}\n" for line in (header, held)).encode())


def rewritten(**changes):
    header, held = unpacked()
    return packed(header | changes, held)


@pytest.mark.parametrize("name", ["built", "contoso", "blind", "spotless"])
def test_an_estate_comes_back_as_it_was(name, place):
    kept = ESTATE if name == "built" else scan_named(name).estate
    place.write_bytes(dump(kept))
    assert load(place) == kept


def test_a_list_of_any_length_is_written_in_parts_and_read_whole(place):
    many = estate(account(), group(), *(worker(f"vm{number}") for number in range(2_345)))
    place.write_bytes(dump(many))
    lines = gzip.decompress(place.read_bytes()).splitlines()
    assert max(len(items) for line in lines[1:] for items in json.loads(line).values()) == 1_000
    assert load(place) == many


def test_equal_ids_times_and_words_are_read_as_one_object(place):
    place.write_bytes(dump(estate(account(), group(), worker("vm1"), worker("vm2"))))
    one, other = load(place).workers
    assert one.group is other.group
    assert one.read_at is other.read_at


def test_a_failure_on_the_way_leaves_the_file_as_it_was(tmp_path):
    def broken():
        yield b"half"
        raise LookupError("lost")

    write_atomically(tmp_path / "file", b"whole")
    with pytest.raises(LookupError):
        write_atomically(tmp_path / "file", broken())
    assert [entry.read_bytes() for entry in tmp_path.iterdir()] == [b"whole"]


def test_one_estate_gives_the_same_bytes():
    assert dump(ESTATE) == dump(ESTATE)


def test_it_keeps_no_secret_of_a_connection_or_a_key():
    text = gzip.decompress(dump(scan_named("contoso").estate)).decode().lower().replace('"password-prompt"', "")
    for word in ("password", "primarykey", "sharedkey", "sasurl"):
        assert word not in text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is not an hwaudit snapshot"),
        (b'{"schema": "hwaudit-report/1"}', "is not an hwaudit snapshot"),
        (gzip.compress(b"plain text"), "is not an hwaudit snapshot"),
        (gzip.compress(b'{"some": "json"}'), "is not an hwaudit snapshot"),
        (gzip.compress(b"\xff\xfe\x00"), "is not an hwaudit snapshot"),
        (rewritten(format="other-tool"), "is not an hwaudit snapshot"),
        (dump(ESTATE)[:-200], "is truncated or damaged"),
        (dump(ESTATE)[:30], "is truncated or damaged"),
        (dump(ESTATE)[:60] + bytes(20) + dump(ESTATE)[80:], "is truncated or damaged"),
        (rewritten(version=2), "has snapshot version 2, this hwaudit reads version 3: use the hwaudit version"),
        (rewritten(facts={}), "is damaged"),
        (gzip.compress(gzip.decompress(dump(ESTATE)) + b"{"), "is damaged"),
    ],
    ids=[
        "empty",
        "report",
        "text",
        "other json",
        "bytes",
        "other tool",
        "cut",
        "cut early",
        "holes",
        "older",
        "damaged",
        "damaged line",
    ],
)
def test_what_is_no_whole_snapshot_is_refused(data, said, place):
    place.write_bytes(data)
    with pytest.raises(SnapshotError) as refused:
        load(place)
    assert said in str(refused.value)
    assert str(place) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(SnapshotError, match="cannot read"):
        load(tmp_path / "absent")
    with pytest.raises(SnapshotError, match="cannot read"):
        load(tmp_path)


def test_a_file_is_written_whole_with_the_usual_permissions(tmp_path):
    place = tmp_path / "new" / "folder" / "file"
    write_atomically(place, b"one")
    write_atomically(place, iter((b"t", b"wo")))
    assert place.read_bytes() == b"two"
    assert [entry.name for entry in place.parent.iterdir()] == ["file"]
    (tmp_path / "usual").touch()
    assert stat.S_IMODE(place.stat().st_mode) == stat.S_IMODE((tmp_path / "usual").stat().st_mode)


def test_a_place_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(UsageError, match="cannot write"):
        write_atomically(tmp_path / "taken", b"x")
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot write"):
        write_atomically(tmp_path / "file" / "below", b"x")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "taken"]


def test_an_id_that_is_no_text_and_a_time_without_a_zone_are_damage(place):
    for damage in ({"id": 5}, {"read_at": "2026-11-22T12:00:00"}):
        header, held = unpacked()
        held["accounts"][0] |= damage
        place.write_bytes(packed(header, held))
        with pytest.raises(SnapshotError, match="is damaged"):
            load(place)


@pytest.mark.parametrize("damage", ["no group", "odd list", "odd time", "too deep"])
def test_what_no_scan_writes_is_damage(place, damage):
    header, held = unpacked()
    if damage == "no group":
        held["groups"] = []
    elif damage == "odd list":
        gap = {"scope": "x", "reading": Reading.WORKERS.value, "reason": "malformed"}
        held["reads"] += [
            {"scope": "x", "reading": Reading.WORKERS.value, "read_at": "2026-11-22T12:00:00Z", "gap": gap}
        ]
    elif damage == "odd time":
        held["workers"][0]["last_seen"] = "0001-01-01T00:00:00+14:00"
    deep = gzip.compress(b"[" * 200_000)
    place.write_bytes(deep if damage == "too deep" else packed(header, held))
    with pytest.raises(SnapshotError):
        load(place)
