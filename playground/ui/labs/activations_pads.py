"""Two pads for mouse, pen and finger: a curve to draw, and a neuron whose line is dragged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

CSS = """
:host, .pad { display: block; font: 13px var(--st-font, sans-serif); color: var(--st-text-color, #222); }
svg { width: 100%; touch-action: none; border-radius: 6px; display: block; user-select: none;
  background: var(--st-secondary-background-color, #f3f4f6); }
.axis { stroke: currentColor; opacity: .3; stroke-width: 1; }
.tick { fill: currentColor; opacity: .65; font-size: 12px; }
.target { fill: none; stroke: #0877bd; stroke-width: 5; opacity: .75; }
.network { fill: none; stroke: #f59322; stroke-width: 2.5; stroke-dasharray: 8 5; }
.handle { fill: var(--st-background-color, #fff); stroke: #009e73; stroke-width: 3; cursor: grab; }
.handle:focus-visible { outline: none; stroke-width: 6; }
.line { stroke: #009e73; stroke-width: 3; cursor: grab; }
.hint { margin: 4px 0 0; opacity: .75; }
"""

CURVE_JS = """
export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const W = 640, H = 320, n = data.target.length;
  const px = (i) => (i / (n - 1)) * W, py = (y) => H / 2 - (y / data.top) * (H / 2 - 8);
  const path = (ys) => ys.map((y, i) => (i ? "L" : "M") + px(i).toFixed(1) + " " + py(y).toFixed(1)).join("");
  const values = data.target.slice();
  const ticks = [-2, -1, 0, 1, 2].map((x) =>
    `<line class="axis" x1="${px(((x - data.low) / (data.high - data.low)) * (n - 1))}" x2="${px(((x - data.low) /
      (data.high - data.low)) * (n - 1))}" y1="0" y2="${H}"/><text class="tick" x="${px(((x - data.low) /
      (data.high - data.low)) * (n - 1)) + 3}" y="${H - 5}">${x}</text>`).join("") +
    [-1, 0, 1].map((y) => `<line class="axis" x1="0" x2="${W}" y1="${py(y)}" y2="${py(y)}"/>` +
      `<text class="tick" x="4" y="${py(y) - 4}">${y}</text>`).join("");
  let box = parentElement.querySelector(".pad");
  box.innerHTML = `<svg viewBox="0 0 ${W} ${H}" role="img"><g>${ticks}</g><path class="target"/>` +
    `<path class="network"/></svg><p class="hint"></p>`;
  const svg = box.querySelector("svg");
  svg.setAttribute("aria-label", data.label);
  box.querySelector(".hint").textContent = data.hint;
  const target = box.querySelector(".target"), network = box.querySelector(".network");
  target.setAttribute("d", path(values));
  if (data.network) network.setAttribute("d", path(data.network));
  let last = null;
  const at = (event) => {
    const r = svg.getBoundingClientRect();
    const i = Math.round(((event.clientX - r.left) / r.width) * (n - 1));
    const y = ((H / 2 - ((event.clientY - r.top) / r.height) * H) / (H / 2 - 8)) * data.top;
    return [Math.max(0, Math.min(n - 1, i)), Math.max(-data.top, Math.min(data.top, y))];
  };
  const stroke = (event) => {
    for (const e of event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event]) {
      const [i, y] = at(e), [j, z] = last ?? [i, y], gap = Math.abs(i - j);
      for (let k = 0; k <= gap; k++) values[j + Math.sign(i - j) * k] = gap ? z + ((y - z) * k) / gap : y;
      last = [i, y];
    }
    network.setAttribute("d", "");
    target.setAttribute("d", path(values));
  };
  svg.onpointerdown = (e) => { svg.setPointerCapture(e.pointerId); last = null; stroke(e); e.preventDefault(); };
  svg.onpointermove = (e) => { if (last && e.buttons) stroke(e); };
  svg.onpointerup = svg.onpointercancel = () => {
    if (last) setStateValue("curve", values.map((v) => Math.round(v * 1e3) / 1e3));
    last = null;
  };
}
"""

NEURON_JS = """
export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const S = 480, R = data.reach, ARROW = 0.5;
  const X = (x) => ((x + R) / (2 * R)) * S, Y = (y) => ((R - y) / (2 * R)) * S;
  const HANDLE = `tabindex="0" role="button"`, STEP = R / 40;
  let [w1, w2, t] = data.neuron;
  const length = Math.hypot(w1, w2) || 1e-9;
  let pivot = data.pivot ?? [(w1 * t) / length ** 2, (w2 * t) / length ** 2];
  const inside = (v) => Math.max(-R * 0.96, Math.min(R * 0.96, v));
  const dots = data.points.map(([x, y, c]) =>
    `<circle cx="${X(x).toFixed(1)}" cy="${Y(y).toFixed(1)}" r="4" fill="${c ? "#f59322" : "#0877bd"}"/>`).join("");
  const box = parentElement.querySelector(".pad");
  const held = parentElement.getRootNode().activeElement?.classList;
  box.innerHTML = `<svg viewBox="0 0 ${S} ${S}" role="group"><polygon class="one" fill="#f59322" opacity=".16"/>` +
    `<polygon class="zero" fill="#0877bd" opacity=".16"/><g>${dots}</g><line class="line"/>` +
    `<line class="arrow" stroke="#009e73" stroke-width="3"/><circle class="handle move" r="11" ${HANDLE}/>` +
    `<circle class="handle turn" r="9" ${HANDLE}/></svg><p class="hint"></p>`;
  const svg = box.querySelector("svg"), hint = box.querySelector(".hint");
  const get = (name) => box.querySelector("." + name);
  const set = (element, values) => { for (const k in values) element.setAttribute(k, values[k].toFixed(1)); };
  const draw = () => {
    const l = Math.hypot(w1, w2) || 1e-9, u = [w1 / l, w2 / l], along = [-u[1], u[0]], far = 4 * R;
    const a = [pivot[0] + along[0] * far, pivot[1] + along[1] * far];
    const b = [pivot[0] - along[0] * far, pivot[1] - along[1] * far];
    const side = (sign) => [a, b, [b[0] + sign * u[0] * far, b[1] + sign * u[1] * far],
      [a[0] + sign * u[0] * far, a[1] + sign * u[1] * far]].map((p) => X(p[0]) + "," + Y(p[1])).join(" ");
    get("one").setAttribute("points", side(1));
    get("zero").setAttribute("points", side(-1));
    set(get("line"), { x1: X(a[0]), y1: Y(a[1]), x2: X(b[0]), y2: Y(b[1]) });
    const tip = [inside(pivot[0] + w1 * ARROW), inside(pivot[1] + w2 * ARROW)];
    set(get("arrow"), { x1: X(pivot[0]), y1: Y(pivot[1]), x2: X(tip[0]), y2: Y(tip[1]) });
    set(get("move"), { cx: X(pivot[0]), cy: Y(pivot[1]) });
    set(get("turn"), { cx: X(tip[0]), cy: Y(tip[1]) });
    const wrong = data.points.filter(([x, y, c]) => (w1 * x + w2 * y - t > 0) !== (c === 1)).length;
    svg.setAttribute("aria-label", data.label);
    hint.textContent = `${data.wrong} ${wrong} / ${data.points.length} · ${data.hint}`;
  };
  draw();
  let mode = null;
  svg.onpointerdown = (e) => {
    const kind = e.target.classList;
    mode = kind.contains("turn") ? "turn" : kind.contains("move") || kind.contains("line") ? "move" : null;
    if (mode) { svg.setPointerCapture(e.pointerId); e.preventDefault(); }
  };
  const tip = () => [pivot[0] + w1 * ARROW, pivot[1] + w2 * ARROW];
  const to = (kind, p) => {
    if (kind === "move") pivot = p;
    else {
      const w = [(p[0] - pivot[0]) / ARROW, (p[1] - pivot[1]) / ARROW];
      [w1, w2] = w.map((v) => Math.max(-data.most, Math.min(data.most, v)));
    }
    t = w1 * pivot[0] + w2 * pivot[1];
    draw();
  };
  const tell = () => setStateValue("neuron", [w1, w2, t, ...pivot].map((v) => Math.round(v * 1e3) / 1e3));
  svg.onpointermove = (e) => {
    if (!mode) return;
    const r = svg.getBoundingClientRect();
    const across = (e.clientX - r.left) / r.width, down = (e.clientY - r.top) / r.height;
    to(mode, [inside(across * 2 * R - R), inside(R - down * 2 * R)]);
  };
  svg.onpointerup = svg.onpointercancel = () => {
    if (mode) tell();
    mode = null;
  };
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  for (const kind of ["move", "turn"]) {
    const handle = get(kind);
    handle.setAttribute("aria-label", data[kind]);
    handle.onkeydown = (e) => {
      const way = ways[e.key];
      if (!way) return;
      e.preventDefault();
      const from = kind === "move" ? pivot : tip(), size = STEP * (e.shiftKey ? 5 : 1);
      to(kind, [inside(from[0] + way[0] * size), inside(from[1] + way[1] * size)]);
    };
    handle.onkeyup = (e) => { if (ways[e.key]) tell(); };
    // What the page answers draws the pad anew: the handle that was held keeps the keyboard.
    if (held?.contains(kind)) handle.focus();
  }
}
"""

_curve = st.components.v2.component("activations_curve", html="<div class='pad'></div>", css=CSS, js=CURVE_JS)
_neuron = st.components.v2.component(
    "activations_neuron", html="<div class='pad'></div>", css=CSS, js=NEURON_JS
)


def curve_pad(key: str, data: dict[str, Any], changed: Callable[[], None]) -> None:
    """A curve over an interval to draw with mouse, pen or finger.

    Args:
        key: of the component; the drawn values arrive as ``st.session_state[key]["curve"]``.
        data: ``target`` (n values on an even grid), ``network`` (n values or None), ``low``, ``high``, ``top``,
            ``hint``, ``label``.
        changed: called after a stroke.
    """
    _curve(key=key, data=data, on_curve_change=changed)


def neuron_pad(key: str, data: dict[str, Any], changed: Callable[[], None]) -> None:
    """Points and a neuron's line, with a handle to move the line and one to turn it.

    Args:
        key: of the component; ``[w1, w2, threshold, x, y]`` arrives as ``st.session_state[key]["neuron"]``, with the
            place of the moving handle.
        data: ``points`` ([x1, x2, class]), ``neuron`` (w1, w2, threshold), ``pivot`` or None, ``reach``, ``most``
            (largest weight), ``wrong``, ``hint``, ``label``.
        changed: called after a drag.
    """
    _neuron(key=key, data=data, on_neuron_change=changed)
