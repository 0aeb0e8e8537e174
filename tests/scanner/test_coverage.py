"""The ledger: what was answered, what was not, and what only a full answer proves."""

from builders import NOW, account_id, answered, gap, group_id, workspace_id

from scanner.inventory import Gap, GapReason, Ledger, Read, Reading, with_prerequisites

ACCOUNT = account_id()


def malformed(scope, listed_in=ACCOUNT):
    found = Gap(
        scope=str(scope), reading=Reading.CERTIFICATES, reason=GapReason.MALFORMED, status=200, listed_in=str(listed_in)
    )
    return Read(scope=found.scope, reading=found.reading, read_at=NOW, gap=found)


def test_the_operation_of_every_reading_is_an_rbac_action():
    for reading in Reading:
        assert reading.operation.startswith("Microsoft.")
        assert reading.operation.endswith("/read")
        assert "#" not in reading.operation


def test_every_reading_but_the_first_follows_another():
    for reading in Reading:
        first = {Reading.SUBSCRIPTIONS, Reading.MANAGEMENT_GROUP}
        assert reading in first or with_prerequisites((reading,)) & first


def test_an_answered_read_proves_an_absence_whatever_the_case_of_its_scope():
    ledger = Ledger([answered(Reading.CERTIFICATES, ACCOUNT.text.upper(), items=0)])
    assert ledger.answer_at(Reading.CERTIFICATES, ACCOUNT).answered.items == 0
    assert ledger.answer_at(Reading.CERTIFICATES, ACCOUNT.text + "/") is not None
    assert ledger.gap_at(Reading.CERTIFICATES, ACCOUNT) is None


def test_what_was_never_planned_proves_nothing():
    ledger = Ledger([answered(Reading.GROUPS, ACCOUNT)])
    assert ledger.answer_at(Reading.CERTIFICATES, ACCOUNT) is None
    assert ledger.gap_at(Reading.CERTIFICATES, ACCOUNT) is None


def test_a_malformed_item_spoils_the_proof_of_its_list():
    ledger = Ledger([answered(Reading.CERTIFICATES, ACCOUNT, items=3), malformed(ACCOUNT.child("certificates", "c"))])
    assert ledger.answer_at(Reading.CERTIFICATES, ACCOUNT) is None
    assert ledger.gap_at(Reading.CERTIFICATES, ACCOUNT).reason is GapReason.MALFORMED
    assert (ledger.planned, ledger.answered) == (2, 1)


def test_equal_gaps_become_one_with_a_count():
    ledger = Ledger(
        [malformed(ACCOUNT), malformed(ACCOUNT.text.upper()), malformed(ACCOUNT.child("certificates", "c"))]
    )
    assert sorted(found.count for found in ledger.gaps) == [1, 2]
    assert (ledger.planned, ledger.answered) == (3, 0)


def test_the_place_of_a_gap_is_its_list_or_its_scope():
    assert Ledger([]).place_of(malformed(ACCOUNT.child("certificates", "c")).gap) == ACCOUNT
    assert Ledger([]).place_of(gap(Reading.WORKERS, group_id()).gap) == group_id()


def test_the_id_of_a_gap_knows_no_case_and_tells_scope_operation_and_reason_apart():
    one = gap(Reading.WORKERS, group_id()).gap
    assert one.id == gap(Reading.WORKERS, group_id().text.upper(), status=500).gap.id
    others = [
        gap(Reading.WORKERS, group_id("b")).gap,
        gap(Reading.GROUPS, group_id()).gap,
        gap(Reading.WORKERS, group_id(), GapReason.TIMEOUT).gap,
    ]
    assert len({one.id, *(other.id for other in others)}) == 4


def test_gaps_come_in_one_order_however_they_were_read():
    reads = [
        gap(Reading.WORKERS, group_id()),
        gap(Reading.CERTIFICATES, ACCOUNT),
        gap(Reading.WORKSPACE, workspace_id()),
    ]
    assert Ledger(reads).gaps == Ledger(reversed(reads)).gaps
