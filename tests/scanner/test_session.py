"""One session: one TLS context from the environment, one transport, SDK clients that share both."""

import asyncio
import ssl
from datetime import UTC, datetime

import certifi
import pytest
from azure.core.exceptions import AzureError, ClientAuthenticationError, ServiceRequestError
from azure.core.rest import HttpRequest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from scanner.errors import UsageError
from scanner.session import open_transport, ssl_context, start_error


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def one_authority(tmp_path):
    first, end = certifi.contents().split("-----BEGIN CERTIFICATE-----")[1], "-----BEGIN CERTIFICATE-----"
    path = tmp_path / "ca.pem"
    path.write_text(end + first.split("-----END CERTIFICATE-----")[0] + "-----END CERTIFICATE-----\n")
    return path


@pytest.fixture
def private_authority(tmp_path):
    """An authority that no list of public ones holds."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Private authority")])
    begin, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2120, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, begin, end)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    path = tmp_path / "private.pem"
    path.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


def subjects(context):
    return [authority["subject"] for authority in context.get_ca_certs()]


def test_without_an_environment_the_usual_authorities_are_trusted():
    context = ssl_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert len(context.get_ca_certs()) > 50


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_bundle_of_the_environment_is_trusted(monkeypatch, one_authority, name):
    monkeypatch.setenv(name, str(one_authority))
    expected = ssl.create_default_context(cafile=str(one_authority)).get_ca_certs()
    assert expected[0]["subject"] in subjects(ssl_context())


def test_ssl_cert_file_replaces_the_usual_authorities(monkeypatch, one_authority):
    monkeypatch.setenv("SSL_CERT_FILE", str(one_authority))
    assert len(subjects(ssl_context())) == 1


def test_ssl_cert_dir_replaces_the_usual_authorities(monkeypatch, tmp_path):
    """A directory's authorities are looked up when a server presents one, so that none are loaded before."""
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert subjects(ssl_context()) == []


def test_requests_ca_bundle_adds_to_the_usual_authorities(monkeypatch, private_authority):
    usual = subjects(ssl_context())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(private_authority))
    assert len(subjects(ssl_context())) == len(usual) + 1


def test_requests_ca_bundle_adds_to_ssl_cert_file(monkeypatch, one_authority, private_authority):
    monkeypatch.setenv("SSL_CERT_FILE", str(one_authority))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(private_authority))
    assert len(subjects(ssl_context())) == 2


def test_a_directory_of_authorities_is_taken(monkeypatch, tmp_path):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    assert ssl_context().verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
@pytest.mark.parametrize(
    "content", [None, "", "not a certificate", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"]
)
def test_a_bundle_that_cannot_be_loaded_is_told_by_its_name(monkeypatch, tmp_path, name, content):
    path = tmp_path / "bad.pem"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv(name, str(path))
    with pytest.raises(UsageError, match=rf"bad\.pem.*correct {name}"):
        ssl_context()


async def test_the_transport_has_one_context_and_the_connections_asked_for():
    transport, close = open_transport(17)
    connector = transport.session.connector
    assert connector.limit == 17
    assert isinstance(connector._ssl, ssl.SSLContext)
    await transport.close()
    assert not connector.closed
    await close()
    assert connector.closed


@pytest.fixture
async def proxy():
    """A proxy that notes what it is asked for and refuses it; its address comes first."""
    heads = []

    async def refuse(reader, writer):
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", heads


async def send_through(url):
    transport, close = open_transport(1)
    try:
        with pytest.raises(AzureError):
            await transport.send(HttpRequest("GET", url))
    finally:
        await close()


async def test_the_proxy_of_the_environment_is_used_with_its_password(monkeypatch, proxy):
    address, heads = proxy
    monkeypatch.setenv("https_proxy", f"http://user:word@{address}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    await send_through("https://management.azure.invalid/subscriptions")
    [head] = heads
    assert head.startswith("CONNECT management.azure.invalid:443 ")
    assert "Proxy-Authorization: Basic dXNlcjp3b3Jk" in head
    assert "Bearer" not in head


async def test_a_managed_identity_is_reached_without_a_proxy(monkeypatch, proxy):
    address, heads = proxy
    monkeypatch.setenv("http_proxy", f"http://{address}")
    await send_through("http://127.0.0.2:1/metadata/identity/oauth2/token")
    assert heads == []


async def test_a_proxy_that_cannot_be_used_is_told_before_anything_is_opened(monkeypatch):
    monkeypatch.setenv("https_proxy", "socks5://proxy.corp:1080")
    with pytest.raises(UsageError, match="only HTTP proxies"):
        open_transport(1)


async def test_all_clients_send_through_the_one_transport_and_are_made_once(session, script):
    script.on("/x", {})
    clients = [session.automation, session.log_analytics, session.subscriptions]
    for client in clients:
        await client.send_request(HttpRequest("GET", "https://management.azure.com/x"))
    assert session.automation is clients[0]
    assert session.counts.sent == len(script.sent) == 3


async def test_both_sends_of_a_renewed_token_are_counted(session, script):
    script.on("/x", (401, {}, {}), {})
    await session.automation.send_request(HttpRequest("GET", "https://management.azure.com/x"))
    assert (session.counts.sent, session.counts.retried) == (2, 1)


def test_the_cause_of_a_failed_start_decides_on_the_advice():
    certificate = ServiceRequestError("x")
    certificate.__cause__ = ssl.SSLCertVerificationError(1, "self-signed")
    certificate.__cause__.verify_message = "self-signed certificate"
    assert "SSL_CERT_FILE" in str(start_error(certificate, "https://arm"))
    assert "self-signed certificate" in str(start_error(certificate, "https://arm"))
    assert "cannot reach https://arm" in str(start_error(ServiceRequestError("no route"), "https://arm"))
    assert "az login" in str(start_error(ClientAuthenticationError("no"), "https://arm"))


def test_a_long_cause_is_cut_to_one_line():
    message = start_error(ServiceRequestError("first\nsecond " + "x" * 900), "https://arm").message
    assert "\n" not in message
    assert len(message) < 400
