import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.inventory import EventSignature, JobSignature
from scanner.runbooks import event_signature, job_signature

JOB_MESSAGES = [
    (
        JobSignature.TRIED_THREE_TIMES,
        "The job action 'Activate' cannot be run, because the process stopped unexpectedly. The job action was attempted three times.",
    ),
    (
        JobSignature.WORKER_NOT_AVAILABLE,
        "Failed to start, as hybrid worker was not available when scheduled job started, the hybrid worker was last active at 11/03/2026.",
    ),
    (
        JobSignature.WORKER_NOT_AVAILABLE,
        "Failed to start, as hybrid worker wasn’t available when scheduled job started.",
    ),
    (
        JobSignature.JOB_LIMIT,
        "Job was suspended as it exceeded the job limit for a Hybrid Worker. Add more Hybrid Workers to the Hybrid Worker group to overcome this issue.",
    ),
    (JobSignature.SPOOL_OPERATION, "Spool operation id does not exist."),
    (
        JobSignature.CERTIFICATE_NOT_FOUND,
        "Connect-AzAccount : No certificate was found in the certificate store with thumbprint 0000000000",
    ),
    (JobSignature.PASSWORD_PROMPT, "sudo: a password is required"),
    (JobSignature.PASSWORD_PROMPT, "sudo: no tty present and no askpass program specified"),
    (JobSignature.PASSWORD_PROMPT, "sudo: a terminal is required to read the password; either use the -S option"),
    (JobSignature.PASSWORD_PROMPT, "[sudo] password for nxautomation:"),
    (JobSignature.PASSWORD_PROMPT, "gpg: signing failed: Inappropriate ioctl for device"),
    (JobSignature.PASSWORD_PROMPT, "gpg: [stdin]: clear-sign failed: Inappropriate ioctl for device"),
    (JobSignature.PASSWORD_PROMPT, "gpg: cannot open '/dev/tty': No such device or address"),
    (JobSignature.EXPIRED_TOKEN, 'ExpiredAuthenticationToken: The access token expiry UTC time is earlier than "now".'),
    (
        JobSignature.EXPIRED_TOKEN,
        "The access token expiry UTC time '9/12/2026 3:04:05 PM' is earlier than current UTC time '9/12/2026 4:04:05 PM'.",
    ),
    (JobSignature.USER_ASSIGNED_IDENTITY, "Invalid Authorization Token"),
    (JobSignature.USER_ASSIGNED_IDENTITY, "Multiple user assigned identities exist, please specify the clientId"),
    (
        JobSignature.USER_ASSIGNED_IDENTITY,
        "No User Assigned or Delegated Managed Identity found for specified ClientId",
    ),
    (JobSignature.USER_ASSIGNED_IDENTITY, "Failed to get MSI token for account"),
    (JobSignature.USER_ASSIGNED_IDENTITY, "Unable to acquire a token for the user-assigned managed identity"),
    (JobSignature.ILLEGAL_CHARACTERS, "Set-AzStorageBlobContent : Illegal characters in path."),
]


@pytest.mark.parametrize(("signature", "text"), JOB_MESSAGES)
def test_a_documented_message_is_recognised_however_it_was_written_down(signature, text):
    for written in (
        text,
        text.upper(),
        text.replace(" ", "\r\n    "),
        text.replace("'", "‘"),
        f"\ufeff{text}",
        "\n".join(text[at : at + 17] for at in range(0, len(text), 17)),
    ):
        assert job_signature(f"before\n{written}\nafter") is signature


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ls: cannot access '/usr/bin/sudo': No such file or directory",
        "sudo service_control restart",
        "sudo: unable to resolve host worker-01",
        "gpg: key 1234 imported",
        "Inappropriate ioctl for device",
        "The certificate store holds 3 certificates with thumbprint and subject",
        "The job was stopped by its owner",
        "The authentication token has expired",
        "A user assigned identity was added",
        "Unable to load module X. The machine has a user-assigned managed identity.",
        "InvalidAuthenticationToken",
    ],
)
def test_a_text_that_only_sounds_alike_has_no_signature(text):
    assert job_signature(text) is None


def test_the_message_that_names_its_cause_goes_before_the_one_that_does_not():
    text = (
        "The job action was attempted three times. No certificate was found in the certificate store with thumbprint 0"
    )
    assert job_signature(text) is JobSignature.CERTIFICATE_NOT_FOUND


@given(st.text())
def test_no_text_breaks_the_reading_of_messages(text):
    assert job_signature(text) is None or job_signature(text) in JobSignature
    assert event_signature(4502, text, text) is None


@pytest.mark.parametrize("part", ["gpg:", "unable to get ", "hybrid worker ", "sudo: ", "job action aaaa "])
def test_a_quarter_mebibyte_of_beginnings_is_read_to_its_end(part):
    text = part * (256 * 1024 // len(part))
    assert job_signature(text) is None
    assert job_signature(text + "Illegal characters in path") is JobSignature.ILLEGAL_CHARACTERS


TLS = "Module: Microsoft.EnterpriseManagement.HealthService.AzureAutomation.HybridAgent\n was not issued by"
HUB = "[Uri=https://cc-jobruntimedata-prod-su1.azure-automation.net/notifications/hub] Transport timed out"


@pytest.mark.parametrize(
    ("event_id", "log", "text", "signature"),
    [
        (4502, "Operations Manager", TLS, EventSignature.TLS_INTERCEPTION),
        (
            4502,
            "OPERATIONS  manager ",
            TLS.replace("AzureAutomation.", "azureautomation. "),
            EventSignature.TLS_INTERCEPTION,
        ),
        (4502, "Application", TLS, None),
        (4502, None, TLS, None),
        (4502, "Operations Manager", "another module", None),
        (15011, "Microsoft-SMA/Operational", HUB, EventSignature.SIGNALR_TIMEOUT),
        (15011, None, "cannot reach the SignalR server", EventSignature.SIGNALR_TIMEOUT),
        (15011, None, "query result is not valid", None),
        (15012, None, HUB, None),
        (None, "Operations Manager", TLS, None),
    ],
)
def test_an_event_is_told_by_its_id_its_log_and_its_text(event_id, log, text, signature):
    assert event_signature(event_id, log, text) is signature
