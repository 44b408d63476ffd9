"""GLPI behind TLS: a certificate that is trusted, and one that is not."""

import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.glpi_sync.client import GlpiAccess, GlpiSession, errors
from shared.errors import Verdict


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that signs itself; its key is beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "glpi")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "glpi.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    path.with_suffix(".key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


@pytest.fixture
async def url(certificate: Path) -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response(
            {
                "initSession": {"session_token": "abc"},
                "changeActiveEntities": True,
                "getActiveEntities": {"active_entity": {"active_entities": {"1": {"id": 0}}}},
                "killSession": True,
            }[request.path.rpartition("/")[2]]
        )

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield f"https://127.0.0.1:{runner.addresses[0][1]}/apirest.php"
    await runner.cleanup()


async def test_a_certificate_that_is_named_in_the_settings(url: str, certificate: Path) -> None:
    async with GlpiSession(GlpiAccess(url, "app", "user", ca_file=certificate)) as glpi:
        assert glpi.entities == {0}


async def test_a_certificate_that_nobody_vouches_for(url: str) -> None:
    with pytest.raises(errors.GlpiCertificateRejected) as caught:
        await GlpiSession(GlpiAccess(url, "app", "user")).__aenter__()
    assert caught.value.verdict is Verdict.PARK


@pytest.mark.parametrize("content", [None, b"no certificate"])
async def test_a_certificate_file_that_cannot_be_used(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "authority.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=r"authority\.pem cannot be used"):
        await GlpiSession(GlpiAccess("https://127.0.0.1/apirest.php", "app", "user", ca_file=path)).__aenter__()
