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
    """From which severity on findings make the exit code 1: any of them, or only those that the baseline lacks."""

    NEVER = "never"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"
    NEW_LOW = "new:low"
    NEW_MEDIUM = "new:medium"
    NEW_HIGH = "new:high"
    NEW_CRITICAL = "new:critical"

    @property
    def only_new(self) -> bool:
        """Whether findings that the baseline has do not count."""
        return self.value.startswith("new:")

    @property
    def severity(self) -> str:
        """The severity without `new:`; `never` for none."""
        return self.value.removeprefix("new:")


class DiffFormat(StrEnum):
    """The forms in which `hwaudit diff` tells what changed."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"
    MARKDOWN = "markdown"


class Shell(StrEnum):
    """The shells whose quoting printed commands can have."""

    BASH = "bash"
    POWERSHELL = "powershell"


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


class RoleForm(StrEnum):
    """The forms in which `hwaudit doctor --role` prints the custom role."""

    JSON = "json"
    BICEP = "bicep"
    AZ = "az"
