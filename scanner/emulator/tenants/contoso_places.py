"""Contoso's tenant and subscriptions, and where its groups of resources live."""

HOME = "c0a70500-72f9-4d8e-8f6b-1a2b3c4d5e00"
PARTNER = "fab21ca0-5b7d-4c1e-9a3f-6d7e8f901200"
"""The tenant of Fabrikam, whose subscription Lighthouse delegates to Contoso."""

PLATFORM = "c0a70500-1111-4a6b-9c2d-000000000001"
OPERATIONS = "c0a70500-2222-4a6b-9c2d-000000000002"
LEGACY = "c0a70500-3333-4a6b-9c2d-000000000003"
MANAGED = "fab21ca0-4444-4a6b-9c2d-000000000004"
FINANCE = "c0a70500-5555-4a6b-9c2d-000000000005"
"""A subscription that exists, in which the scanning application has no role."""

RG_PLATFORM, RG_OPERATIONS, RG_LEGACY = "rg-platform-automation", "RG-Ops-Automation", "rg-legacy"
RG_MANAGED, RG_FINANCE, RG_LOGS = "rg-fabrikam", "rg-finance", "rg-shared-logs"

STRAY = "c0a70500-9999-4a6b-9c2d-0000000000aa"
"""The workspace id in the settings of an agent that reports to where nobody looks: that of law-upcoming."""
