"""What closes a Gap, in a sentence for each reason."""

from __future__ import annotations

from collections.abc import Mapping

from scanner.inventory import GapReason

ADVICE: Mapping[GapReason, str] = {
    GapReason.DENIED: "Assign the login a role with these actions at these scopes; the built-in Reader covers them.",
    GapReason.THROTTLED: "Scan again when less else is calling this API, or with a lower --concurrency.",
    GapReason.TIMEOUT: "Scan again; look at the network's way to the endpoint if it stays.",
    GapReason.UNREACHABLE: "Let this machine reach the endpoint (DNS, proxy, firewall, TLS), then scan again.",
    GapReason.NOT_REGISTERED: "The subscription does not know this resource type; register its provider where needed.",
    GapReason.MALFORMED: "The answer could not be understood; scan again, and report the request id if it stays.",
    GapReason.TRUNCATED: "The answer ended early; scan again.",
    GapReason.FAILED: "The service answered with an error; scan again, and report the request id if it stays.",
    GapReason.INTERRUPTED: "The scan stopped before this read, or its shard was not merged; let all of it finish.",
    GapReason.SKIPPED: "The command line left this out; scan without that --skip or --since.",
}
"""What closes a Gap, by its reason."""
