"""A server that data is fetched from, which behaves as each path says."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class OriginServer(ThreadingHTTPServer):
    """``hits``: requests by path; ``left``: set when the client of ``/slow`` or ``/hang`` has gone."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, certificate: Path | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.hits: Counter[str] = Counter()
        self.hosts: list[str] = []
        self.elsewhere = ""
        self.arrived = threading.Semaphore(0)
        self.left = threading.Semaphore(0)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.port = self.server_address[1]
        scheme = "http" if certificate is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self.port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go are what is tested."""


class Handler(BaseHTTPRequestHandler):
    server: OriginServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.hits[self.path] += 1
        self.server.hosts.append(self.headers["Host"])
        verb, *words = self.path.strip("/").split("/")
        getattr(self, f"get_{verb}", self.get_missing)(*words)

    def get_missing(self, *words: str) -> None:
        self.answer(404, b"nothing here")

    def get_text(self, *words: str) -> None:
        self.answer(200, "/".join(words).encode())

    def get_bytes(self, size: str) -> None:
        self.answer(200, b"x" * int(size))

    def get_status(self, code: str) -> None:
        self.answer(int(code), b"told")

    def get_unannounced(self, size: str) -> None:
        """A body that ends with the connection."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"x" * int(size))
        self.close_connection = True

    def get_chunked(self, size: str, *cut: str) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"%x\r\n%b\r\n" % (int(size), b"x" * int(size)))
        if not cut:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def get_cut(self, *times: str) -> None:
        """The connection ends within the body; with a number only so often."""
        if times and self.server.hits[self.path] > int(times[0]):
            self.answer(200, b"whole at last")
            return
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"x" * 40)
        self.close_connection = True

    def get_flaky(self, code: str, times: str) -> None:
        whole = self.server.hits[self.path] > int(times)
        self.answer(200 if whole else int(code), b"whole at last" if whole else b"not yet")

    def get_gzip(self) -> None:
        self.answer(200, b"zzz", {"Content-Encoding": "gzip"})

    def get_noise(self) -> None:
        self.wfile.write(b"220 this is no web server\r\n")
        self.close_connection = True

    def get_to(self, *words: str) -> None:
        """A redirect within the origin."""
        self.answer(302, b"", {"Location": "/" + "/".join(words)})

    def get_loop(self) -> None:
        self.answer(301, b"", {"Location": "/loop"})

    def get_elsewhere(self, *words: str) -> None:
        self.answer(307, b"", {"Location": f"{self.server.elsewhere}/{'/'.join(words)}"})

    def get_nowhere(self) -> None:
        self.answer(302, b"", {"Location": "http://[broken"})

    def get_hang(self, *words: str) -> None:
        """No answer until the client goes."""
        self.wait_for_the_end()

    def get_slow(self) -> None:
        """A body that never ends."""
        self.send_response(200)
        self.send_header("Content-Length", "900")
        self.end_headers()
        self.wfile.write(b"x")
        self.wait_for_the_end()

    def wait_for_the_end(self) -> None:
        self.server.arrived.release()
        self.wfile.flush()
        with suppress(OSError):
            self.connection.recv(1)
        self.server.left.release()
        self.close_connection = True

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


class SilentServer(socketserver.ThreadingTCPServer):
    """Takes connections and says nothing: no TLS, no HTTP."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), SilentHandler)
        self.port = self.server_address[1]


class SilentHandler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while self.request.recv(4096):
            pass


@contextmanager
def running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
