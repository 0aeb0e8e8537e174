r"""The commands that decide each scenario on a worker, before they are filled with a tenant's own facts.

They are those of Microsoft's *Troubleshoot agent-based Hybrid Runbook Worker issues* (2023-09-17) and *Troubleshoot VM
extension-based Hybrid Runbook Worker issues* (2024-08-26), and of the agent's own pages (`omsadmin.sh -l`, the object
AgentConfigManager). None of them starts, stops, writes or removes anything, and none asks for or shows a key.

A sentence goes into a comment of a script, so it has nothing in it that a shell without comments would obey.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from scanner.inventory import OsType


class Recipe(msgspec.Struct, frozen=True):
    """The commands for one operating system before they are filled in.

    A command with a word such as `%host%` stands once for every value of that fact, and not at all without one.
    `agent_only` tells that the scenario is one of the Log Analytics agent: its workers (V1) come first.
    """

    os: OsType
    reads_as: str
    commands: tuple[str, ...]
    agent_only: bool = False


_SERVICES = (
    "Get-Service -Name HealthService, HybridWorkerService -ErrorAction SilentlyContinue"
    " | Select-Object Name, Status, StartType"
)
_REACHES = "Test-NetConnection -ComputerName %host% -Port 443 | Select-Object ComputerName, TcpTestSucceeded"
_REPORTS_TO = "(New-Object -ComObject AgentConfigManager.MgmtSvcCfg).GetCloudWorkspaces() | Select-Object workspaceId"
_REPORTS_TO_LINKED = (
    "(New-Object -ComObject AgentConfigManager.MgmtSvcCfg).GetCloudWorkspaces().workspaceId -contains %workspace%"
)
_REGISTERED = (
    r"Get-ChildItem -Path HKLM:\SOFTWARE\Microsoft\HybridRunbookWorker, HKLM:\SOFTWARE\Microsoft\HybridRunbookWorkerV2"
    " -Recurse -ErrorAction SilentlyContinue"
    " | Get-ItemProperty -Name JobRuntimeDataServiceUri -ErrorAction SilentlyContinue"
    " | Select-Object PSPath, JobRuntimeDataServiceUri"
)
_PROXY = "netsh winhttp show proxy"
_EXTENSION_RUNS = "systemctl status hwd.service --no-pager"
_AGENT_RUNS = "ps -ef | grep '[a]utomationworker'"
_ISSUER = (
    "openssl s_client -connect %host%:443 -servername %host% </dev/null 2>/dev/null"
    " | openssl x509 -noout -subject -issuer"
)
_CONFIGURED = (
    "sudo grep -sHE '^(account_id|hybrid_worker_group_name|jrds_base_uri)' /home/nxautomation/state/worker.conf"
    " /home/hweautomation/state/worker.conf /var/opt/microsoft/omsagent/state/automationworker/diy/worker.conf"
)


def _events(filters: str, *pipeline: str) -> str:
    query = f"Get-WinEvent -FilterHashtable @{{ {filters} }} -ErrorAction SilentlyContinue"
    return " | ".join((query, *pipeline, "Select-Object -First 10 -Property TimeCreated, LogName, Id, Message"))


def _tls_issuer(fact: str) -> str:
    """Show who issued the certificate that is presented there, trusted or not."""
    return (
        f"$tcp = New-Object Net.Sockets.TcpClient(%{fact}%, 443); "
        "$tls = New-Object Net.Security.SslStream($tcp.GetStream(), $false, { $true }); "
        f"$tls.AuthenticateAsClient(%{fact}%); $tls.RemoteCertificate.Issuer; $tcp.Close()"
    )


RECIPES: Mapping[str, tuple[Recipe, ...]] = {
    "S1": (
        Recipe(
            OsType.WINDOWS,
            "Exit code 4294967295 in the Microsoft-SMA log points to a runbook without authentication or a group"
            " without a credential, a failed connection to a proxy or firewall, and less than 2 cores or 4 GB to the"
            " hardware.",
            (
                _SERVICES,
                _REACHES,
                (
                    "Get-CimInstance -ClassName Win32_ComputerSystem"
                    " | Select-Object NumberOfLogicalProcessors, TotalPhysicalMemory"
                ),
                _events(
                    "LogName = 'Microsoft-SMA/Operational'; StartTime = (Get-Date).AddDays(-30)",
                    "Where-Object Message -Match 'Win32 Process Exited with code'",
                ),
            ),
        ),
        Recipe(
            OsType.LINUX,
            "Neither process running points to a stopped worker, no certificate to a proxy or firewall in the way,"
            " and less than 2 cores or 4 GB to the hardware.",
            (_EXTENSION_RUNS, _AGENT_RUNS, _ISSUER, "nproc", "free -m"),
        ),
    ),
    "S2": (
        Recipe(
            OsType.WINDOWS,
            "False means that the agent reports to another workspace than the linked one, and an event 15011 beside"
            " True and a connection that succeeds points to a deployment that looked in the wrong subscription.",
            (
                _REPORTS_TO,
                _REPORTS_TO_LINKED,
                _REACHES,
                _events("LogName = 'Operations Manager', 'Microsoft-SMA/Operational'; Id = 15011"),
            ),
            agent_only=True,
        ),
    ),
    "S3": (
        Recipe(
            OsType.WINDOWS,
            "A service that runs and reaches the account will ping again, and a registration that the account no"
            " longer lists was purged and has to be made anew.",
            (
                "(Get-CimInstance -ClassName Win32_OperatingSystem).LastBootUpTime",
                _SERVICES,
                _REACHES,
                _REGISTERED,
            ),
        ),
        Recipe(
            OsType.LINUX,
            "A process that runs and reaches the account will ping again, and a registration that the account no"
            " longer lists was purged and has to be made anew.",
            ("uptime -s", _EXTENSION_RUNS, _AGENT_RUNS, _ISSUER, _CONFIGURED),
        ),
    ),
    "S4": (
        Recipe(
            OsType.WINDOWS,
            "No row for the thumbprint of a connection means that its certificate is not on this machine, and"
            " NotAfter in the past or HasPrivateKey False that it is there but of no use.",
            (
                (
                    r"Get-ChildItem -Path Cert:\LocalMachine\My | Where-Object Thumbprint -EQ %thumbprint%"
                    " | Select-Object Thumbprint, NotAfter, HasPrivateKey"
                ),
                r"Get-ChildItem -Path Cert:\LocalMachine\My | Select-Object Thumbprint, NotAfter, HasPrivateKey",
            ),
        ),
    ),
    "S5": (
        Recipe(
            OsType.WINDOWS,
            "An offset beyond 900 seconds points to the clock, False to another workspace or a mistyped id, and a"
            " failed connection to the network, and none of these leaves the key and the region mapping.",
            (
                "w32tm /stripchart /computer:time.windows.com /dataonly /samples:3",
                _REPORTS_TO,
                _REPORTS_TO_LINKED,
                _REACHES.replace("%host%", "%registration%"),
            ),
        ),
        Recipe(
            OsType.LINUX,
            "A clock that is not synchronised points to the time, a count of 0 to a mistyped workspace id, and no"
            " certificate to the network, and none of these leaves the key and the region mapping.",
            (
                "timedatectl",
                "sudo /opt/microsoft/omsagent/bin/omsadmin.sh -l",
                "sudo /opt/microsoft/omsagent/bin/omsadmin.sh -l | grep -ciF -e %workspace%",
                _ISSUER.replace("%host%", "%registration%"),
            ),
        ),
    ),
    "S6": (
        Recipe(
            OsType.LINUX,
            "A user without NOPASSWD is asked for a password by sudo, and signed runbooks fail where gpg or its"
            " keyring is missing.",
            (
                "sudo -l -U nxautomation",
                "sudo -l -U omsagent",
                "sudo -l -U hweautomation",
                "gpg --version",
                (
                    "sudo grep -sH gpg_public_keyring_path"
                    " /var/opt/microsoft/omsagent/state/automationworker/diy/worker.conf"
                ),
            ),
        ),
    ),
    "S7": (
        Recipe(
            OsType.LINUX,
            "No process with oms.conf means that the agent does not run, and one without diy/worker.conf that no"
            " user worker is registered.",
            (
                "ps -ef | grep '[o]msagent'",
                _AGENT_RUNS,
                "sudo /opt/microsoft/omsagent/bin/omsadmin.sh -l",
                _EXTENSION_RUNS,
            ),
            agent_only=True,
        ),
    ),
    "S8": (
        Recipe(
            OsType.LINUX,
            "A line found in the log means that the agent is too old for its configuration and has to be reinstalled.",
            (
                "sudo grep -sn 'The specified class does not exist' /var/opt/microsoft/omsconfig/omsconfig.log",
                "dpkg -s omsagent 2>/dev/null | grep '^Version' || rpm -q omsagent",
            ),
            agent_only=True,
        ),
    ),
    "S9": (
        Recipe(
            OsType.WINDOWS,
            "HealthService stopped means that the agent does not run, events 7031 or 7034 that it crashed, and"
            " HealthService running leaves its cache, its workspace or the network.",
            (
                _SERVICES,
                _events(
                    "LogName = 'System'; ProviderName = 'Service Control Manager'; Id = 7031, 7034",
                    "Where-Object Message -Match 'Microsoft Monitoring Agent|Hybrid Worker Service'",
                ),
            ),
            agent_only=True,
        ),
    ),
    "S10": (
        Recipe(
            OsType.WINDOWS,
            "An issuer that is neither Microsoft nor DigiCert points to a proxy that opens the TLS connection, and"
            " no connection at all to a blocked address.",
            (
                _events("LogName = 'Operations Manager'; Id = 4502", "Where-Object Message -Match 'HybridAgent'"),
                _tls_issuer("host"),
                _tls_issuer("agent_service"),
                _PROXY,
            ),
        ),
    ),
    "S11": (
        Recipe(
            OsType.WINDOWS,
            "A proxy that the sandbox does not use points to its configuration, and a sign-in host that answers"
            " leaves the retired module, which Microsoft Graph PowerShell replaces.",
            (
                _PROXY,
                "Get-ChildItem -Path Env: | Where-Object Name -Match 'proxy' | Select-Object Name",
                (
                    r"Get-ChildItem -Path 'C:\Program Files\Microsoft Monitoring Agent\Agent\AzureAutomation' -Recurse"
                    " -Filter Orchestrator.Sandbox.exe.config -ErrorAction SilentlyContinue"
                    " | Select-String -Pattern 'defaultProxy', 'bypasslist'"
                ),
                (
                    "Get-Module -ListAvailable -Name MSOnline, AzureAD, Microsoft.Graph.Authentication"
                    " | Select-Object Name, Version"
                ),
                _REACHES.replace("%host%", "%login%"),
            ),
        ),
    ),
    "S12": (
        Recipe(
            OsType.WINDOWS,
            "HealthService running with the linked workspace but with a cache that no longer changes points to a"
            " corrupt cache, and a stopped service to scenario S9.",
            (
                _SERVICES,
                _REPORTS_TO,
                _REPORTS_TO_LINKED,
                (
                    r"Get-ChildItem -Path 'C:\Program Files\Microsoft Monitoring Agent\Agent\Health Service State'"
                    " -Recurse -File | Sort-Object LastWriteTime -Descending"
                    " | Select-Object -First 5 FullName, LastWriteTime"
                ),
                _events("LogName = 'Operations Manager'; Level = 2, 3; StartTime = (Get-Date).AddDays(-1)"),
            ),
            agent_only=True,
        ),
    ),
    "S13": (
        Recipe(
            OsType.WINDOWS,
            "A row with the id of another account shows where the machine is registered, True a left-over"
            " registration in this one, and no row that it is registered nowhere.",
            (
                _REGISTERED,
                "Test-Path -LiteralPath %registration_key%",
                _SERVICES,
            ),
        ),
    ),
    "S14": (
        Recipe(
            OsType.LINUX,
            "Another account_id shows where the machine is registered, the right one with a group that the account"
            " does not list a deleted group, and no file that it is registered nowhere.",
            (
                _CONFIGURED,
                f"{_CONFIGURED} | grep -ciF -e %account%",
                "sudo ls -l /home/nxautomation/state /home/hweautomation/state",
                "ls -d /opt/microsoft/omsconfig/modules/nxOMSAutomationWorker",
            ),
        ),
    ),
}
"""What decides each scenario on a machine, by its id."""
