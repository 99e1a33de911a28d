"""What the configuration wants protected: kept, or the service does not start."""

from __future__ import annotations

import ssl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aiges_native.host.config import Config
    from aiges_native.host.config.sections.fronts import Tls


def problem_of(config: Config) -> str | None:
    """Why this configuration cannot be kept; None: it can."""
    mode, tls = config.auth.mode, config.tls
    if mode not in ("none", "mtls"):
        return f"[auth].mode = '{mode}': requests are not authenticated yet; use mtls, or a gateway in front"
    if not tls.cert:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(tls.cert, tls.key)
    except OSError as error:  # of ssl, too
        return f"[tls].cert = '{tls.cert}', [tls].key = '{tls.key}': {error.strerror or error}"
    try:
        if tls.ca:
            context.load_verify_locations(tls.ca)
    except OSError as error:
        return f"[tls].ca = '{tls.ca}': {error.strerror or error}"
    return None


def uvicorn_options(tls: Tls) -> dict[str, Any]:
    """TLS as uvicorn wants it told: without ``cert`` there is none, with ``ca`` clients need a certificate."""
    if not tls.cert:
        return {}
    return {
        "ssl_certfile": tls.cert,
        "ssl_keyfile": tls.key,
        "ssl_ca_certs": tls.ca or None,
        "ssl_cert_reqs": ssl.CERT_REQUIRED if tls.ca else ssl.CERT_NONE,
    }
