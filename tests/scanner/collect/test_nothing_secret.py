"""Whatever Azure sends beside what is kept, and however badly: none of it reaches an estate or a report."""

import asyncio
import gzip
import io
import json
import traceback
import zipfile
from dataclasses import replace

import pytest
from builders import NOW
from tenants import _collect

from reports import FORMATS
from reports.summary import to_summary
from scanner.collect import Choice
from scanner.emulator import TENANTS, Emulator
from scanner.inventory import Scope
from scanner.inventory.snapshot import dump
from scanner.options import Included
from scanner.pipeline import scan_of

CANARY = "cAnaRy7f3"
SECRETS = (
    "uri", "userName", "value", "description", "exception", "statusDetails", "startedBy", "parameters", "password",
    "protectedSettings", "publisherSettings", "caller", "claims", "httpRequest", "subject", "key", "primarySharedKey",
    "creationTimeText", "lastModifiedBy", "draft", "publishContentLink", "customData", "adminUsername",
)  # fmt: skip
"""Fields of Azure's answers that hold secrets, people or free text, and one that nobody knows."""
TEXTS = {"RenderedDescription", "ResultDescription", "Detail", "ParameterXml", "EventData", "ErrorMessage", "Caller"}
"""Columns of logs that hold free text."""
STRUCTURE = {"value", "description", "subject", "key"}
"""Those of the fields that mean something else elsewhere: they are only overwritten inside the assets' properties."""


class Talkative(Emulator):
    """Says more than it is asked: every object of every answer holds secrets as well."""

    async def handle(self, request):
        response = await super().handle(request)
        if response.status == 200 and "/metadata/" not in request.url and "oauth2" not in request.url:
            return replace(response, body=self.rewritten(request.url, response.body))
        return response

    def rewritten(self, url, body):
        if url.partition("?")[0].endswith("/content"):
            return body + f"\n# {CANARY}\n$x = '{CANARY}'\nWrite-Output {CANARY}\n".encode()
        return json.dumps(_more(json.loads(body))).encode()


def _more(value):
    if isinstance(value, list):
        return [_more(each) for each in value]
    if not isinstance(value, dict):
        return value
    more = {name: _more(each) for name, each in value.items()}
    if "columns" in more and "rows" in more:
        return more | {"rows": [_cells(more["columns"], row) for row in more["rows"]]}
    if "properties" in more and isinstance(more["properties"], dict):
        more["properties"] |= {name: CANARY for name in SECRETS if name not in STRUCTURE}
        more["tags"] = {"owner": CANARY}
        if "/variables/" in str(more.get("id")):
            more["properties"]["value"] = CANARY
    if isinstance(more.get("fieldDefinitionValues"), dict):
        more["fieldDefinitionValues"] |= {"Password": CANARY, "Token": CANARY}
    if isinstance(more.get("settings"), dict):
        more["settings"] |= {"proxy": CANARY, "workspaceKey": CANARY}
    return more


def _cells(columns, row):
    names = [column["name"] for column in columns]
    return [f"{cell} {CANARY}" if name in TEXTS and cell else cell for name, cell in zip(names, row, strict=True)]


class Babbling(Talkative):
    """Answers what can only be misunderstood, and quotes secrets where it fails."""

    def __init__(self, tenant, kind):
        super().__init__(tenant)
        self.kind = kind

    async def handle(self, request):
        response = await super().handle(request)
        path = request.url.partition("?")[0].lower()
        spared = "/metadata/" in path or "oauth2" in path or path.endswith("/subscriptions")
        if (
            spared
            or self.kind in {"fields", "text"}
            or path.endswith(("automationaccounts", "/hybridrunbookworkergroups"))
        ):
            return response
        status, body = {
            "plain": (200, CANARY),
            "string": (200, json.dumps(CANARY)),
            "list": (200, json.dumps([CANARY, {"id": None, "x": CANARY}])),
            "cut": (200, f'{{"{CANARY}": "{CANARY}'),
            "html": (200, f"<html>{CANARY}</html>"),
            "odd status": (203, CANARY),
            "refused": (403, CANARY),
            "refused in JSON": (403, json.dumps([CANARY])),
            "broken": (500, f"<html>{CANARY}</html>"),
        }[self.kind]
        return replace(response, status=status, body=body.encode(), delay=0.0, cut=None, reset=False)

    def rewritten(self, url, body):
        if self.kind not in {"fields", "text"} or url.partition("?")[0].endswith("/content"):
            return body
        return json.dumps(self._misshapen(json.loads(body))).encode()

    def _misshapen(self, value, *, inside=False):
        """Every text within the properties of resources as something else: an object, or a text that is no time or id."""
        if isinstance(value, list):
            return [self._misshapen(each, inside=inside) for each in value]
        if isinstance(value, dict):
            return {name: self._misshapen(each, inside=inside or name == "properties") for name, each in value.items()}
        if inside and isinstance(value, str):
            return {"secret": CANARY} if self.kind == "fields" else value
        return value


KINDS = ("plain", "string", "list", "cut", "html", "odd status", "refused", "refused in JSON", "broken", "fields")


def everything_written(emulator):
    """All that a scan can leave behind: the snapshot, every report, the terminal's summary, and the Gaps."""
    estate = asyncio.run(_collect(emulator, Scope(), NOW, Choice(included=frozenset(Included))))
    scan = scan_of(estate)
    reports = [text_of(b"".join(format_.render(scan))) for format_ in FORMATS.values()]
    gaps = repr([(spot.gap.message, spot.gap.code, spot.gap.action) for spot in scan.blind_spots])
    return scan, "\n".join([gzip.decompress(dump(estate)).decode(), *reports, to_summary(scan, {}), gaps])


def text_of(report):
    """The text of a report, that of all its parts where it is a workbook."""
    if not report.startswith(b"PK"):
        return report.decode()
    with zipfile.ZipFile(io.BytesIO(report)) as parts:
        return "".join(parts.read(name).decode() for name in parts.namelist())


def test_nothing_of_what_azure_says_beyond_the_question_is_written_anywhere(capsys):
    scan, written = everything_written(Talkative(TENANTS["contoso"](NOW)))
    assert scan.estate.webhooks
    assert scan.estate.variables
    assert scan.estate.runbook_contents
    assert scan.estate.agent_events
    assert CANARY not in written + repr(scan) + "".join(capsys.readouterr())


@pytest.mark.parametrize("kind", KINDS)
def test_no_gap_quotes_the_answer_that_could_not_be_read(kind, capsys):
    try:
        scan, written = everything_written(Babbling(TENANTS["contoso"](NOW), kind))
    except Exception as error:  # what would be printed with --verbose
        written = "".join(traceback.format_exception(error))
        assert CANARY not in written
        raise
    assert scan.blind_spots
    assert CANARY not in written + "".join(capsys.readouterr())
