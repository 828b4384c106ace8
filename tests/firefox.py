"""A headless Firefox, driven by WebDriver BiDi (W3C, https://w3c.github.io/webdriver-bidi), which it speaks by itself.

Playwright drives a Firefox of its own making only, not the one that people have.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

SECONDS = 60.0
"""That anything may take on a busy machine."""
LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")

# What the page's components hold lies in shadow roots, each in its own.
DEEP = """(selector, text) => {
  const found = (root) => {
    for (const one of root.querySelectorAll(selector)) if (!text || one.textContent.includes(text)) return one;
    for (const one of root.querySelectorAll("*")) {
      const inside = one.shadowRoot && found(one.shadowRoot);
      if (inside) return inside;
    }
    return null;
  };
  return found(document);
}"""


def executable() -> str | None:
    """Where Firefox is; None where there is none."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox:
    """One window of a new Firefox.

    Args:
        profile: an empty folder. width, height: of the window, in pixels.
    """

    def __init__(self, profile: Path, width: int = 1440, height: int = 900) -> None:
        found = executable()
        assert found, "no Firefox"
        self.log = profile / "firefox.log"
        command = [found, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port=0"]
        command += [f"--width={width}", f"--height={height}", "about:blank"]
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output)
        self.errors: list[str] = []
        self._count = 0
        self._socket = self._connected()
        self._ask("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
        self._ask("session.subscribe", events=["log.entryAdded"])
        (tree,) = self._ask("browsingContext.getTree")["contexts"][:1]
        self.window = tree["context"]
        self._ask(
            "browsingContext.setViewport", context=self.window, viewport={"width": width, "height": height}
        )

    def _connected(self) -> ClientConnection:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            found = LISTENS.search(self.log.read_text("utf-8", "replace"))
            if found:
                return connect(f"{found[1]}/session", max_size=None, open_timeout=SECONDS)
            assert self.process.poll() is None, self.log.read_text("utf-8", "replace")
            time.sleep(0.1)
        raise RuntimeError("Firefox does not listen:\n" + self.log.read_text("utf-8", "replace"))

    def _ask(self, method: str, **params: Any) -> Any:
        """The result of a command. Raises RuntimeError: it was refused."""
        self._count += 1
        self._socket.send(json.dumps({"id": self._count, "method": method, "params": params}))
        while True:
            told = json.loads(self._socket.recv(timeout=SECONDS))
            if told.get("id") == self._count:
                if told["type"] == "error":
                    raise RuntimeError(f"{method}: {told['error']}: {told['message']}")
                return told["result"]
            if told.get("method") == "log.entryAdded" and told["params"]["level"] == "error":
                self.errors.append(str(told["params"].get("text")))

    def open(self, url: str) -> None:
        """Go to an address."""
        self._ask("browsingContext.navigate", context=self.window, url=url, wait="interactive")

    def evaluate(self, function: str, *arguments: Any) -> Any:
        """What a JavaScript function gives for ``arguments``; what JSON can hold goes in and comes out."""
        source = f"async () => JSON.stringify((await ({function})(...{json.dumps(arguments)})) ?? null)"
        told = self._ask(
            "script.callFunction",
            functionDeclaration=source,
            awaitPromise=True,
            target={"context": self.window},
            userActivation=True,
        )
        if told["type"] == "exception":
            raise RuntimeError(told["exceptionDetails"]["text"])
        return json.loads(told["result"]["value"])

    def find(self, selector: str, function: str, text: str = "") -> Any:
        """What a function gives for the first element that fits a selector and contains ``text``; None without."""
        ask = f"(selector, text) => {{ const e = ({DEEP})(selector, text); return e ? ({function})(e) : null; }}"
        return self.evaluate(ask, selector, text)

    def attribute(self, selector: str, name: str) -> str | None:
        """An element's attribute; None without the element or the attribute."""
        found: str | None = self.find(selector, f"(e) => e.getAttribute({json.dumps(name)})")
        return found

    def click(self, selector: str, text: str = "") -> None:
        """Press the mouse in the middle of an element, once it is there."""
        place = "(e) => { e.scrollIntoView({ block: 'center' }); const b = e.getBoundingClientRect();"
        place += " return b.width ? [b.x + b.width / 2, b.y + b.height / 2] : null; }"
        x, y = self.until(lambda: self.find(selector, place, text), f"{selector} {text}")
        actions: list[dict[str, Any]] = [{"type": "pointerMove", "x": int(x), "y": int(y)}]
        actions += [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        pointer = {"type": "pointer", "id": "mouse", "actions": actions}
        self._ask("input.performActions", context=self.window, actions=[pointer])

    def press(self, key: str) -> None:
        """Press a key: its character."""
        actions = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        keys = {"type": "key", "id": "keys", "actions": actions}
        self._ask("input.performActions", context=self.window, actions=[keys])

    def resize(self, width: int, height: int) -> None:
        """Give the page another size, in pixels."""
        self._ask(
            "browsingContext.setViewport", context=self.window, viewport={"width": width, "height": height}
        )

    def screenshot(self, path: Path) -> None:
        """Write what is seen as a PNG."""
        told = self._ask("browsingContext.captureScreenshot", context=self.window)
        path.write_bytes(base64.b64decode(told["data"]))

    def until(self, condition: Callable[[], Any], what: str = "") -> Any:
        """The condition's first value that is true; fails after a while."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            found = condition()
            if found:
                return found
            time.sleep(0.1)
        pytest.fail(f"waited in vain {what}")

    def close(self) -> None:
        """End it."""
        self._socket.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
