"""The embedded Azure: believable tenants behind Azure's own wire formats, in process or over loopback HTTPS."""

from scanner.emulator.access import Assignment
from scanner.emulator.arm import Request, Response
from scanner.emulator.bucket import Bucket
from scanner.emulator.emulator import Emulator
from scanner.emulator.faults import Fault, Told, answer, deny, expire, garble, hang, reset, slow, throttle, truncate
from scanner.emulator.github import Job
from scanner.emulator.recording import NoRecordingError, Recording
from scanner.emulator.replay import Replay
from scanner.emulator.server import Server, serve
from scanner.emulator.several import SeveralTenants, domain_of
from scanner.emulator.tenants import TENANTS, generate
from scanner.emulator.tenants.model import Tenant

__all__ = [
    "TENANTS",
    "Assignment",
    "Bucket",
    "Emulator",
    "Fault",
    "Job",
    "NoRecordingError",
    "Recording",
    "Replay",
    "Request",
    "Response",
    "Server",
    "SeveralTenants",
    "Tenant",
    "Told",
    "answer",
    "deny",
    "domain_of",
    "expire",
    "garble",
    "generate",
    "hang",
    "reset",
    "serve",
    "slow",
    "throttle",
    "truncate",
]
