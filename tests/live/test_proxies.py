"""The app behind each proxy of ``deploy/``: pages, files, sockets and uploads pass, at the root and under a path."""

from __future__ import annotations

import contextlib
import http.client
import re
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest
from conftest import App
from live_client import Client
from proxies import DEPLOY, FILES, PREFIX, proxy
from visitor import Visitor
from waiting import alone

SITES = [(name, place) for name in FILES for place in (0, 1)]


class Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirection."""

    def redirect_request(self, *_):
        return None


def get(url):
    """Status, headers and body of an answer, whatever it is."""
    try:
        answer = urllib.request.build_opener(Stay).open(url, timeout=60)
    except urllib.error.HTTPError as refused:
        answer = refused
    with answer:
        return answer.status, answer.headers, answer.read()


def put(url, announced, sent):
    """The status of the answer to a body of which so many bytes are announced, and so many sent."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    connection.putrequest("PUT", parts.path)
    connection.putheader("Content-Length", str(announced))
    connection.endheaders()
    with contextlib.suppress(ConnectionError):  # who has answered already may hang up before all was sent
        connection.send(bytes(sent))
    status = connection.getresponse().status
    connection.close()
    return status


async def stream(url, frames):
    """Play a run through the proxy until so many frames have come."""
    async with Visitor(url) as visitor:
        origin = "/".join(url.split("/")[:3])
        async with Client(url, visitor.token, origin=origin) as client:
            await client.send("play")
            await client.until(lambda seen: seen.frames >= frames, 60)
            assert client.header["epoch"] > 0


@pytest.mark.parametrize(("name", "place"), SITES, ids=[f"{n}-{('root', 'subpath')[p]}" for n, p in SITES])
def test_pages_files_sockets_and_uploads_pass(name, place, app, tmp_path):
    text = (DEPLOY / FILES[name][place]).read_text()
    prefix = PREFIX * place
    with proxy(name, text, tmp_path, app.port) as root:
        status, headers, _ = get(f"{root}{prefix}/race")
        assert status == 200
        module = re.match(r"<\./(stage/\w+/stage\.js)>; rel=modulepreload", headers.get_all("Link")[0])
        assert module, headers.get_all("Link")
        assert b"export const stage" in get(f"{root}{prefix}/{module[1]}")[2]
        assert get(f"{root}{prefix}/live-health")[0] == 200
        alone(stream(root + prefix, 30))
        # A file as large as the app takes reaches it; a much larger one stops at the door.
        target = f"{root}{prefix}/_stcore/upload_file/none/none"
        assert put(target, 20 * 2**20, 20 * 2**20) in (400, 403)
        if name != "caddy":  # it counts while it passes the body on, and cuts it
            assert put(target, 27 * 2**20, 0) == 413
        # What the app says of its addresses stays under the prefix.
        assert get(f"{root}{prefix}/race/")[1]["Location"] == f"{prefix}/race"
        if prefix:
            assert get(f"{root}{prefix}")[1]["Location"].endswith(f"{prefix}/")


def test_where_streamlit_lets_every_page_in_so_do_we(tmp_path):
    switches = {"STREAMLIT_SERVER_ENABLE_CORS": "false", "STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION": "false"}
    running = App(tmp_path / "log", switches)

    async def visit():
        foreign = {"origin": "https://elsewhere.example"}
        async with Visitor(running.url) as visitor, Client(running.url, visitor.token, **foreign) as client:
            await client.send("epoch")

    try:
        running.wait()
        alone(visit())
    finally:
        running.stop()
