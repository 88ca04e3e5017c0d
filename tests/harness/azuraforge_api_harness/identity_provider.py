"""An identity provider on loopback: a real HTTP server with real keys that change when asked."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

__all__ = ["IdentityProvider", "run_identity_provider"]


class IdentityProvider:
    """Signs tokens, and publishes the keys to check them with.

    Attributes:
        issuer: its address.
        fetches: how often its keys were asked for.
        bearers: what they were asked for with, where anything was shown.
    """

    def __init__(self) -> None:
        self.issuer = ""
        self.fetches = 0
        self.bearers: list[str] = []
        self.is_away = False
        self._keys: dict[str, RSAPrivateKey] = {}
        self.rotate()

    def rotate(self) -> None:
        """Sign with a new key from now on, and withdraw the old one."""
        self._keys = {f"key-{time.monotonic_ns()}": generate_private_key(65537, 2048)}

    def token(self, **claims: Any) -> str:
        """Return a token for an hour, with changes of its claims; a claim of None is left out."""
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": "azuraforge", "sub": "ada", "exp": now + 3600}
        found = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        ((name, key),) = self._keys.items()
        return jwt.encode(found, key, algorithm="RS256", headers={"kid": name})

    def document(self, path: str) -> dict[str, Any] | None:
        """Return what stands at a path."""
        if self.is_away:
            return None
        if path == "/.well-known/openid-configuration":
            return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"}
        if path != "/keys":
            return None
        self.fetches += 1
        public = jwt.algorithms.RSAAlgorithm
        keys = [
            {**json.loads(public.to_jwk(key.public_key())), "kid": name, "use": "sig"}
            for name, key in self._keys.items()
        ]
        return {"keys": keys}


@contextmanager
def run_identity_provider() -> Iterator[IdentityProvider]:
    """Run a provider for the time of a block."""
    provider = IdentityProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            document = provider.document(self.path)
            provider.bearers += self.headers.get_all("Authorization", [])
            content = json.dumps(document).encode()
            self.send_response(200 if document is not None else 503)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's own name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
