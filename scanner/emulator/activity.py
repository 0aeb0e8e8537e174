"""What runs in an Automation account, and what it has for that, in the shapes of recorded answers (2015 to 2024)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from scanner.emulator.arm import BLANKS, Answer, Call, Handler, Json, RefusedError, Route, digest, guid, page, stamp
from scanner.emulator.automation import ACCOUNT, TYPE, child, endpoint_body, reading
from scanner.emulator.lookup import GATEWAY, account_of
from scanner.emulator.tenants.model import (
    Account,
    DscNode,
    Environment,
    Job,
    JobSchedule,
    Module,
    Runbook,
    Schedule,
    Variable,
    Webhook,
)

Item = TypeVar("Item")

ENVIRONMENT_VERSIONS = ("2023-05-15-preview", "2024-10-23")
NO_EXPIRY = "9999-12-31T23:59:59.9999999+00:00"
"""What Automation sends as the expiry of a schedule that never ends (recorded with 2020-01-13-preview)."""

JOB_LIFE = timedelta(days=30)
"""How long Automation keeps a job (learn.microsoft.com, automation-runbook-execution)."""

GENERATED = (
    Environment("PowerShell-5.1", "PowerShell", "5.1"),
    Environment("PowerShell-7.1", "PowerShell", "7.1"),
    Environment("PowerShell-7.2", "PowerShell", "7.2"),
    Environment("Python-2.7", "Python", "2.7"),
    Environment("Python-3.10", "Python", "3.10"),
    Environment("Python-3.8", "Python", "3.8"),
)
"""The runtime environments that Azure puts into every account (recorded with 2024-10-23)."""


def _body(account: Account, kind: str, name: str, properties: Json) -> Json:
    """The envelope of a child; Automation writes its kind in upper camel case in the type."""
    return {
        "id": f"{account.id}/{kind}/{name}",
        "name": name,
        "type": f"{TYPE}/{kind[0].upper()}{kind[1:]}",
        "properties": properties,
    }


def _written(account: Account, kind: str, name: str, changed: datetime | None = None) -> Json:
    key = f"{account.id}/{kind}/{name}"
    created = stamp(account.created, key)
    return {
        "creationTime": created,
        "lastModifiedTime": created if changed is None else stamp(changed, key + "/changed"),
    }


def _moment(moment: datetime | None, key: str) -> str | None:
    return None if moment is None else stamp(moment, key)


def _run_on(group: str | None, key: str) -> str | None:
    """The group, or one of the two forms that Automation has for its own sandbox."""
    return BLANKS[digest(key) % len(BLANKS)] if group is None else group


def runbook_body(account: Account, runbook: Runbook, *, whole: bool) -> Json:
    """A runbook; only its own GET has parameters, outputs and the number of its jobs."""
    properties: Json = {
        "runbookType": runbook.kind,
        "state": runbook.state,
        "logVerbose": False,
        "logProgress": False,
        "logActivityTrace": 0,
        **_written(account, "runbooks", runbook.name, runbook.changed),
    }
    if runbook.environment is not None:
        properties["runtimeEnvironment"] = runbook.environment
    if whole:
        jobs = sum(job.runbook.lower() == runbook.name.lower() for job in account.jobs)
        properties |= {"description": None, "parameters": {}, "outputTypes": [], "jobCount": jobs}
        properties |= {"provisioningState": "Succeeded", "lastModifiedBy": None}
    return {**_body(account, "runbooks", runbook.name, properties), "location": account.location, "tags": {}}


def job_body(account: Account, job: Job, *, whole: bool) -> Json:
    """A job; only its own GET has the exception, the details of the status and the parameters."""
    key = f"{account.id}/jobs/{job.name}"
    changed = stamp(job.ended or job.started or job.created, key + "/changed")
    properties: Json = {
        "jobId": guid(key),
        "runbook": {"name": job.runbook},
        "provisioningState": _provisioning(job),
        "status": job.status,
        "creationTime": stamp(job.created, key),
        "startTime": _moment(job.started, key + "/started"),
        "lastModifiedTime": changed,
        "endTime": _moment(job.ended, key + "/ended"),
        "runOn": _run_on(job.run_on, key),
    }
    if whole:
        properties |= {"statusDetails": job.details, "startedBy": "", "lastStatusModifiedTime": changed}
        properties |= {"exception": job.exception, "parameters": {}}
    return _body(account, "jobs", job.name, properties)


def _provisioning(job: Job) -> str:
    """The coarse state of a job (azure-mgmt-automation 2.0.0, JobProvisioningState)."""
    if job.status in ("Failed", "Suspended"):
        return job.status
    return "Processing" if job.ended is None else "Succeeded"


def job_schedule_body(account: Account, tie: JobSchedule) -> Json:
    """A job schedule: neither name nor type, as in the official example of 2020-01-13-preview."""
    name = guid(account.id, tie.runbook, tie.schedule, tie.run_on)
    properties: Json = {
        "jobScheduleId": name,
        "runbook": {"name": tie.runbook},
        "schedule": {"name": tie.schedule},
        "runOn": _run_on(tie.run_on, name),
        "parameters": None,
    }
    return {"id": f"{account.id}/jobSchedules/{name}", "properties": properties}


def schedule_body(account: Account, schedule: Schedule) -> Json:
    """A schedule: each time beside the minutes of its own offset."""
    key = f"{account.id}/schedules/{schedule.name}"
    start = stamp(account.created, key + "/start")
    expiry = NO_EXPIRY if schedule.expires is None else stamp(schedule.expires, key + "/expiry")
    following = _moment(schedule.next_run, key + "/next")
    properties: Json = {
        "description": None,
        "startTime": start,
        "startTimeOffsetMinutes": _minutes(start),
        "expiryTime": expiry,
        "expiryTimeOffsetMinutes": _minutes(expiry),
        "isEnabled": schedule.enabled,
        "nextRun": following,
        "nextRunOffsetMinutes": 0.0 if following is None else _minutes(following),
        "interval": schedule.interval,
        "frequency": schedule.frequency,
        "timeZone": "UTC",
        "advancedSchedule": None,
        **_written(account, "schedules", schedule.name),
    }
    return _body(account, "schedules", schedule.name, properties)


def _minutes(text: str) -> float:
    """The offset of a time that `stamp` wrote, in minutes."""
    sign, hours, minutes = text[-6], int(text[-5:-3]), int(text[-2:])
    return float(hours * 60 + minutes) * (-1 if sign == "-" else 1)


def webhook_body(account: Account, webhook: Webhook) -> Json:
    """A webhook: its URI is told once, when it is made, and null ever after."""
    key = f"{account.id}/webhooks/{webhook.name}"
    properties: Json = {
        "isEnabled": webhook.enabled,
        "expiryTime": stamp(webhook.expires, key),
        "runbook": {"name": webhook.runbook},
        "lastInvokedTime": None,
        "runOn": _run_on(webhook.run_on, key),
        "parameters": None,
        "uri": None,
        "lastModifiedBy": "",
        **_written(account, "webhooks", webhook.name),
    }
    return _body(account, "webhooks", webhook.name, properties)


def credential_body(account: Account, name: str) -> Json:
    """A credential asset: Azure shows its user, never its password."""
    properties: Json = {
        "userName": f"CORP\\user-of-{name}",
        "description": None,
        **_written(account, "credentials", name),
    }
    return _body(account, "credentials", name, properties)


def environment_body(account: Account, environment: Environment) -> Json:
    """A runtime environment; one of Azure's own is told by its description and an empty systemData alone."""
    generated = environment in GENERATED
    created = stamp(account.created, f"{account.id}/runtimeEnvironments/{environment.name}")
    language, version = environment.language, environment.version
    description = (
        f"System-generated Runtime Environment for your Automation account with Runtime language: {language} & "
        f"Runtime version: {version}. It automatically populates Packages defined for {language} {version} runtime "
        "version in your Automation account. This Runtime environment is non-editable. "
    )
    properties: Json = {
        "runtime": {"language": language, "version": version},
        "defaultPackages": {"az": "8.0.0"} if language == "PowerShell" else None,
        "description": description if generated else None,
    }
    return {
        "systemData": {} if generated else {"createdAt": created, "lastModifiedAt": created},
        **_body(account, "runtimeEnvironments", environment.name, properties),
        "location": account.location,
        "tags": {},
        "etag": None,
    }


def module_body(account: Account, module: Module) -> Json:
    """A module, without its contents."""
    properties: Json = {
        "isGlobal": module.shared,
        "version": module.version,
        "sizeInBytes": 0,
        "activityCount": 0,
        "provisioningState": module.state,
        **_written(account, "modules", module.name),
    }
    return {**_body(account, "modules", module.name, properties), "location": account.location}


def variable_body(account: Account, variable: Variable) -> Json:
    """A variable asset: in clear, or null where it is encrypted."""
    properties: Json = {
        "isEncrypted": variable.encrypted,
        "value": None if variable.encrypted else variable.value,
        "description": None,
        **_written(account, "variables", variable.name),
    }
    return _body(account, "variables", variable.name, properties)


def node_body(account: Account, node: DscNode) -> Json:
    """A node of State Configuration: its id ends with a GUID, its name is the machine's."""
    identity = guid(account.id, "nodes", node.name)
    properties: Json = {
        "lastSeen": stamp(node.seen, identity),
        "registrationTime": stamp(node.registered, identity + "/registered"),
        "ip": node.ip,
        "accountId": guid(account.id, "automation"),
        "nodeConfiguration": {"name": None},
        "status": node.status,
        "nodeId": identity,
        "extensionHandler": [],
    }
    return {**_body(account, "nodes", identity, properties), "name": node.name}


def _runbook(call: Call, account: Account) -> Runbook:
    """The runbook of the path; as a resource with a location, its 404 comes from Resource Manager."""
    for runbook in account.runbooks:
        if runbook.name.lower() == call.names["runbook"].lower():
            return runbook
    resource = f"Microsoft.Automation/automationAccounts/{call.names['account']}/runbooks/{call.names['runbook']}"
    message = f"The Resource '{resource}' under resource group '{call.names['group']}' was not found."
    raise RefusedError(404, "ResourceNotFound", message, headers=GATEWAY)


def get_runbook(call: Call) -> Answer:
    """One runbook."""
    account = account_of(call)
    return Answer(runbook_body(account, _runbook(call, account), whole=True))


def get_content(call: Call) -> Answer:
    """The published text as it was sent, byte for byte; a flat 404 where there is none."""
    runbook = _runbook(call, account_of(call))
    if runbook.content is None:
        message = f"Runbook {runbook.name} has no published version."
        raise RefusedError(404, "NotFound", message, body={"code": "NotFound", "message": message})
    return Answer(runbook.content, {"Content-Type": "text/powershell"})


def _jobs(call: Call) -> list[Job]:
    oldest = call.directory.tenant.now - JOB_LIFE
    return [job for job in account_of(call).jobs if job.created >= oldest]


def list_jobs(call: Call) -> Answer:
    """The jobs of the last 30 days, without their exceptions."""
    account = account_of(call)
    return page(call, _jobs(call), lambda job: job_body(account, job, whole=False), lambda j: j.name, ends=False)


def get_job(call: Call) -> Answer:
    """One job with its exception."""
    job = child(_jobs(call), call.names["job"], "Job not found.")
    return Answer(job_body(account_of(call), job, whole=True))


def list_endpoints(call: Call) -> Answer:
    """All private endpoint connections, on one page."""
    account = account_of(call)
    return Answer({"value": [endpoint_body(account, endpoint) for endpoint in account.private_endpoints]})


def _listing(items: Callable[[Account], Sequence[Item]], body: Callable[[Account, Item], Json]) -> Handler:
    """The handler of a collection in which all that an account has of one kind is listed."""

    def handle(call: Call) -> Answer:
        account = account_of(call)
        bodies = [body(account, item) for item in items(account)]
        return page(call, bodies, lambda shown: shown, lambda shown: str(shown["id"]), ends=False)

    return handle


def _collection(kind: str, handler: Handler) -> Route:
    return reading(f"{ACCOUNT}/{kind}", f"/{kind}", handler, collection=True)


list_runbooks = _listing(lambda a: a.runbooks, lambda a, runbook: runbook_body(a, runbook, whole=False))
list_environments = _listing(lambda a: (*GENERATED, *a.environments), environment_body)

ROUTES = (
    _collection("runbooks", list_runbooks),
    reading(f"{ACCOUNT}/runbooks/{{runbook}}", "/runbooks", get_runbook),
    reading(f"{ACCOUNT}/runbooks/{{runbook}}/content", "/runbooks/content", get_content),
    _collection("jobs", list_jobs),
    reading(f"{ACCOUNT}/jobs/{{job}}", "/jobs", get_job),
    _collection("jobSchedules", _listing(lambda a: a.job_schedules, job_schedule_body)),
    _collection("schedules", _listing(lambda a: a.schedules, schedule_body)),
    _collection("webhooks", _listing(lambda a: a.webhooks, webhook_body)),
    _collection("credentials", _listing(lambda a: a.credentials, credential_body)),
    replace(_collection("runtimeEnvironments", list_environments), versions=ENVIRONMENT_VERSIONS),
    _collection("modules", _listing(lambda a: a.modules, module_body)),
    _collection("variables", _listing(lambda a: a.variables, variable_body)),
    _collection("nodes", _listing(lambda a: a.nodes, node_body)),
    reading(f"{ACCOUNT}/privateEndpointConnections", "/privateEndpointConnections", list_endpoints),
)
