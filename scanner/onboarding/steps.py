"""The commands that let a workflow of GitHub read a tenant: for people to read and to run, in the words of a shell."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable

import msgspec

from scanner.onboarding.workflow import PLACE
from scanner.options import Shell
from scanner.privileges import ROLE, privileges_of, scan_role

ISSUER = "https://token.actions.githubusercontent.com"
"""Who signs the tokens of workflows on github.com (GitHub Docs, OpenID Connect reference, 2026)."""

CREDENTIAL = "github-actions"
"""The name of the federated credential in its app registration."""


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """Which workflow may read what.

    `repository` is OWNER/REPO. `entity` ends the subject of its tokens, such as `ref:refs/heads/main`; `subject`, if
    given, is the whole of it. `scopes` are ARM ids. `cloud` is None where az need not be told.
    """

    repository: str
    entity: str
    scopes: tuple[str, ...]
    audience: str
    subject: str | None = None
    cloud: str | None = None
    tenant: str | None = None

    @property
    def app(self) -> str:
        """The display name of the app registration."""
        return f"hybrid-worker-audit of {self.repository}"

    @property
    def claims(self) -> str:
        """Where GitHub tells how the subjects of the repository's tokens begin.

        Repositories that were created or renamed since 2026-07-15 have ids in them, which nobody can guess (GitHub
        Docs, OpenID Connect reference, immutable subject claims, 2026).
        """
        return f"repos/{self.repository}/actions/oidc/customization/sub"

    @property
    def role(self) -> str:
        """The JSON of the role that a scan needs, in one line."""
        return json.dumps(json.loads(scan_role(privileges_of(), self.scopes)))


def steps(setup: Setup, shell: Shell) -> str:
    """All commands, each under a remark that says what it is for."""
    make, joint = (_bash, " &&\n") if shell is Shell.BASH else (_powershell, "\n")
    remarks = (
        f"1. An app registration without a secret, which trusts the tokens of {setup.repository} for {setup.entity}",
        "2. The role: exactly what a scan reads. It may be there already, since its name is unique in a tenant",
        "3. Its assignment. A new role takes some minutes to be known everywhere: try again when it is not found",
        "4. The variables of the repository, neither of which is a secret",
        "5. The workflow. It runs every night, and whenever it is asked to",
    )
    blocks = [f"# {remark}\n{joint.join(part)}" for remark, part in zip(remarks, make(setup), strict=True)]
    if setup.cloud:
        blocks.insert(0, f"# Before all: the cloud, and a login there\naz cloud set --name {setup.cloud}\naz login")
    return "\n\n".join(blocks)


def _bash(setup: Setup) -> tuple[tuple[str, ...], ...]:
    quote = shlex.quote
    credential = (
        quote(json.dumps(_credential(setup, setup.subject)))
        if setup.subject
        else f'"$(gh api {setup.claims} --jq {quote(_filter(setup))})"'
    )
    return (
        (
            f"AZURE_CLIENT_ID=$(az ad app create --display-name {quote(setup.app)} --query appId --output tsv)",
            'az ad sp create --id "$AZURE_CLIENT_ID" --output none',
            f'az ad app federated-credential create --id "$AZURE_CLIENT_ID" --output none --parameters {credential}',
        ),
        (f"az role definition create --output none --role-definition {quote(setup.role)}",),
        _assignments(setup, quote, '"$(az ad sp show --id "$AZURE_CLIENT_ID" --query id --output tsv)"'),
        _variables(
            setup,
            '"$AZURE_CLIENT_ID"',
            quote(setup.tenant) if setup.tenant else '"$(az account show --query tenantId --output tsv)"',
        ),
        _commit(setup),
    )


def _powershell(setup: Setup) -> tuple[tuple[str, ...], ...]:
    """JSON goes through a file: Windows PowerShell passes no double quotes on to a program."""
    quote = _single_quoted
    subject = (
        quote(setup.subject)
        if setup.subject
        else f"((gh api {setup.claims} --jq .sub_claim_prefix) + {quote(f':{setup.entity}')})"
    )
    credential = (
        f"@{{ name = {quote(CREDENTIAL)}; issuer = {quote(ISSUER)}; subject = {subject};"
        f" audiences = @({quote(setup.audience)}) }}"
    )
    return (
        (
            f"$AZURE_CLIENT_ID = az ad app create --display-name {quote(setup.app)} --query appId --output tsv",
            "az ad sp create --id $AZURE_CLIENT_ID --output none",
            f"$file = New-TemporaryFile; {credential} | ConvertTo-Json | Set-Content $file",
            'az ad app federated-credential create --id $AZURE_CLIENT_ID --output none --parameters "@$file"',
        ),
        (
            f"$file = New-TemporaryFile; Set-Content $file {quote(setup.role)}",
            'az role definition create --output none --role-definition "@$file"',
        ),
        _assignments(setup, quote, "(az ad sp show --id $AZURE_CLIENT_ID --query id --output tsv)"),
        _variables(
            setup,
            "$AZURE_CLIENT_ID",
            quote(setup.tenant) if setup.tenant else "(az account show --query tenantId --output tsv)",
        ),
        _commit(setup),
    )


def _assignments(setup: Setup, quote: Callable[[str], str], assignee: str) -> tuple[str, ...]:
    return tuple(
        f"az role assignment create --output none --role {quote(ROLE)} --scope {quote(scope)}"
        f" --assignee-principal-type ServicePrincipal --assignee-object-id {assignee}"
        for scope in setup.scopes
    )


def _variables(setup: Setup, client: str, tenant: str) -> tuple[str, ...]:
    values = {"AZURE_CLIENT_ID": client, "AZURE_TENANT_ID": tenant}
    return tuple(f"gh variable set {name} --repo {setup.repository} --body {value}" for name, value in values.items())


def _commit(setup: Setup) -> tuple[str, ...]:
    return (
        f"git add {PLACE}",
        "git commit --message 'Audit hybrid workers every night'",
        "git push",
        f"gh workflow run {PLACE.rpartition('/')[2]} --repo {setup.repository}",
    )


def _credential(setup: Setup, subject: str) -> dict[str, object]:
    return {"name": CREDENTIAL, "issuer": ISSUER, "subject": subject, "audiences": [setup.audience]}


def _filter(setup: Setup) -> str:
    """A program of jq that makes the credential of GitHub's answer; texts of JSON are texts of jq."""
    prefix = f".sub_claim_prefix // {json.dumps(f'repo:{setup.repository}')}"
    subject = f"(({prefix}) + {json.dumps(f':{setup.entity}')})"
    credential = json.dumps(_credential(setup, "SUBJECT"))
    return credential.replace('"SUBJECT"', subject)


def _single_quoted(text: str) -> str:
    """PowerShell takes everything literally between single quotes, but the quotes that it knows."""
    return "'" + "".join(each * 2 if each in "'\u2018\u2019\u201a\u201b" else each for each in text) + "'"
