"""The choices of the command line, free of imports so that `--help` stays fast."""

from enum import StrEnum


class Auth(StrEnum):
    """The logins that `--auth` offers."""

    DEFAULT = "default"
    CLI = "cli"
    ENV = "env"
    MANAGED_IDENTITY = "managed-identity"
    WORKLOAD_IDENTITY = "workload-identity"
    GITHUB_OIDC = "github-oidc"
    DEVICE_CODE = "device-code"


class CloudName(StrEnum):
    """The clouds that `--cloud` knows by name."""

    PUBLIC = "AzureCloud"
    US_GOVERNMENT = "AzureUSGovernment"
    CHINA = "AzureChinaCloud"


class FailOn(StrEnum):
    """From which severity on findings make the exit code 1."""

    NEVER = "never"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Included(StrEnum):
    """What `--include` adds to a scan."""

    VARIABLES = "variables"


class Skipped(StrEnum):
    """What `--skip` can leave out of a scan."""

    LOGS = "logs"
    JOBS = "jobs"
    CONTENT = "content"
    METRICS = "metrics"
    MACHINES = "machines"
