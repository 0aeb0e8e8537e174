"""Runs one scan: connects as the user asked, collects, shows progress, and stops cleanly on a signal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from scanner import __version__
from scanner.clocks import ClockWatch
from scanner.clouds import CLOUDS, Cloud
from scanner.collect import EVERYTHING, Choice, collect_estate
from scanner.credentials import credential_for
from scanner.errors import StartError
from scanner.escape import visible
from scanner.inventory import (
    Estate,
    Gap,
    GapReason,
    Read,
    Reading,
    RequestCounts,
    ScanFacts,
    Scope,
)
from scanner.inventory.journal import Command, Journal
from scanner.options import Auth, CloudName
from scanner.pacing import Pacer
from scanner.policies import DEADLINE
from scanner.progress import progress_line
from scanner.recording import Recorder
from scanner.redaction import Redaction
from scanner.session import Session, discover_cloud, load_sdks, open_transport
from scanner.sessions import Refusal, Sessions, ids_of, named_tenants, root_of
from scanner.signals import stop_on_signals
from scanner.terminal import complain
from scanner.tokens import RenewableCredential

if TYPE_CHECKING:
    from scanner.emulator import Emulator
    from scanner.policies import Transport

T = TypeVar("T")
_SPARE_CONNECTIONS = 8  # for the login beside the reads
A_DAY = timedelta(days=1)
PEOPLE_TAKE = 900.0
"""Seconds that a device code lives (Microsoft Entra's default): the user has that long to enter it."""


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach and log in to a cloud; `tenants` are those that the user named, each once."""

    demo: bool = False
    auth: Auth = Auth.DEFAULT
    tenants: tuple[str, ...] = ()
    cloud: CloudName | None = None
    arm_endpoint: str | None = None
    concurrency: int = 64

    @property
    def tenant(self) -> str | None:
        """The tenant where one was named."""
        return self.tenants[0] if len(self.tenants) == 1 else None

    @property
    def logins(self) -> tuple[str | None, ...]:
        """The tenants to log in to; None for whichever the credential is of."""
        return self.tenants or (None,)

    @property
    def place(self) -> str:
        """What is scanned: the endpoint or the cloud that the user named, or the demonstration."""
        return "--demo" if self.demo else self.arm_endpoint or self.cloud or CloudName.PUBLIC


def command_of(
    connection: Connection, scope: Scope, choice: Choice, *, since: str | None, as_of: datetime | None
) -> Command:
    """What the journal of a scan is known by; `since` is as the user wrote it."""
    return Command(
        hwaudit=__version__,
        cloud=connection.place,
        tenants=tuple(sorted(name.lower() for name in connection.tenants)),
        scope=scope,
        skip=tuple(sorted(choice.skipped)),
        include=tuple(sorted(choice.included)),
        since=since,
        as_of=as_of,
    )


async def scan_tenant(
    connection: Connection,
    scope: Scope,
    journal: Journal,
    *,
    as_of: datetime | None = None,
    choice: Choice = EVERYTHING,
    quiet: bool = True,
    redaction: Redaction | None = None,
    recorder: Recorder | None = None,
) -> Estate:
    """Collect an estate; SIGINT and SIGTERM end it early with what was seen. Raises StartError when it cannot begin.

    A scan that goes on with a journal looks back as far as the one that began it. A `redaction` concerns what is told
    on the way: the estate has the real names. A `recorder` writes down what is sent and answered after the login.
    """
    choice = msgspec.structs.replace(choice, since=journal.since)
    with stop_on_signals() as stop, progress_line(quiet=quiet, redaction=redaction) as progress:
        opening = Opening(connection, _near(as_of, journal.start()), recorder, nameless=redaction is not None)
        whole = False
        try:
            sessions = await _unless_stopped(opening.open(), stop)
            if sessions is None:
                return _nothing_seen(connection, scope, journal.start(), as_of, choice)
            if recorder is not None:
                _begin(recorder, sessions.cloud, as_of or journal.start(), scope, choice)
            async with _beside(progress.watch(sessions.pacer)):
                estate = await collect_estate(
                    sessions,
                    scope,
                    progress=progress,
                    tenant_id=connection.tenant,
                    as_of=as_of,
                    choice=choice,
                    stop=stop,
                    journal=journal,
                )
            whole = not estate.facts.interrupted
            return estate
        finally:
            await opening.close()
            if recorder is not None:
                recorder.close(whole=whole)


def _begin(recorder: Recorder, cloud: Cloud, as_of: datetime, scope: Scope, choice: Choice) -> None:
    """Let the recording begin, with the options that ask a replay of it for the same."""
    named = (
        *(("--subscription", subscription, "subscription") for subscription in scope.subscriptions),
        *(("--exclude-subscription", subscription, "subscription") for subscription in scope.excluded_subscriptions),
        ("--management-group", scope.management_group, "mg"),
        ("--resource-group", scope.resource_group, "rg"),
        ("--account", scope.account, "scope"),
        ("--skip", ",".join(sorted(choice.skipped)), ""),
        *(("--include", included, "") for included in sorted(choice.included)),
        ("--since", f"{choice.since:%Y-%m-%dT%H:%M:%SZ}" if choice.since else "", ""),
    )
    arguments = [(option, value, kind) for option, value, kind in named if value]
    recorder.begin(cloud=cloud.name, arm=cloud.arm, logs=cloud.logs, as_of=as_of, arguments=arguments)


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run `work` as long as the block does, at most."""
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


class Opening:
    """The sessions that are being opened, and can be closed at any point of that.

    `moment` (aware UTC) is the present of the demonstration's tenant; a `nameless` one names no tenant that it tells
    of.
    """

    def __init__(
        self, connection: Connection, moment: datetime, recorder: Recorder | None = None, *, nameless: bool = False
    ) -> None:
        self._connection = connection
        self._recorder = recorder
        self._nameless = nameless
        self._moment = moment
        self._closers: list[Callable[[], Awaitable[None]]] = []

    async def open(self) -> Sessions:
        """Connect, and log in to every tenant; raises StartError where there is nobody to go on with."""
        return await log_in(self._connection, await self._maker(), nameless=self._nameless)

    @property
    def patience(self) -> float:
        """Seconds that the login has."""
        return patience_of(self._connection.auth)

    async def connect(self) -> Session:
        """Build the session, which is not logged in yet; raises StartError for a cloud or credential that cannot be."""
        return (await self._maker())(self._connection.tenant)

    async def _maker(self) -> Callable[[str | None], Session]:
        """What builds the session of a tenant; all of them share cloud, transport and pacer."""
        connection = self._connection
        load_sdks()
        emulator = _demonstration(self._moment) if connection.demo else None
        endpoint = emulator.arm_endpoint if emulator else connection.arm_endpoint
        transport = emulator.transport() if emulator else self._real_transport()
        cloud = await discover_cloud(endpoint, transport) if endpoint else CLOUDS[connection.cloud or CloudName.PUBLIC]
        pacer, clock = Pacer(connection.concurrency, emulator.clock if emulator else None), ClockWatch()

        def session_of(tenant: str | None) -> Session:
            if emulator:
                credential = RenewableCredential(emulator.credential)
            else:
                credential = credential_for(connection.auth, cloud, transport, tenant=tenant)
            self._closers.append(credential.close)
            of = tenant if len(connection.tenants) > 1 else None
            return Session(cloud, credential, transport, pacer, self._recorder, tenant=of, clock=clock)

        return session_of

    def _real_transport(self) -> Transport:
        transport, close = open_transport(self._connection.concurrency + _SPARE_CONNECTIONS)
        self._closers.append(close)
        return transport

    async def close(self) -> None:
        """Close what was opened so far."""
        for close in reversed(self._closers):
            await close()


def patience_of(auth: Auth) -> float:
    """Seconds that a login has: a person takes longer."""
    return PEOPLE_TAKE if auth is Auth.DEVICE_CODE else DEADLINE


async def log_in(
    connection: Connection, session_of: Callable[[str | None], Session], *, nameless: bool = False
) -> Sessions:
    """Log in to every tenant; one that lets nobody in is told of and left to the ledger.

    Raises StartError when there is nobody to go on with. A person who is asked for a code is asked for one at a time.
    """
    people = connection.auth is Auth.DEVICE_CODE
    one_at_a_time = asyncio.Semaphore(1 if people else len(connection.logins))

    async def attempt(tenant: str | None) -> Session | StartError:
        async with one_at_a_time:
            try:
                session = session_of(tenant)
                if people and session.tenant is not None:
                    complain(f"log in to the tenant {visible(session.tenant)}:")
                await session.log_in(patience_of(connection.auth))
            except StartError as error:
                return error
            return session

    ends = await asyncio.gather(*map(attempt, connection.logins))
    sessions = [end for end in ends if isinstance(end, Session)]
    failed = [(name, end) for name, end in zip(connection.logins, ends, strict=True) if isinstance(end, StartError)]
    if not sessions:
        raise _nobody(failed)
    for name, error in failed:
        told = error.advice if nameless else f"{name}: {error}"
        complain(f"a tenant is not scanned, since no login to it worked: {visible(told)}")
    return Sessions(sessions, (Refusal.of(name or "", error) for name, error in failed))


def _nobody(failed: Sequence[tuple[str | None, StartError]]) -> StartError:
    """What stands for all failures: the first of them, which is most often that of all."""
    _, error = failed[0]
    if len(failed) == 1:
        return error
    return StartError(f"none of the {len(failed)} tenants can be logged in to ({error.message})", error.advice)


def _demonstration(moment: datetime) -> Emulator:
    from scanner.emulator import TENANTS, Emulator  # noqa: PLC0415 - only the demonstration loads it

    return Emulator(TENANTS["contoso"](moment))


def _near(as_of: datetime | None, started: datetime) -> datetime:
    """The present of the demonstration: an as-of of about now, so that several scans with it see one tenant."""
    return as_of if as_of is not None and abs(as_of - started) < A_DAY else started


def _nothing_seen(
    connection: Connection, scope: Scope, started: datetime, as_of: datetime | None, choice: Choice
) -> Estate:
    """The estate of a scan that was stopped during the login."""
    now = datetime.now(UTC)
    message = "the scan was interrupted before this read began"
    several = connection.tenants if len(connection.tenants) > 1 else ()
    reads = [
        Read(
            scope=root.text,
            reading=Reading.SUBSCRIPTIONS,
            read_at=now,
            gap=Gap(scope=root.text, reading=Reading.SUBSCRIPTIONS, reason=GapReason.INTERRUPTED, message=message),
        )
        for root in map(root_of, several or (None,))
    ]
    facts = ScanFacts(
        started_at=started,
        finished_at=now,
        as_of=as_of,
        cloud=connection.cloud or connection.arm_endpoint or CloudName.PUBLIC,
        tenant_id=connection.tenant,
        scope=scope,
        since=choice.since,
        skipped=tuple(sorted(choice.skipped)),
        included=tuple(sorted(choice.included)),
        interrupted=True,
        requests=RequestCounts(),
        version=__version__,
        tenants=named_tenants(ids_of(several)),
    )
    return Estate.of(facts, reads, [])


async def _unless_stopped(work: Coroutine[Any, Any, T], stop: asyncio.Event) -> T | None:
    """Await `work`; None when `stop` came first."""
    task = asyncio.ensure_future(work)
    stopped = asyncio.ensure_future(stop.wait())
    ends: set[asyncio.Future[Any]] = {task, stopped}
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if task.done():
        return task.result()
    task.cancel()
    await asyncio.wait({task})
    return None
