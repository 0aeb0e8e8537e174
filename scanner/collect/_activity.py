"""What runs in accounts and what that needs: runbooks, jobs, schedules, webhooks and assets.

Six lists are read of every account. All else is read only where one of those, or the account itself, calls for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from scanner.collect import _activity_parsing as parsing
from scanner.collect import _lookback as lookback
from scanner.collect._answers import NotAnswered
from scanner.collect._automation import VERSION
from scanner.collect._lookback import LookBack, Window
from scanner.collect._pages import Parse, R
from scanner.collect._reader import Endpoint, Reader
from scanner.inventory import (
    ArmId,
    AutomationAccount,
    GapReason,
    GroupType,
    Job,
    JobSchedule,
    Reading,
    Runbook,
    RunbookSignature,
    Webhook,
    WorkerGroup,
)

RUNBOOKS = Endpoint(Reading.RUNBOOKS, "automation", VERSION, "runbooks", rank=0)
RUNBOOK_CONTENT = Endpoint(Reading.RUNBOOK_CONTENT, "automation", VERSION, "content", accept="text/plain")
JOBS = Endpoint(Reading.JOBS, "automation", VERSION, "jobs", rank=0)
JOB = Endpoint(Reading.JOB, "automation", VERSION)
JOB_SCHEDULES = Endpoint(Reading.JOB_SCHEDULES, "automation", VERSION, "jobSchedules", rank=0)
SCHEDULES = Endpoint(Reading.SCHEDULES, "automation", VERSION, "schedules")
WEBHOOKS = Endpoint(Reading.WEBHOOKS, "automation", VERSION, "webhooks", rank=0)
CREDENTIALS = Endpoint(Reading.CREDENTIALS, "automation", VERSION, "credentials")
RUNTIME_ENVIRONMENTS = Endpoint(Reading.RUNTIME_ENVIRONMENTS, "automation", VERSION, "runtimeEnvironments")
MODULES = Endpoint(Reading.MODULES, "automation", VERSION, "modules")
VARIABLES = Endpoint(Reading.VARIABLES, "automation", VERSION, "variables")
DSC_NODES = Endpoint(Reading.DSC_NODES, "automation", VERSION, "nodes")
PRIVATE_ENDPOINTS = Endpoint(Reading.PRIVATE_ENDPOINTS, "automation", VERSION, "privateEndpointConnections")
DIAGNOSTIC_SETTINGS = Endpoint(
    Reading.DIAGNOSTIC_SETTINGS, "arm", "2021-05-01-preview", "providers/Microsoft.Insights/diagnosticSettings"
)
_FIRST = (RUNBOOKS, JOBS, JOB_SCHEDULES, WEBHOOKS, RUNTIME_ENVIRONMENTS, DIAGNOSTIC_SETTINGS)

MOST_JOB_PAGES = 100
MOST_EXCEPTIONS = 100
"""Jobs of one account whose exception is read, at most."""
MOST_EXCEPTIONS_ALIKE = 10
"""The same of one runbook on one group: more of them repeat what these say."""
MOST_CONTENTS = 500
"""Runbooks of one account whose content is read, at most."""

_STOPPED_BY_ITSELF = frozenset({"failed", "suspended"})
_COMPLETED = "completed"
_NEVER_PUBLISHED = "new"
_UNDATED = datetime.min.replace(tzinfo=UTC)

Start = Callable[[Coroutine[Any, Any, Any]], None]


class Activity:
    """Collects what runs in accounts; `start` runs a coroutine beside the others of the scan."""

    def __init__(self, reader: Reader, start: Start, look_back: LookBack, included: frozenset[str]) -> None:
        self._reader = reader
        self._start = start
        self._jobs_of = look_back.of(lookback.JOBS)
        self._with_variables = "variables" in included
        self._accounts: dict[str, _Account] = {}

    def plan(self, account: ArmId) -> None:
        """Plan all reads of one account that depend on nothing else."""
        for endpoint in _FIRST:
            self._reader.plan(endpoint.reading, account)
        if self._with_variables:
            self._reader.plan(VARIABLES.reading, account)

    def account(self, account: ArmId) -> None:
        """Start the planned reads of one account; called once an account."""
        self._of(account).begin(with_variables=self._with_variables)

    def groups(self, account: ArmId, groups: list[WorkerGroup]) -> None:
        """Go on with what depends on the account's worker groups, all that were seen; called once an account."""
        self._of(account).go_on_with_groups(groups)

    def details(self, account: AutomationAccount) -> None:
        """Go on with what depends on the account's own GET; called only when that was answered."""
        self._of(account.id).go_on_with_details(account)

    def _of(self, account: ArmId) -> _Account:
        if account.key not in self._accounts:
            self._accounts[account.key] = _Account(self._reader, self._start, account, self._jobs_of)
        return self._accounts[account.key]


class _Account:
    """One account; a list is None until its read has ended, and then lets go on what waited for it.

    What follows a read is planned in the step that ended it, so that no cut-off can fall in between.
    """

    def __init__(self, reader: Reader, start: Start, id_: ArmId, window: Window) -> None:
        self._reader = reader
        self._start = start
        self._id = id_
        self._window = window
        self._groups: list[WorkerGroup] | None = None
        self._runbooks: list[Runbook] | None = None
        self._jobs: list[Job] | None = None
        self._job_schedules: list[JobSchedule] | None = None
        self._webhooks: list[Webhook] | None = None
        self._contents_decided = False

    def begin(self, *, with_variables: bool) -> None:
        """Start the reads that depend on nothing else and are planned."""
        self._start(self._read_runbooks())
        self._start(self._read_jobs())
        self._start(self._read_job_schedules())
        self._start(self._read_webhooks())
        self._start(self._list(RUNTIME_ENVIRONMENTS, parsing.parse_runtime_environment))
        self._start(self._list(DIAGNOSTIC_SETTINGS, partial(parsing.parse_diagnostic_setting, self._id)))
        if with_variables:
            self._start(self._list(VARIABLES, parsing.parse_variable))

    def go_on_with_details(self, account: AutomationAccount) -> None:
        """Start the reads that the account's own GET calls for."""
        if account.disable_local_auth:
            self._begin_list(DSC_NODES, parsing.parse_dsc_node)
        if account.public_network_access is False:
            self._begin_list(PRIVATE_ENDPOINTS, parsing.parse_private_endpoint_connection)

    def go_on_with_groups(self, groups: list[WorkerGroup]) -> None:
        """Start the reads that the account's worker groups call for."""
        self._groups = groups
        if any(group.credential for group in groups):
            self._begin_list(CREDENTIALS, parsing.parse_credential)
        self._decide_on_contents()

    def _begin_list(self, endpoint: Endpoint, parse: Parse[R]) -> None:
        if self._reader.plan(endpoint.reading, self._id):
            self._start(self._list(endpoint, parse))

    async def _list(self, endpoint: Endpoint, parse: Parse[R]) -> list[R]:
        return await self._reader.collection(endpoint, self._id, parse)

    async def _read_runbooks(self) -> None:
        self._runbooks = await self._list(RUNBOOKS, parsing.parse_runbook)
        self._decide_on_contents()

    async def _read_job_schedules(self) -> None:
        self._job_schedules = await self._list(JOB_SCHEDULES, parsing.parse_job_schedule)
        if self._job_schedules:
            self._begin_list(SCHEDULES, parsing.parse_schedule)
        self._decide_on_contents()

    async def _read_webhooks(self) -> None:
        self._webhooks = await self._list(WEBHOOKS, parsing.parse_webhook)
        self._decide_on_contents()

    # -- jobs -------------------------------------------------------------------------------------------------

    async def _read_jobs(self) -> None:
        """Keep the hybrid jobs of the look-back, and of Azure's own sandbox the newest job of each runbook."""
        reader, window = self._reader, self._window
        listed = await reader.collection(
            JOBS,
            self._id,
            parsing.parse_job,
            most_pages=MOST_JOB_PAGES,
            keep=lambda job: job.run_on is not None and _is_within(job, window),
        )
        self._jobs = [job for job in listed if _is_within(job, window)]
        for job in _newest_of_each_runbook(job for job in self._jobs if job.run_on is None):
            reader.keep(job)
        if window.shortened and reader.answered(JOBS.reading, self._id):
            reader.skip(JOBS.reading, self._id, f"only since {window.start:%Y-%m-%dT%H:%M:%SZ} was read")
        self._read_exceptions(self._jobs)
        self._decide_on_contents()

    def _read_exceptions(self, jobs: list[Job]) -> None:
        chosen, left = _choose(jobs)
        for job in chosen:
            if self._reader.plan(JOB.reading, job.id):
                self._start(self._reader.item(JOB, job.id, parsing.parse_job_details))
        self._leave(JOB, left, "failed or suspended hybrid jobs")

    # -- content ----------------------------------------------------------------------------------------------

    def _decide_on_contents(self) -> None:
        """Plan the contents as soon as it is certain which ones; the order counts only beyond the limit."""
        if self._contents_decided or self._runbooks is None or self._groups is None:
            return
        published = [book for book in self._runbooks if (book.state or "").lower() != _NEVER_PUBLISHED]
        targeted = self._targeted()
        if targeted is None and not (self._may_have_workers() and len(published) <= MOST_CONTENTS):
            return
        self._contents_decided = True
        if self._may_have_workers() or targeted:
            first = targeted or frozenset()
            self._read_contents(sorted(published, key=lambda book: (book.name.lower() not in first, book.id)))

    def _may_have_workers(self) -> bool:
        """Whether a group is there for runbooks; groups that were not seen in full may hold one."""
        for_runbooks = any(group.group_type is not GroupType.SYSTEM for group in self._groups or ())
        return for_runbooks or not self._reader.answered(Reading.GROUPS, self._id)

    def _targeted(self) -> frozenset[str | None] | None:
        """The runbooks that run on hybrid groups, lower-cased; None while a list that tells it is being read."""
        if self._jobs is None or self._job_schedules is None or self._webhooks is None:
            return None
        ties: list[Job | JobSchedule | Webhook] = [*self._jobs, *self._job_schedules, *self._webhooks]
        return frozenset(_lower(tie.runbook) for tie in ties if tie.run_on is not None)

    def _read_contents(self, published: list[Runbook]) -> None:
        listed = {book.name.lower(): book.id for book in self._runbooks or ()}
        for book in published[:MOST_CONTENTS]:
            if self._reader.plan(RUNBOOK_CONTENT.reading, book.id):
                self._start(self._read_content(book, listed))
        self._leave(RUNBOOK_CONTENT, len(published) - MOST_CONTENTS, "published runbooks")

    async def _read_content(self, book: Runbook, listed: dict[str, ArmId]) -> None:
        content = await self._reader.document(RUNBOOK_CONTENT, book.id, partial(parsing.parse_content, book, listed))
        if content is not None and any(sign.signature is RunbookSignature.AZURE_RM for sign in content.signs):
            self._begin_list(MODULES, parsing.parse_module)

    def _leave(self, endpoint: Endpoint, count: int, what: str) -> None:
        """Enter what lies beyond a limit, if anything does."""
        if count > 0 and self._reader.plan(endpoint.reading, self._id):
            if endpoint.reading in self._reader.skipped:
                self._reader.skip(endpoint.reading, self._id)
            else:
                outcome = NotAnswered(GapReason.TRUNCATED, f"{count} more {what} were not read")
                self._reader.gap(endpoint.reading, self._id, outcome)


def _choose(jobs: list[Job]) -> tuple[list[Job], int]:
    """The hybrid jobs that failed, newest first, as many as are read in detail; and how many were left out.

    A list that does not tell where a job runs leaves that to the job's own GET, for all that did not complete.
    """
    failed = [job for job in jobs if _is_worth_a_read(job)]
    chosen: list[Job] = []
    alike: Counter[tuple[str | None, str | None]] = Counter()
    for job in sorted(failed, key=_age, reverse=True):
        kind = (_lower(job.runbook), _lower(job.run_on))
        if alike[kind] < MOST_EXCEPTIONS_ALIKE and len(chosen) < MOST_EXCEPTIONS:
            alike[kind] += 1
            chosen.append(job)
    return chosen, len(failed) - len(chosen)


def _is_worth_a_read(job: Job) -> bool:
    status = _lower(job.status)
    if job.run_on is not None:
        return status in _STOPPED_BY_ITSELF
    return not job.run_on_told and status != _COMPLETED


def _newest_of_each_runbook(jobs: Iterable[Job]) -> list[Job]:
    return list({_lower(job.runbook): job for job in sorted(jobs, key=_age)}.values())


def _age(job: Job) -> tuple[datetime, ArmId]:
    """Sorts jobs from the oldest to the newest, in the same way for any order of the list."""
    return job.created_at or _latest(job) or _UNDATED, job.id


def _is_within(job: Job, window: Window) -> bool:
    """Whether anything happened to a job in the window; one that tells no time may lie within."""
    latest = _latest(job)
    return latest is None or latest >= window.start


def _latest(job: Job) -> datetime | None:
    moments = (job.created_at, job.started_at, job.ended_at, job.changed_at)
    return max((moment for moment in moments if moment is not None), default=None)


def _lower(name: str | None) -> str | None:
    return None if name is None else name.lower()
