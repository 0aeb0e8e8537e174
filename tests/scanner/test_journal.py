"""The journal: what was answered is there again, whatever became of the file's end, and for the same command only."""

import errno
import os

import msgspec
import pytest
from builders import NOW, account, account_id, answered, connection, days, extension, gap, job, machine, worker

from scanner.errors import StartError, UsageError
from scanner.inventory import Reading, Scope
from scanner.inventory.journal import Command, Record, open_journal, recorded
from scanner.inventory.lines import Lines

COMMAND = Command(hwaudit="1.0", cloud="AzureCloud")
ACCOUNT = account_id()
FIRST = Record(read=answered(Reading.CONNECTIONS, ACCOUNT), resources=(connection(), connection("Ünlike\n")))
SECOND = Record(
    read=answered(Reading.JOBS, ACCOUNT, items=2), resources=(job(),), flaws=(gap(Reading.JOBS, ACCOUNT.child("jobs", "x")),)
)  # fmt: skip


@pytest.fixture
def path(tmp_path):
    return tmp_path / "out" / "hwaudit.journal"


@pytest.fixture
def opened(path):
    """Open the journal; what it tells goes to stderr."""

    def run(command=COMMAND, **options):
        return open_journal(path, command, **options)

    return run


@pytest.fixture
def cut_off(opened):
    """A journal of two reads, of a scan that was cut off; returns when that began."""
    with opened(since=NOW - days(7)) as journal:
        started = journal.start()
        journal.write(FIRST)
        journal.write(SECOND)
    return started


def recalled(journal, record):
    return journal.recall(record.read.reading, ACCOUNT)


# -- what it keeps --------------------------------------------------------------------------------------------


def test_what_was_written_is_recalled_once(opened, cut_off):
    with opened(resume=True) as journal:
        assert journal.remembers(Reading.CONNECTIONS, ACCOUNT)
        assert (recalled(journal, FIRST), recalled(journal, SECOND)) == (FIRST, SECOND)
        assert recalled(journal, FIRST) is None
        assert not journal.remembers(Reading.CONNECTIONS, ACCOUNT)
        assert journal.recalled == 2


def test_resources_of_several_kinds_and_those_beside_them_come_back(opened):
    record = Record(
        read=answered(Reading.VIRTUAL_MACHINES, ACCOUNT.subscription),
        resources=(account(), machine(), worker()),
        beside=(extension(),),
        bulk=True,
    )
    with opened() as journal:
        journal.write(record)
    with opened(resume=True) as journal:
        assert journal.remembers(Reading.VIRTUAL_MACHINES, ACCOUNT.subscription, bulk=True)
        assert not journal.remembers(Reading.VIRTUAL_MACHINES, ACCOUNT.subscription, bulk=False)
        assert journal.recall(Reading.VIRTUAL_MACHINES, ACCOUNT.subscription) == record


def test_a_resumed_scan_began_when_the_first_did_and_means_the_same_moments(opened, cut_off, capsys):
    with opened(resume=True, since=NOW) as journal:
        assert journal.start() == cut_off
        assert journal.since == NOW - days(7)
    begun = f"{cut_off:%Y-%m-%d %H:%M} UTC"
    assert capsys.readouterr().err.startswith(f"hwaudit: going on with the scan of {begun}: 2 reads are in ")


def test_a_journal_that_was_cut_off_twice_holds_what_both_wrote(opened, cut_off, path):
    third = Record(read=answered(Reading.GROUPS, ACCOUNT))
    with opened(resume=True) as journal:
        journal.write(third)
        journal.note("Resource Graph was not used")
    with opened(resume=True) as journal:
        assert [recalled(journal, record) for record in (FIRST, SECOND, third)] == [FIRST, SECOND, third]
        assert journal.notes == ["Resource Graph was not used"]
    assert recorded(path) == [FIRST.read, SECOND.read, third.read]


def test_the_file_follows_the_umask(opened, cut_off, path):
    umask = os.umask(0)
    os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask


def test_a_journal_of_nothing_leaves_neither_file_nor_folder(opened, path):
    with opened():
        assert path.exists()
    assert not path.parent.exists()


def test_a_scan_that_could_not_begin_leaves_no_journal_but_the_one_it_resumed(opened, cut_off, path):
    def fail(journal):
        with journal:
            journal.write(Record(read=answered(Reading.GROUPS, ACCOUNT)))
            raise StartError("nothing")

    with pytest.raises(StartError):
        fail(opened(resume=True))
    assert len(recorded(path)) == 3
    with pytest.raises(StartError):
        fail(opened())
    assert not path.exists()


# -- a damaged end --------------------------------------------------------------------------------------------


def test_a_record_cut_at_any_byte_is_dropped_and_the_one_before_it_used(opened, cut_off, path, capsys):
    whole = path.read_bytes()
    *_, last = whole.splitlines(keepends=True)
    for length in range(len(last)):
        path.write_bytes(whole[: len(whole) - len(last) + length])
        with opened(resume=True) as journal:
            assert recalled(journal, FIRST) == FIRST
            assert not journal.remembers(Reading.JOBS, ACCOUNT)
            journal.write(SECOND)
        assert path.read_bytes() == whole
        [line] = capsys.readouterr().err.splitlines()
        assert (f"whose damaged end ({length} bytes) was dropped" in line) == (length > 0)


def test_a_damaged_byte_ends_what_is_used(opened, cut_off, path):
    whole = bytearray(path.read_bytes())
    start = len(whole) - len(bytes(whole).splitlines(keepends=True)[-1])
    for place in range(start, len(whole)):
        path.write_bytes(bytes(whole[:place]) + bytes([whole[place] ^ 1]) + bytes(whole[place + 1 :]))
        with opened(resume=True, quiet=True) as journal:
            assert recalled(journal, FIRST) == FIRST
            assert not journal.remembers(Reading.JOBS, ACCOUNT)


def test_a_header_cut_at_any_byte_is_a_journal_that_holds_nothing(opened, cut_off, path, capsys):
    header = path.read_bytes().splitlines(keepends=True)[0]
    for length in range(len(header)):
        path.write_bytes(header[:length])
        with opened(resume=True) as journal:
            assert not journal.resumed
            journal.write(FIRST)
        assert "everything is read" in capsys.readouterr().err
        assert recorded(path) == [FIRST.read]


# -- whose it is ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"hwaudit": "2.0"}, "the version of hwaudit (1.0, now 2.0)"),
        ({"cloud": "https://arm"}, "the cloud (AzureCloud, now https://arm)"),
        ({"tenants": ("contoso",)}, "--tenant (none, now contoso)"),
        ({"skip": ("jobs", "logs")}, "--skip (none, now jobs, logs)"),
        ({"include": ("variables",)}, "--include (none, now variables)"),
        ({"since": "7d"}, "--since (none, now 7d)"),
        ({"as_of": NOW}, f"--as-of (none, now {NOW})"),
        ({"scope": Scope(subscriptions=("a", "b"))}, "--subscriptions (none, now a, b)"),
        ({"since": "7d", "tenants": ("x",)}, "--tenant (none, now x), --since (none, now 7d)"),
    ],
)
def test_another_command_cannot_go_on_with_it(opened, cut_off, path, changes, said):
    before = path.read_bytes()
    with pytest.raises(UsageError) as caught:
        opened(msgspec.structs.replace(COMMAND, **changes), resume=True)
    assert f"differs in {said}: resume with the same options" in str(caught.value)
    assert path.read_bytes() == before


def test_a_file_that_is_no_journal_is_neither_used_nor_replaced(opened, path):
    path.parent.mkdir()
    path.write_bytes(b"Dear diary, ...")
    for resume in (False, True):
        with pytest.raises(UsageError, match="is no journal of hwaudit"):
            opened(resume=resume)
    assert path.read_bytes() == b"Dear diary, ..."


def test_the_journal_of_another_version_is_told(opened, cut_off, path, monkeypatch):
    monkeypatch.setattr("scanner.inventory.journal.SNAPSHOT_VERSION", 99)
    with pytest.raises(UsageError, match="another version of hwaudit: resume with the version that wrote it"):
        opened(resume=True)


def test_without_resume_a_left_over_journal_is_told_and_replaced_at_the_first_answer(opened, cut_off, path, capsys):
    with opened():
        pass
    assert "that was cut off: --resume would have gone on with it" in capsys.readouterr().err
    assert len(recorded(path)) == 2
    with opened(quiet=True) as journal:
        journal.write(SECOND)
    assert recorded(path) == [SECOND.read]
    assert capsys.readouterr().err == ""


def test_where_no_journal_is_everything_is_read(opened, capsys):
    with opened(resume=True) as journal:
        assert not journal.resumed
    assert "there is no journal" in capsys.readouterr().err
    with opened(resume=True, quiet=True):
        assert capsys.readouterr().err == ""


def test_two_scans_cannot_write_one_journal(opened, path):
    with opened() as journal:
        journal.write(FIRST)
        for resume in (False, True):
            with pytest.raises(UsageError, match=r"another scan is writing .*: wait for its end"):
                opened(resume=resume)
    with opened(resume=True) as journal:
        assert recalled(journal, FIRST) == FIRST


def test_a_scan_that_waited_for_a_removed_journal_makes_a_new_one(path, monkeypatch):
    removed = []

    def take(_descriptor):
        if not removed:
            removed.append(path.unlink())

    monkeypatch.setattr("scanner.inventory.lines._take", take)
    lines = Lines.hold(path)
    lines.append(b"here")
    lines.close()
    assert [text for _, text in Lines.hold(path).read()] == [b"here"]


# -- a disk that fails ----------------------------------------------------------------------------------------


def failing(left):
    """A write that stops in the middle of a line when so many bytes were written."""
    real = os.write

    def write(descriptor, data):
        nonlocal left
        if left <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        count = real(descriptor, data[:left])
        left -= count
        return count

    return write


def test_a_full_disk_ends_the_journal_with_one_line_and_whole_records(opened, cut_off, path, monkeypatch, capsys):
    size = path.stat().st_size
    path.unlink()
    with opened() as journal:
        monkeypatch.setattr(os, "write", failing(size + 20))
        for record in (FIRST, SECOND, FIRST, SECOND):
            journal.write(record)
        assert not journal.holds
    monkeypatch.undo()
    [line] = capsys.readouterr().err.splitlines()
    assert line == f"hwaudit: cannot write the journal {path} (No space left on device): the scan goes on without it"
    assert recorded(path) == [FIRST.read, SECOND.read]


def test_a_journal_that_cannot_be_made_is_told_and_done_without(opened, path, capsys):
    path.mkdir(parents=True)
    with opened(since=NOW) as journal:
        journal.write(FIRST)
        assert journal.since == NOW
    assert "the scan goes on without it" in capsys.readouterr().err
    with pytest.raises(UsageError, match="cannot open the journal"):
        opened(resume=True)


def test_a_disk_that_fails_later_ends_the_journal(opened, path, monkeypatch, capsys):
    def broken(_descriptor):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("scanner.inventory.lines.SYNC_EVERY", 0.001)
    monkeypatch.setattr(os, "fsync", broken)
    with opened() as journal:
        journal.write(FIRST)
        journal._lines._syncing.join()
        journal.write(SECOND)
    assert "(Input/output error)" in capsys.readouterr().err
