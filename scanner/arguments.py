"""What the words of a command line mean; each function raises UsageError for words that mean nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.errors import UsageError
from scanner.options import CloudName, Skipped

if TYPE_CHECKING:
    from scanner.inventory import ArmId, Scope, Shard

_TENANT = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?", re.IGNORECASE)
_ACCOUNT = "microsoft.automation/automationaccounts"
_AGE = re.compile(r"([1-9][0-9]{0,9})([dh])")


def formats_of(written: str) -> list[str]:
    """Take names of report formats, separated by commas, or `all`."""
    from reports import FORMATS  # noqa: PLC0415

    names = [name.strip().lower() for name in written.split(",") if name.strip()]
    if "all" in names:
        return list(FORMATS)
    unknown = [name for name in names if name not in FORMATS]
    if unknown or not names:
        raise UsageError(
            f"there is no report format {', '.join(unknown) or written!r}", f"choose among {', '.join(FORMATS)}, or all"
        )
    return list(dict.fromkeys(names))


def frameworks_of(written: list[str] | None) -> tuple[str, ...]:
    """Take names of compliance frameworks, each option one or several separated by commas."""
    from difflib import get_close_matches  # noqa: PLC0415

    from scanner.controls import catalogue  # noqa: PLC0415

    names = dict.fromkeys(name.strip().lower() for part in written or () for name in part.split(",") if name.strip())
    if written and not names:
        raise UsageError("--framework names nothing", "`hwaudit frameworks` lists what it knows")
    known = sorted({name for framework in catalogue().frameworks for name in (framework.id, *framework.aliases)})
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=3, cutoff=0.5)
            advice = f"did you mean {' or '.join(near)}?" if near else "`hwaudit frameworks` lists them"
            raise UsageError(f"there is no framework {name!r}", advice)
    return tuple(names)


def moment_of(written: str | None, option: str) -> datetime | None:
    """Take an ISO time, in UTC unless it says otherwise; `option` is named when it is none."""
    if written is None:
        return None
    try:
        moment = datetime.fromisoformat(written)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{option} {written!r} is no ISO time", "write it like 2026-01-31T12:00:00Z") from error


def since_of(written: str | None, now: datetime) -> datetime | None:
    """Take a moment, or an age before `now` in days or hours."""
    age = _AGE.fullmatch((written or "").strip().lower())
    if age is None:
        moment = moment_of(written, "--since")
        if moment is not None and moment >= now:
            raise UsageError(f"--since {written!r} lies ahead", "name a moment before the scan, or an age such as 7d")
        return moment
    try:
        return now - timedelta(**{{"d": "days", "h": "hours"}[age[2]]: int(age[1])})
    except OverflowError as error:
        raise UsageError(f"--since {written!r} is too long ago", "histories reach back 90 days at most") from error


def skipped_of(written: str | None) -> frozenset[Skipped]:
    """Take the words of `--skip`, separated by commas."""
    names = [name.strip().lower() for name in (written or "").split(",") if name.strip()]
    unknown = [name for name in names if name not in list(Skipped)]
    if unknown:
        raise UsageError(f"--skip does not know {', '.join(unknown)}", f"choose among {', '.join(Skipped)}")
    return frozenset(Skipped(name) for name in names)


def subscription_of(written: str) -> str:
    """Take a subscription's GUID, or its ARM id as `az account list` prints it."""
    name = written.strip().rstrip("/").lower()
    name = name.removeprefix("/subscriptions/")
    if not name or "/" in name:
        raise UsageError(f"{written!r} is no subscription", "give its GUID, as `az account list` shows it")
    return name


def shard_of(written: str | None) -> Shard | None:
    """Take one of so many shards, written as in `1/3`."""
    from scanner.inventory import Shard  # noqa: PLC0415 - commands load what they need

    if written is None:
        return None
    found = re.fullmatch(r"\s*([0-9]{1,6})\s*/\s*([0-9]{1,6})\s*", written, re.ASCII)
    if found is None:
        raise UsageError(f"--shard {written!r} is no shard", "write I/N, such as 1/3 for the first of three")
    shard = Shard(int(found[1]), int(found[2]))
    if not 1 <= shard.number <= shard.count:
        raise UsageError(f"--shard {written!r} is none of its shards", "write I/N with I from 1 to N")
    return shard


def scope_of(
    subscriptions: list[str] | None,
    excluded: list[str] | None,
    *,
    management_group: str | None,
    resource_group: str | None,
    account: str | None,
    shard: str | None = None,
) -> Scope:
    """Take what is to be looked at."""
    from scanner.inventory import Scope  # noqa: PLC0415

    return Scope(
        subscriptions=tuple(subscription_of(written) for written in subscriptions or ()),
        excluded_subscriptions=tuple(subscription_of(written) for written in excluded or ()),
        management_group=management_group_of(management_group),
        resource_group=resource_group,
        account=account_of(account),
        shard=shard_of(shard),
    )


def management_group_of(written: str | None) -> str | None:
    """Take a management group's name, or its ARM id."""
    if written is None:
        return None
    name = written.strip().rstrip("/")
    if name.lower().startswith("/providers/microsoft.management/managementgroups/"):
        name = name.rpartition("/")[2]
    if not name or "/" in name:
        raise UsageError(f"--management-group {written!r} is no management group", "give its id, not its display name")
    return name


def account_of(written: str | None) -> str | None:
    """Take the ARM id of an Automation account."""
    from scanner.inventory import ArmId  # noqa: PLC0415

    if written is None:
        return None
    id_ = ArmId.parse(written)
    if id_ is None or id_.type != _ACCOUNT or not (id_.subscription_id and id_.resource_group):
        wrong = f"--account {written!r} is not the ARM id of an Automation account"
        raise UsageError(wrong, _account_advice(id_))
    return id_.text


def _account_advice(id_: ArmId | None) -> str:
    if id_ is not None and id_.type.startswith(f"{_ACCOUNT}/"):
        while id_.type != _ACCOUNT:
            id_ = id_.parent
        return f"it is something in one: give {id_}"
    other = f"it is one of {id_.type}; " if id_ is not None and id_.type else ""
    return (
        f"{other}copy it from the account's JSON view in the portal, where it reads "
        "/subscriptions/GUID/resourceGroups/NAME/providers/Microsoft.Automation/automationAccounts/NAME"
    )


def tenants_of(written: list[str] | None, *, demo: bool = False) -> tuple[str, ...]:
    """Take the tenants that are named, by their ids or domains, each once and in the order of the user."""
    first: dict[str, str] = {}
    for name in (each.strip() for each in written or ()):
        first.setdefault(name.lower(), name)
    tenants = tuple(first.values())
    if len(tenants) > 1 and demo:
        raise UsageError("--demo scans the embedded tenant", "leave out --tenant")
    for name in tenants if len(tenants) > 1 else ():
        if not _TENANT.fullmatch(name):
            raise UsageError(f"--tenant {name!r} is no tenant", "give its id (a GUID) or one of its domain names")
    return tenants


def one_tenant_of(written: list[str] | None) -> tuple[str, ...]:
    """Take the one tenant that is named, if any is."""
    tenants = tenants_of(written)
    if len(tenants) > 1:
        raise UsageError("hwaudit doctor examines one tenant", "run it once for each --tenant")
    return tenants


def endpoint_of(url: str | None, cloud: CloudName | None, *, demo: bool) -> str | None:
    """Take the https URL of another cloud's Azure Resource Manager, without its last slash."""
    if demo and (url or cloud):
        raise UsageError("--demo scans the embedded tenant", "leave out --cloud and --arm-endpoint")
    if url and cloud:
        raise UsageError("--cloud and --arm-endpoint exclude each other", "give one of them")
    if url and not url.lower().startswith("https://"):
        raise UsageError(f"--arm-endpoint {url!r} is not an https URL", "tokens are sent over TLS only")
    return url.rstrip("/") if url else None


def key_of(written: Path | None, *, redact: bool, record: bool = False) -> Path | None:
    """The key file of --redact or --record, None where neither is given; raises UsageError for a key without need."""
    if written is not None and not (redact or record):
        raise UsageError("--redact-key needs --redact", "give both: without --redact all names are real")
    return (written or Path("hwaudit.key")) if redact or record else None
