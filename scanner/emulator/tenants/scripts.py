"""The texts of runbooks, as their authors published them, and the messages that failed jobs end with."""

SIGN_IN = "Connect-AzAccount -Identity | Out-Null\n"

DEPLOY = f"""# Until 2023 this runbook used AzureRunAsConnection, see the change log.
param([string] $Release = "latest")
{SIGN_IN}Write-Output "AzureRunAsConnection is no longer needed for release $Release"
Get-AzStorageBlobContent -Container "releases" -Blob "$Release.zip" -Destination "D:\\Deploy"
"""
"""Healthy; its comment and its message name the connection that it does not use any more."""

RESTART = f"""<#
  Formerly: Login-AzureRmAccount, Get-AzureRmVM
#>
{SIGN_IN}Get-WebSite | Where-Object State -ne "Started" | Start-WebSite
"""
"""Healthy; only its comment names AzureRM."""

COUNTERS = """Get-Counter -Counter "\\Processor(_Total)\\% Processor Time" -SampleInterval 5 -MaxSamples 12
"""

PATCHES = f"""{SIGN_IN}$pending = Get-HotFix | Sort-Object InstalledOn -Descending
Write-Output "Größe der Liste: $($pending.Count)"
""".encode("utf-16")
"""Healthy, and saved by an editor that writes UTF-16."""

BACKUP_STATE = b"""<?xml version="1.0"?><GraphRunbook><Activities>
  <CommandActivity><CommandName>Get-AzSqlDatabase</CommandName></CommandActivity>
  <CommandActivity><CommandName>Write-Output</CommandName></CommandActivity>
</Activities></GraphRunbook>
"""
"""Healthy and graphical."""

TEST_DATA = """$connection = Get-AutomationConnection -Name 'AzureRunAsConnection'
Connect-AzAccount -ServicePrincipal -Tenant $connection.TenantID `
    -ApplicationId $connection.ApplicationID -CertificateThumbprint $connection.CertificateThumbprint
Restore-AzSqlDatabase -FromPointInTimeBackup -PointInTime (Get-Date).AddDays(-1)
"""

BUILD_IMAGE = """Login-AzureRmAccount -Credential (Get-AutomationPSCredential -Name 'builder')
$vm = Get-AzureRmVM -ResourceGroupName 'rg-images' -Name 'golden'
Set-AzureRmVM -ResourceGroupName 'rg-images' -Name 'golden' -Generalized
"""

CACHE = "Restart-Service -Name 'AppFabricCachingService'\n"
SNAPSHOTS = (
    f"{SIGN_IN}Get-AzSnapshot | Where-Object TimeCreated -lt (Get-Date).AddDays(-30) | Remove-AzSnapshot -Force\n"
)
SMOKE_TEST = """import urllib2
print(urllib2.urlopen("https://test.contoso.example/health").getcode())
"""

PAYROLL = """$name = "AzureRunAsConnection"
$login = Get-AutomationConnection -Name $name
Connect-AzAccount -ServicePrincipal -Tenant $login.TenantId -ApplicationId $login.ApplicationId `
    -CertificateThumbprint $login.CertificateThumbprint
Export-PayrollTable -Path 'E:\\Payroll\\out.csv'
"""
STARTER = """Import-Module MSOnline
Connect-MsolService -Credential (Get-AutomationPSCredential -Name 'cred-m365')
New-MsolUser -UserPrincipalName $UserName -DisplayName $DisplayName
"""
LEAVERS = """Connect-AzureAD -Credential (Get-AutomationPSCredential -Name 'cred-m365')
Get-AzureADUser -Filter "accountEnabled eq false" | Select-Object UserPrincipalName
"""

TRANSFER = """workflow Transfer-Files {
    $run = Get-AutomationConnection -Name "AzureRunAsConnection"
    Copy-Item -Path '\\\\leg-ftp-01\\drop' -Destination '\\\\leg-ftp-02\\archive' -Recurse
}
"""

BOOKS = "Invoke-Sqlcmd -Query 'EXEC dbo.CloseBooks' -ServerInstance 'ops-old-01'\n"
STATEMENTS = """import subprocess
subprocess.check_call(["sudo", "-n", "/opt/statements/encrypt.sh"])
"""
KIOSKS = f"{SIGN_IN}Get-AzVM -ResourceGroupName 'rg-kiosks' | Stop-AzVM -Force\n"
ARCHIVE = f"{SIGN_IN}Move-Item -Path 'M:\\Mail\\*' -Destination 'A:\\Archive'\n"
PLAIN = f"{SIGN_IN}Get-Process | Sort-Object CPU -Descending | Select-Object -First 10\n"
DASHBOARD = """import json
print(json.dumps({"published": True}))
"""

TRIED_THREE_TIMES = (
    "The job action 'Activate' cannot be run, because the process stopped unexpectedly. "
    "The job action was attempted three times."
)
NOT_AVAILABLE = (
    "The job was suspended: the hybrid worker was not available when the scheduled job started. "
    "The hybrid worker was last active at {seen:%m/%d/%Y %H:%M:%S}."
)
JOB_LIMIT = (
    "Job was suspended because it exceeded the job limit for a Hybrid Worker. <script>alert(document.domain)</script>"
)
"""The worker's message, followed by what somebody printed: text from a tenant is hostile."""
NO_CERTIFICATE = (
    "No certificate was found in the certificate store with thumbprint {mark}. (No certificate was found in the "
    "certificate store with thumbprint {mark}.)"
)
SUDO = "sudo: no tty present and no askpass program specified"
GPG = "gpg: signing failed: Inappropriate ioctl for device"
NO_USER_IDENTITY = "ManagedIdentityCredential: multiple user assigned identities exist, please specify the clientId"
"""Messages as the troubleshooting articles, sudo, GnuPG and the instance metadata service have them."""
