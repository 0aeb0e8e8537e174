"""c7n-azure, the peer of the shared task, in an environment of its own that `make bench-c7n` sets up."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.clients import Measured, Server, measured

CUSTODIAN = Path(".venv-c7n/bin/custodian")
POLICY = """\
policies:
  - name: shared-task
    resource: azure.automation-account
    filters:
      - type: variable
        attrs:
          - type: value
            key: properties.isEncrypted
            value: false
"""


def run_custodian(server: Server) -> Measured:
    """Let it do the task: unmodified, by its own public cloud's names, through the proxy to the emulator."""
    listening = server.listening
    authority = listening.environment["SSL_CERT_FILE"]
    environment = {
        "HTTPS_PROXY": listening.proxy,
        "NO_PROXY": "",
        "no_proxy": "",
        "REQUESTS_CA_BUNDLE": authority,
        "SSL_CERT_FILE": authority,
        "AZURE_ACCESS_TOKEN": listening.token,
        "AZURE_SUBSCRIPTION_ID": listening.subscription,
        "AZURE_TENANT_ID": listening.environment["AZURE_TENANT_ID"],
    }
    with tempfile.TemporaryDirectory() as folder:
        policy = Path(folder, "policy.yml")
        policy.write_text(POLICY, encoding="utf-8")
        return measured(server, str(CUSTODIAN), "run", "-qq", "-s", folder, str(policy), environment=environment)
