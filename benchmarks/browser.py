"""What one visitor feels, measured in headless Chromium against the real app on the same machine.

    python benchmarks/browser.py --json

Start of the server, time until the page can be used, stage frames a second, those of a plain canvas loop beside them,
frames on a phone (a small screen, the processor slowed six times) and over a link of 1 Mbit/s, answer to a click and to
a changed control, processor time of a paused run, and memory over a run that goes on.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from conftest import App, headless  # noqa: E402

from playground.engine.history import MAX_ROWS  # noqa: E402

# Runs in the page: finds the stage through the component's shadow root, once.
STAGE = """
() => {
  const find = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.dataset && element.dataset.testid === 'stage') return element;
      const inner = element.shadowRoot && find(element.shadowRoot);
      if (inner) return inner;
    }
    return null;
  };
  window.stage = find(document);
  return Boolean(window.stage);
}
"""
# Milliseconds from a click on a toolbar button until an attribute of the stage has changed.
CLICK = """
([button, attribute]) => new Promise((resolve) => {
  const before = window.stage.dataset[attribute];
  const started = performance.now();
  const look = () => {
    if (window.stage.dataset[attribute] !== before) resolve(performance.now() - started);
    else if (performance.now() - started > 5000) resolve(5000);
    else setTimeout(look, 1);
  };
  window.stage.querySelector(`[data-testid="${button}"]`).click();
  look();
})
"""
FRAMES = """
(seconds) => new Promise((resolve) => {
  const first = Number(window.stage.dataset.frame), started = performance.now();
  setTimeout(() => resolve(
    (Number(window.stage.dataset.frame) - first) / (performance.now() - started) * 1000), seconds * 1000);
})
"""
# Frames a second of a canvas as large as the stage's, on which nothing but a rectangle is drawn.
PLAIN = """
(seconds) => new Promise((resolve) => {
  const canvas = document.createElement('canvas'), context = canvas.getContext('2d');
  canvas.width = 900; canvas.height = 500;
  document.body.replaceChildren(canvas);
  const started = performance.now();
  let count = 0;
  const draw = () => {
    context.fillStyle = count % 2 ? '#fff' : '#000';
    context.fillRect(0, 0, 900, 500);
    count += 1;
    const passed = performance.now() - started;
    if (passed < seconds * 1000) requestAnimationFrame(draw); else resolve(count / passed * 1000);
  };
  requestAnimationFrame(draw);
})
"""
PHONE_SLOWER = 6
"""How much slower a phone's processor is than this one."""
LINK_BYTES = 125_000
"""Bytes a second of a link of 1 Mbit/s."""
LINK_MS = 40


def open_stage(page: Page, url: str) -> float:
    """Open the page; seconds until the stage has drawn its first frame and its buttons act."""
    started = time.perf_counter()
    page.goto(url)
    page.wait_for_selector(
        '[data-testid="stage"]:not([data-frame="0"]) [data-testid="play"]:enabled', timeout=30_000
    )
    taken = time.perf_counter() - started
    page.evaluate(STAGE)
    return taken


def frame_rate(page: Page, url: str, seconds: float) -> float:
    """Stage frames a second while the experiment of ``url`` plays."""
    open_stage(page, url)
    page.evaluate(CLICK, ["play", "status"])
    page.wait_for_timeout(1500)
    found = page.evaluate(FRAMES, seconds)
    page.evaluate(CLICK, ["play", "status"])
    return found


def plain_rate(page: Page, seconds: float) -> float:
    """Frames a second of a plain canvas loop, what the browser can do here at most."""
    page.goto("about:blank")
    return float(page.evaluate(PLAIN, seconds))


def phone(browser: Browser, url: str, seconds: float) -> dict[str, float]:
    """Frames a second on a small screen with a slowed processor, of the stage and of a plain canvas."""
    page = browser.new_page(viewport={"width": 390, "height": 844}, device_scale_factor=2, has_touch=True)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": PHONE_SLOWER})
    found = {
        "phone_frames_per_second": round(frame_rate(page, url, seconds), 1),
        "phone_plain_frames_per_second": round(plain_rate(page, seconds), 1),
    }
    page.close()
    return found


def slow_link(browser: Browser, url: str, seconds: float) -> dict[str, float]:
    """Frames a second and the answer to a click over 1 Mbit/s, once the page has come."""
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    open_stage(page, url)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    speed = {"downloadThroughput": LINK_BYTES, "uploadThroughput": LINK_BYTES}
    devtools.send("Network.emulateNetworkConditions", {"offline": False, "latency": LINK_MS, **speed})
    answer = page.evaluate(CLICK, ["play", "status"])
    page.wait_for_timeout(1500)
    rate = page.evaluate(FRAMES, seconds)
    page.close()
    return {"link_frames_per_second": round(rate, 1), "link_play_ms": round(answer, 1)}


def clicks(page: Page, url: str, count: int) -> dict[str, float]:
    """Median milliseconds from a click to the stage showing it."""
    open_stage(page, url)
    times: dict[str, list[float]] = {"play": [], "pause": [], "step": []}
    for _ in range(count):
        for name, button, attribute in (
            ("play", "play", "status"),
            ("pause", "play", "status"),
            ("step", "step", "step"),
        ):
            times[name].append(page.evaluate(CLICK, [button, attribute]))
            page.wait_for_timeout(300)
    return {f"{name}_ms_median": round(statistics.median(values), 1) for name, values in times.items()}


def control(page: Page, url: str, count: int) -> float:
    """Median milliseconds from a key on a sidebar slider to the stage showing the new experiment."""
    open_stage(page, url)
    slider = page.locator('[data-testid="stSidebar"] [data-testid="stSlider"] input[type="range"]').first
    slider.focus()
    times = []
    for number in range(count):
        before = page.evaluate("() => window.stage.dataset.revision")
        started = time.perf_counter()
        page.keyboard.press("ArrowRight" if number % 2 == 0 else "ArrowLeft")
        page.wait_for_function(
            "before => window.stage.dataset.revision !== before", arg=before, timeout=10_000
        )
        times.append(1000 * (time.perf_counter() - started))
        page.wait_for_timeout(700)
    return round(statistics.median(times), 1)


def cores(process: psutil.Process, seconds: float) -> float:
    """Processor cores that the server keeps busy over ``seconds``."""
    before = sum(process.cpu_times()[:2])
    started = time.perf_counter()
    time.sleep(seconds)
    return (sum(process.cpu_times()[:2]) - before) / (time.perf_counter() - started)


def memory_slope(page: Page, process: psutil.Process, url: str, seconds: float) -> dict[str, float]:
    """Growth of server and page over a run without a limit of speed, in MB a minute.

    The history holds at most ``MAX_ROWS`` epochs, so that the measurement begins when the run has passed twice as
    many, and a minute later, when buffers have found their size. The page's heap is read after a forced collection.
    """
    open_stage(page, url)
    page.get_by_test_id("speed").focus()
    page.keyboard.press("End")
    page.evaluate(CLICK, ["play", "status"])
    page.wait_for_function(f"() => Number(window.stage.dataset.epoch) > {2 * MAX_ROWS}", timeout=600_000)
    page.wait_for_timeout(60_000)
    devtools = page.context.new_cdp_session(page)
    samples: list[tuple[float, float, float]] = []
    first = int(page.evaluate("() => window.stage.dataset.epoch"))
    started = time.perf_counter()
    while (elapsed := time.perf_counter() - started) < seconds:
        devtools.send("HeapProfiler.collectGarbage")
        heap = devtools.send("Runtime.getHeapUsage")["usedSize"]
        samples.append((elapsed / 60, process.memory_info().rss / 2**20, heap / 2**20))
        page.wait_for_timeout(5000)
    epochs = int(page.evaluate("() => window.stage.dataset.epoch")) - first
    page.evaluate(CLICK, ["play", "status"])

    def slope(column: int) -> float:
        return statistics.linear_regression([s[0] for s in samples], [s[column] for s in samples]).slope

    def span(column: int) -> float:
        values = [s[column] for s in samples]
        return max(values) - min(values)

    return {
        "memory_run_seconds": round(seconds),
        "memory_run_epochs": epochs,
        "server_mb_per_minute": round(slope(1), 2),
        "server_mb_span": round(span(1), 1),
        "server_rss_mb": round(samples[-1][1]),
        "page_heap_mb_per_minute": round(slope(2), 2),
        "page_heap_mb_span": round(span(2), 1),
        "page_heap_mb": round(samples[-1][2], 1),
    }


def measure(seconds: float, memory_seconds: float) -> dict[str, Any]:
    """Start the app and measure everything once."""
    with tempfile.TemporaryDirectory() as folder, headless() as browser:
        started = time.perf_counter()
        app = App(Path(folder) / "log")
        try:
            app.wait()
            found: dict[str, Any] = {"server_ready_s": round(time.perf_counter() - started, 2)}
            process = psutil.Process(app.process.pid)
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            found["first_page_usable_s"] = round(open_stage(page, app.url), 2)
            # The compiled engine is loaded (or compiled, the first time ever) in the background.
            page.evaluate(CLICK, ["play", "status"])
            page.wait_for_function("() => window.stage.dataset.engine !== 'reference'", timeout=120_000)
            found["page_usable_s"] = round(open_stage(page, app.url), 2)
            found["frames_per_second_default"] = round(frame_rate(page, app.url, seconds), 1)
            deep = app.url + "/?v=1&hidden=8,8,8,8,8,8"
            found["frames_per_second_6x8"] = round(frame_rate(page, deep, seconds), 1)
            found["plain_frames_per_second"] = round(plain_rate(page, seconds), 1)
            found |= phone(browser, app.url, seconds)
            found |= slow_link(browser, app.url, seconds)
            found |= clicks(page, app.url, 9)
            found["control_ms_median"] = control(page, app.url, 8)
            open_stage(page, app.url)
            page.wait_for_timeout(3000)
            found["paused_cores"] = round(cores(process, 5.0), 3)
            if memory_seconds:
                found |= memory_slope(page, process, app.url, memory_seconds)
        finally:
            app.stop()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each frame-rate measurement")
    parser.add_argument(
        "--memory-seconds",
        type=float,
        default=60.0,
        help="length of the memory measurement, after the history is full; 0 for none",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    found = measure(options.seconds, options.memory_seconds)
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        for name, value in found.items():
            print(f"{name:28} {value}")


if __name__ == "__main__":
    main()
