"""The loopback door: HTTPS on this machine, with a certificate made at start."""

import asyncio
import ipaddress
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isinf
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from scanner.emulator.arm import Request, Response
from scanner.emulator.clock import WallClock
from scanner.emulator.door import Answering

LIFETIME = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Server:
    """Where the loopback door listens, the authority that its certificate needs, and who may log in.

    `job` holds the variables that a runner gives to the GitHub Actions job that may log in without the secret.
    """

    url: str
    ca_pem: str
    ca_file: Path
    tenant_id: str
    client_id: str
    client_secret: str
    job: Mapping[str, str]


@asynccontextmanager
async def serve(
    emulator: Answering, *, host: str = "127.0.0.1", port: int = 0, names: Sequence[str] = ()
) -> AsyncIterator[Server]:
    """Serves an emulator in real time until left; port 0 takes a free one.

    The certificate is good for `localhost`, and for the DNS `names` of those whom a client takes the emulator for.
    """
    emulator.clock = WallClock()
    with tempfile.TemporaryDirectory(prefix="embedded-azure-") as folder:
        ca_file = Path(folder, "ca.pem")
        context, pem = _context(Path(folder), ca_file, names)
        # Answers that a fault still delays are not waited for in the end.
        runner = web.ServerRunner(web.Server(_handler(emulator), access_log=None), shutdown_timeout=0.1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port, ssl_context=context)
            await site.start()
            login = emulator.login
            url = f"https://localhost:{runner.addresses[0][1]}"
            job = emulator.github.variables(url)
            yield Server(url, pem, ca_file, login.tenant_id, login.client_id, login.client_secret, job)
        finally:
            await runner.cleanup()


def _handler(emulator: Answering) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read() if request.body_exists else b""
        url = f"https://{request.host}{request.raw_path}"
        response = await emulator.handle(Request(request.method, url, request.headers, body))
        if isinf(response.delay):
            await asyncio.Event().wait()
        if response.delay > 0:
            await emulator.clock.sleep(response.delay)
        if response.reset or response.cut is not None:
            return await _break(request, response)
        return web.Response(status=response.status, headers=response.headers, body=response.body)

    return handle


async def _break(request: web.BaseRequest, response: Response) -> web.StreamResponse:
    """Sends what is to arrive of an announced body, or nothing at all, and closes the connection."""
    length = {"Content-Length": str(len(response.body))}
    answer = web.StreamResponse(status=response.status, headers={**response.headers, **length})
    transport = request.transport
    if not response.reset:
        await answer.prepare(request)
        await answer.write(response.body[: response.cut])
        if transport is not None:
            transport.close()
    elif isinstance(transport, asyncio.Transport):
        transport.abort()
        await asyncio.sleep(0)  # the loop reports the loss, so that nothing of the answer is sent
    return answer


def _context(folder: Path, ca_file: Path, names: Sequence[str]) -> tuple[ssl.SSLContext, str]:
    """A server context and its authority's certificate; the keys exist only in the folder that goes with the server."""
    now = datetime.now(UTC)
    authority_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _authority(authority_key, now)
    leaf = _leaf(leaf_key, authority, authority_key, ("localhost", *names))
    pem = authority.public_bytes(serialization.Encoding.PEM)
    ca_file.write_bytes(pem)
    chain, key = folder / "leaf.pem", folder / "leaf.key"
    chain.write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    key.touch(mode=0o600)
    key.write_bytes(
        leaf_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context, pem.decode()


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + LIFETIME)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _authority(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    name = _name("Embedded Azure test authority")
    builder = _builder(name, name, key, now)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(authority=True), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return builder.sign(key, hashes.SHA256())


def _leaf(
    key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    signer: ec.EllipticCurvePrivateKey,
    names: Sequence[str],
) -> x509.Certificate:
    local = [*map(x509.DNSName, names), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    builder = _builder(_name("localhost"), authority.subject, key, datetime.now(UTC))
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(authority=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    builder = builder.add_extension(x509.SubjectAlternativeName(local), critical=False)
    builder = builder.add_extension(issuer_key, critical=False)
    return builder.sign(signer, hashes.SHA256())
