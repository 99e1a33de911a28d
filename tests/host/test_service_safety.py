"""TLS, and configurations that want to be protected in a way that the service cannot."""

from __future__ import annotations

import http.client
import json
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
from serving import serving, start, text
from waiting import PATIENCE


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``cert.pem`` and ``key.pem`` of localhost, which signs itself."""
    if shutil.which("openssl") is None:
        pytest.skip("no certificate can be made: 'openssl' is not on PATH (Debian, Ubuntu: apt-get install openssl)")
    folder = tmp_path_factory.mktemp("certificates")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run([*command.split(), *names], cwd=folder, check=True, capture_output=True)
    return folder


def ask(address: str, context: ssl.SSLContext) -> int:
    host, port = address.rsplit(":", 1)
    connection = http.client.HTTPSConnection(host, int(port), timeout=PATIENCE, context=context)
    try:
        connection.request("POST", "/v1/private/echo", json.dumps(text("hello")))
        return connection.getresponse().status
    finally:
        connection.close()


def trusting(certificates: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificates / "cert.pem"))


def test_requests_over_tls(library, certificates):
    words = ("--set", f"tls.cert={certificates}/cert.pem", "--set", f"tls.key={certificates}/key.pem")
    with serving(*words, "--set", "drain.grace=0", "library/libecho.so", cwd=library) as served:
        assert ask(served.address, trusting(certificates)) == 200
        with pytest.raises(ssl.SSLCertVerificationError):
            ask(served.address, ssl.create_default_context())
        assert served.stop() == 0


def test_clients_need_a_certificate_when_there_is_an_authority(library, certificates):
    words = [f"tls.cert={certificates}/cert.pem", f"tls.key={certificates}/key.pem", f"tls.ca={certificates}/cert.pem"]
    settings = [part for word in [*words, "auth.mode=mtls", "drain.grace=0"] for part in ("--set", word)]
    with serving(*settings, "library/libecho.so", cwd=library) as served:
        with pytest.raises((ssl.SSLError, ConnectionError, http.client.HTTPException)):
            ask(served.address, trusting(certificates))
        known = trusting(certificates)
        known.load_cert_chain(certificates / "cert.pem", certificates / "key.pem")
        assert ask(served.address, known) == 200
        assert served.stop() == 0


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (["tls.cert=no.pem", "tls.key=no.pem"], "[tls].cert = 'no.pem', [tls].key = 'no.pem': No such file"),
        (["tls.cert={}/key.pem", "tls.key={}/key.pem"], "[tls].cert = "),
        (["tls.cert={}/cert.pem", "tls.key={}/key.pem", "tls.ca=no.pem"], "[tls].ca = 'no.pem': No such file"),
        (["auth.mode=token", "auth.file=tokens"], "[auth].mode = 'token': requests are not authenticated yet"),
    ],
    ids=["no file", "no certificate", "no authority", "tokens"],
)
def test_what_cannot_be_kept_is_not_served(tmp_path, library, certificates, settings, told):
    words = [part for word in settings for part in ("--set", word.format(certificates))]
    refused = start(*words, library / "library" / "libecho.so", cwd=tmp_path)
    assert refused.process.wait(PATIENCE) == 78
    assert f"cannot serve: {told}" in (tmp_path / "stderr.txt").read_text()
