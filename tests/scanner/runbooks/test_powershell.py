import pytest

from scanner.inventory import RunbookSignature as S
from scanner.inventory import Sign
from scanner.runbooks import read_runbook


def read(script, runbook_type="PowerShell"):
    return read_runbook(script.encode(), runbook_type)


def signs(script, runbook_type="PowerShell"):
    return {sign.signature: sign.line for sign in read(script, runbook_type).signs}


USED = [
    ("Get-AutomationConnection -Name 'AzureRunAsConnection'", {S.RUN_AS: 1}),
    ('get-automationconnection "azurerunasconnection"', {S.RUN_AS: 1}),
    ("Get-AutomationConnection -N AzureRunAsConnection", {S.RUN_AS: 1}),
    ("Get-AutomationConnection -Name:'AzureRunAsConnection'", {S.RUN_AS: 1}),
    ("Get-AutomationConnection -Name “AzureRunAsConnection”", {S.RUN_AS: 1}),
    ("Get-AutomationConnection `\n  -Name `\n  'AzureRunAsConnection'", {S.RUN_AS: 1}),
    ("$n = 'AzureRunAsConnection'\n\nGet-AutomationConnection -Name $n", {S.RUN_AS: 3}),
    ('$script:n = "AzureRunAsConnection"\nGet-AutomationConnection "$n"', {S.RUN_AS: 2}),
    ("[string] $n = [string] 'AzureRunAsConnection'; Get-AutomationConnection $N", {S.RUN_AS: 1}),
    ("$a = $b = 'AzureRunAsConnection'; $c = $a; Get-AutomationConnection ${c}", {S.RUN_AS: 1}),
    (
        "param(\n [Parameter(Mandatory=$false)]\n [string]$Name = 'AzureRunAsConnection',\n $x = 1)\nGet-AutomationConnection $Name",
        {S.RUN_AS: 5},
    ),
    ("function f($n = 'AzureRunAsConnection') { Get-AutomationConnection $n }", {S.RUN_AS: 1}),
    ("function f($n) { Get-AutomationConnection $n }\nf 'AzureRunAsConnection'", {S.RUN_AS: 2}),
    ("& { param($n) Get-AutomationConnection $n } 'AzureRunAsConnection'", {S.RUN_AS: 1}),
    ("foreach ($n in 'x', 'AzureRunAsConnection') { Get-AutomationConnection $n }", {S.RUN_AS: 1}),
    ("$p = @{ Name = 'AzureRunAsConnection' }\nGet-AutomationConnection @p", {S.RUN_AS: 2}),
    ("$p = @{}\n$p.Name = 'AzureRunAsConnection'\nGet-AutomationConnection @p", {S.RUN_AS: 3}),
    ("$p = @{}; $p['Name'] = 'AzureRunAsConnection'; Get-AutomationConnection @p", {S.RUN_AS: 1}),
    ("$p = @{}; $p.Add('Name', 'AzureRunAsConnection'); Get-AutomationConnection @p", {S.RUN_AS: 1}),
    ("$p = @{ Name = 'AzureRunAsConnection' }; $q = $p; Get-AutomationConnection @q", {S.RUN_AS: 1}),
    ("$c = @{ Conn = @{ Name = 'AzureRunAsConnection' } }; Get-AutomationConnection $c.Conn.Name", {S.RUN_AS: 1}),
    (
        "Get-AzAutomationConnection -ResourceGroupName r -AutomationAccountName a -Name AzureRunAsConnection",
        {S.RUN_AS: 1},
    ),
    ("Get-AzAutomationCertificate r a AzureClassicRunAsCertificate", {S.CLASSIC_RUN_AS: 1}),
    ("Get-AutomationCertificate -Name 'AzureRunAsCertificate'", {S.RUN_AS: 1}),
    ("$id = (Get-AutomationConnection 'AzureClassicRunAsConnection').SubscriptionID", {S.CLASSIC_RUN_AS: 1}),
    ("Login-AzureRmAccount", {S.AZURE_RM: 1}),
    ("\r\nAdd-AzureRMAccount -ServicePrincipal", {S.AZURE_RM: 2}),
    ("AzureRM.Profile\\Login-AzureRmAccount", {S.AZURE_RM: 1}),
    ("Login`-AzureRmAccount", {S.AZURE_RM: 1}),
    ("& 'Get-AzureRmVM'", {S.AZURE_RM: 1}),
    ("&Get-AzureRmVM", {S.AZURE_RM: 1}),
    ("$c = 'Get-AzureRmVM'; & $c", {S.AZURE_RM: 1}),
    ("$f = { Get-AzureRmVM }; & $f", {S.AZURE_RM: 1}),
    ("Set-Alias login Login-AzureRmAccount\nif ($x) { login }", {S.AZURE_RM: 2}),
    ("New-Alias -Value Login-AzureRmAccount -Name login; login", {S.AZURE_RM: 1}),
    ("#Requires -Version 5\n#Requires -Modules Az.Accounts, AzureRM.Profile", {S.AZURE_RM: 2}),
    ("#requires -modules @{ ModuleName = 'AzureRM'; ModuleVersion = '6.0' }", {S.AZURE_RM: 1}),
    ("using module AzureRM.Compute", {S.AZURE_RM: 1}),
    ("Import-Module 'C:\\Modules\\AzureRM\\AzureRM.psd1'", {S.AZURE_RM: 1}),
    ('$x = "free: $((Get-AzureRmVM -Name "a $(Get-MsolUser)").Count) of"', {S.AZURE_RM: 1, S.MSONLINE: 1}),
    ("$x = @\"\n'none' # $(Get-AzureRmVM)\n\"@", {S.AZURE_RM: 2}),
    (
        "if (Get-AzureRmVM) { 1 } elseif (Get-MsolUser) { 2 } else { Get-AzureADUser }",
        {S.AZURE_RM: 1, S.MSONLINE: 1, S.AZURE_AD: 1},
    ),
    ("$h = @{ A = Get-AzureRmVM; B = 1 }", {S.AZURE_RM: 1}),
    ("$x = @(Get-Foo | ForEach-Object { Get-AzureRmVM -Name $_ })", {S.AZURE_RM: 1}),
    ("switch ($x) { 'a' { Get-AzureRmVM } default { 1 } }", {S.AZURE_RM: 1}),
    ("try { throw 'x' } catch [System.Exception] { Get-AzureRmVM } finally { 1 }", {S.AZURE_RM: 1}),
    ("do { Get-AzureRmVM } while ($true)", {S.AZURE_RM: 1}),
    ("Get-Foo |\n  Get-AzureRmVM", {S.AZURE_RM: 2}),
    ("Get-Foo && Get-AzureRmVM", {S.AZURE_RM: 1}),
    ("return Get-AzureRmVM", {S.AZURE_RM: 1}),
    ("# don't\nGet-AzureRmVM", {S.AZURE_RM: 2}),
    ("Write-Output 'it''s' # \"\nGet-AzureRmVM", {S.AZURE_RM: 2}),
    ('Write-Output "a `" b "" c"\nGet-AzureRmVM', {S.AZURE_RM: 2}),
    ("Invoke-Command -ComputerName x -Credential $c { Connect-MsolService }", {S.MSONLINE: 1}),
    ("Import-Module -Name Az.Accounts, MSOnline", {S.MSONLINE: 1}),
    ("Connect-AzureAD -Credential $c", {S.AZURE_AD: 1}),
    ("ipmo AzureADPreview", {S.AZURE_AD: 1}),
    ("Connect-AzAccount -Identity | Out-Null", {S.MANAGED_IDENTITY: 1}),
    ("Add-AzAccount -ident -AccountId $id", {S.MANAGED_IDENTITY: 1}),
    ("Connect-AzAccount –Identity", {S.MANAGED_IDENTITY: 1}),
    ("$p = @{ Identity = $true }\nLogin-AzAccount @p", {S.MANAGED_IDENTITY: 2}),
    ("Connect-MgGraph -Identity -NoWelcome", {S.MANAGED_IDENTITY: 1}),
    ("Invoke-RestMethod -Uri $env:IDENTITY_ENDPOINT", {S.MANAGED_IDENTITY: 1}),
    ("workflow w {\n inlineScript {\n  Get-AzureRmVM } }", {S.AZURE_RM: 3}),
    ("workflow w { parallel { sequence { Get-AzureRmVM } } }", {S.AZURE_RM: 1}),
]


@pytest.mark.parametrize(("script", "expected"), USED)
def test_what_a_script_uses_is_found_on_its_first_line(script, expected):
    assert signs(script) == expected
    assert read(script).in_full
    assert {**signs(f"{script}\n{script}"), **expected} == expected


FOLLOWED = [
    ("$n = 'AzureRunAs' +\n 'Connection'; Get-AutomationConnection $n", {S.RUN_AS: 2}),
    ("$k = 'RunAs'; $n = \"Azure${k}Connection\"; Get-AutomationConnection $n", {S.RUN_AS: 1}),
    ('$n = @"\nAzureRunAsConnection\n"@\nGet-AutomationConnection $n', {S.RUN_AS: 4}),
    ("$n = @('AzureRunAsConnection'); Get-AutomationConnection $n[0]", {S.RUN_AS: 1}),
    ("$n = if ($x) { 'b' }\nelse { 'AzureRunAsConnection' }\nGet-AutomationConnection $n", {S.RUN_AS: 3}),
    ("$n = switch ($x) { 1 { 'AzureRunAsConnection' } }; Get-AutomationConnection $n", {S.RUN_AS: 1}),
    ("$n = $x -eq 1 ? 'AzureRunAsConnection' : 'b'; Get-AutomationConnection $n", {S.RUN_AS: 1}),
    ("@{ Name = if ($x) { Get-AzureRmVM } }", {S.AZURE_RM: 1}),
    ("'AzureRunAsConnection', 'b' | % { if ($_) { Get-AutomationConnection $_ } }", {S.RUN_AS: 1}),
    ("@('AzureRunAsConnection').ForEach({ Get-AutomationConnection $_ })", {S.RUN_AS: 1}),
    ("function f { return 'AzureRunAsConnection' }; Get-AutomationConnection (f)", {S.RUN_AS: 1}),
    ("$s = { param($n) Get-AutomationConnection $n }; & $s 'AzureRunAsConnection'", {S.RUN_AS: 1}),
    ("Set-Variable n 'AzureRunAsConnection'; Get-AutomationConnection $n", {S.RUN_AS: 1}),
    ("$p = @('AzureRunAsConnection'); Get-AutomationConnection @p", {S.RUN_AS: 1}),
    ("$p = @{ Verbose = $true } + @{ Name = 'AzureRunAsConnection' }; Get-AutomationConnection @p", {S.RUN_AS: 1}),
    ("$g = Get-Command Get-AutomationConnection; & $g AzureRunAsConnection", {S.RUN_AS: 1}),
    ("New-Item -Path alias:g -Value Get-MsolUser; g", {S.MSONLINE: 1}),
    ("${alias:g} = 'Get-MsolUser'; g", {S.MSONLINE: 1}),
    ("iex 'Get-MsolUser'; 'Get-AzureRmVM' | iex", {S.MSONLINE: 1, S.AZURE_RM: 1}),
    ("$m = @(\n 'AzureRM' # old\n 'x'\n)\nforeach ($x in $m) { Import-Module $x }", {S.AZURE_RM: 5}),
    ("$m = @('x') + @('AzureAD'); Import-Module $m", {S.AZURE_AD: 1}),
    ("Get-Module -ListAvailable MSOnline | Import-Module", {S.MSONLINE: 1}),
    ("'AzureRM.Profile' | Import-Module", {S.AZURE_RM: 1}),
    ("cmd --% /c echo ' | Get-MsolUser", {S.MSONLINE: 1}),
    ("$x[(Get-AzureRmVM).Count]", {S.AZURE_RM: 1}),
    ("Connect-AzAccount -Identity>$null", {S.MANAGED_IDENTITY: 1}),
]


@pytest.mark.parametrize(("script", "expected"), FOLLOWED)
def test_a_name_is_followed_through_whatever_hands_it_on(script, expected):
    assert signs(script) == expected
    assert read(script).in_full


NAMED_ONLY = [
    "Enable-AzureRmAlias; Uninstall-AzureRm",
    'Write-Output "`$env:IDENTITY_ENDPOINT"',
    "'AzureRunAsConnection' | % { Write-Output $_ }; 'b' | % { Get-AutomationConnection $_ }",
    "$n = 'AzureRunAsConnection' + '-old'; Get-AutomationConnection $n",
    "$n = if ($m -eq 'AzureRunAsConnection') { 'b' } else { 'c' }; Get-AutomationConnection $n",
    "$n = switch ($m) { 'AzureRunAsConnection' { 'b' } }; Get-AutomationConnection $n",
    "$n = $m -eq 'AzureRunAsConnection' ? 'b' : 'c'; Get-AutomationConnection $n",
    "function f { $x = 'AzureRunAsConnection'; 'b' }; Get-AutomationConnection (f)",
    "Get-Module AzureRM | Remove-Module; Import-Module Az",
    "iex 'Write-Output ''Get-AzureRmVM'' # Get-MsolUser'",
    'cmd --% "a | Get-AzureRmVM" & Get-AzureRmVM',
    "# Login-AzureRmAccount",
    "<# Get-AutomationConnection 'AzureRunAsConnection' \n Connect-MsolService #>",
    '<# \' " @" #> # #> Login-AzureRmAccount',
    "$x = 1 # requires -Modules AzureRM",
    "Write-Output 'x' #requires -Modules AzureRM",
    "& $env:ComSpec /c 'Login-AzureRmAccount'",
    '& "$path\\tool.exe" Login-AzureRmAccount',
    "& $env:SystemRoot\\System32\\cmd.exe /c Login-AzureRmAccount",
    "Write-Output 'Login-AzureRmAccount'",
    "Write-Output Login-AzureRmAccount",
    'Write-Output "use Connect-MsolService; Get-AzureRmVM"',
    'Write-Output "`$(Get-AzureRmVM)"',
    "Write-Output '$(Get-AzureRmVM)'",
    "'Get-AzureRmVM'",
    "$x = 'Get-AzureRmVM'",
    "$x = 'it''s', 'Get-AzureRmVM; '",
    "$x = @'\nGet-AzureRmVM\n $(Connect-MsolService)\n'\n '@ no end\n'@",
    '$x = @"\nGet-AzureRmVM `$(Get-MsolUser)\n"\nConnect-AzureAD\n @"\n"@',
    "$x = @'\n'@\n$y = 'Get-AzureRmVM'",
    "Get-Command Login-AzureRmAccount",
    "Set-Alias login Login-AzureRmAccount",
    "$x = 'AzureRunAsConnection'",
    "Write-Output AzureRunAsConnection",
    "Get-AutomationVariable -Name 'AzureRunAsConnection'",
    "Get-AutomationConnection -Name 'Other' # AzureRunAsConnection",
    "Get-AutomationConnection -Verbose 'Other' | Select-Object AzureRunAsConnection",
    "$x = @{ Note = 'AzureRunAsConnection'; Name = 'Other' }; Get-AutomationConnection @x",
    "[ValidateSet('AzureRunAsConnection')][string]$x = 'Other'; Get-AutomationConnection $x",
    "$x | Where-Object { $_ -eq 'Connect-AzureAD' -or $_ -like '*-AzureRm*' }",
    "Get-AzADUser; Get-AzADGroup; Connect-AzAccount; Get-AzVM",
    "msbuild /p:X=Connect-AzureAD",
    "cmd /c set X=Login-AzureRmAccount",
    "cmd --% Login-AzureRmAccount & Get-AzureRmVM",
    "switch ($x) { Connect-AzureAD { 1 } 'Get-MsolUser' { 2 } }",
    "@{ 'Get-AzureRmVM' = 1; Connect-MsolService = 2 }",
    "function Get-AzureRmThing { 1 }\nGet-AzureRmThing",
    "Get-Module AzureRM; Remove-Module AzureRM; Install-Module AzureAD",
    "Import-Module Az.Accounts, AzureRMStuff",
    "Connect-AzAccount -Identity:$false",
    "Connect-AzAccount -Tenant 'Identity' -I",
    "$p = @{ Identity = $false }; Connect-AzAccount @p",
    "Disconnect-AzAccount -Identity",
    "$x.Login-AzureRmAccount",
    "$x = $y.'Get-AzureRmVM'",
    "break Get-AzureRmVM",
    "class Get-AzureRmVM : Connect-MsolService { [string] $Get }",
    "./tools/Get-AzureRmVM",
]


@pytest.mark.parametrize("script", NAMED_ONLY)
def test_a_name_that_is_only_mentioned_is_no_use(script):
    assert signs(script) == {}
    assert read(script).in_full
    assert signs(f"{script}\nGet-AzVM\nConnect-MsolService") == {S.MSONLINE: script.count("\n") + 3}


@pytest.mark.parametrize(
    "script",
    [
        "<# Get-AzureRmVM",
        "$x = 'Get-AzureRmVM\nConnect-MsolService",
        "$x = @'\nGet-AzureRmVM\n '@",
        '$x = "Get-AzureRmVM `"\nConnect-MsolService',
        '$x = @"\nGet-AzureRmVM\n  "@\nGet-MsolUser',
        "Get-Foo }",
        "if (1) { Get-Foo",
    ],
)
def test_what_is_not_closed_is_not_understood_and_shows_nothing(script):
    reading = read(script)
    assert (reading.signs, reading.in_full) == ((), False)


@pytest.mark.parametrize(
    "script",
    [
        "Get-AutomationConnection -Name $fromOutside",
        "$n = 'AzureRunAs' + $kind; Get-AutomationConnection $n",
        '$n = "$n$n"; Get-AutomationConnection $n',
        "function f { f }; Get-AutomationConnection (f)",
        "$s = [scriptblock]::Create('Get-AzureRmVM'); & $s",
        "Invoke-Expression $code",
        "iex (Get-Content x)",
        "& $command",
        "Get-AutomationConnection @p",
    ],
)
def test_what_only_a_run_would_show_is_not_understood(script):
    assert not read(script).in_full


@pytest.mark.parametrize(
    ("script", "runbook_type", "expected"),
    [
        (".\\Child.ps1 -A 1", "PowerShell", {"child"}),
        ("& ./Child.ps1", "PowerShell72", {"child"}),
        (". .\\Child.ps1", "PowerShell", {"child"}),
        ('& "$PSScriptRoot\\Child.ps1"', "PowerShell", {"child"}),
        ("& $PSScriptRoot\\Child.ps1", "PowerShell", {"child"}),
        ("$c = '.\\Child.ps1'; & $c", "PowerShell", {"child"}),
        ("Start-AutomationRunbook -Name 'Child'", "PowerShell", {"child"}),
        ("$p = @{ Name = 'Child' }; Start-AzAutomationRunbook @p", "PowerShell", {"child"}),
        (
            "Start-AzAutomationRunbook -AutomationAccountName a -ResourceGroupName r -Name Child",
            "PowerShell",
            {"child"},
        ),
        ("Start-AzureRmAutomationRunbook r a Child", "PowerShell", {"child"}),
        ("Child -A 1", "PowerShell", set()),
        ("workflow w { Child -A 1\n parallel { Other-Child } }", None, {"child", "other-child"}),
        ("Child -A 1", "PowerShellWorkflow", {"child"}),
        ("# .\\Child.ps1\nWrite-Output '.\\Child.ps1'", "PowerShell", set()),
    ],
)
def test_child_runbooks_are_listed(script, runbook_type, expected):
    assert read(script, runbook_type).calls == expected


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_however_they_end(end):
    script = end.join(["", "$x = @'", "one", "'@", "<#", "#>", "Connect-AzAccount `", "  -Identity; Get-MsolUser"])
    assert read(script).signs == (Sign(S.MANAGED_IDENTITY, 7), Sign(S.MSONLINE, 8))
