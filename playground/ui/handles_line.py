"""A neuron's line among points: a handle to move it, and one at the weights' tip to turn it."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from playground.chapters.activations.neurons import EDGE
from playground.ui.handles import Handled
from playground.ui.handles_pad import CSS
from playground.ui.view import projector

MOST = 6.0
"""Largest weight that the pad gives."""

JS = """
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  if (parentElement.querySelector(".pad").busy) return; // drawn again while the line is held: it stays in the hand
  const R = data.reach, ARROW = 0.5, HANDLE = `tabindex="0" role="button"`, STEP = R / 40;
  let W = 0, H = 0, scale = 1;
  const X = (x) => W / 2 + x * scale, Y = (y) => H / 2 - y * scale;
  let [w1, w2, t] = data.line;
  const foot = () => { const l = Math.hypot(w1, w2) || 1e-9; return [(w1 * t) / l ** 2, (w2 * t) / l ** 2]; };
  const box = parentElement.querySelector(".pad");
  box.classList.toggle("large", data.large);
  // A line that the visitor has just put keeps the place where it was held.
  let pivot = box.held && box.held.line.join() === data.line.join() ? box.held.pivot : foot();
  const inside = (v, most) => Math.max(-most * 0.96, Math.min(most * 0.96, v));
  const held = parentElement.getRootNode().activeElement?.classList;
  box.innerHTML = `<svg class="marks" role="group"><polygon class="one" fill="#f59322" opacity=".16"/>` +
    `<polygon class="zero" fill="#0877bd" opacity=".16"/><g class="dots"></g><line class="learned"/>` +
    `<line class="line"/><line class="arrow"/><circle class="handle move" r="11" ${HANDLE}/>` +
    `<circle class="handle turn" r="9" ${HANDLE}/></svg><p class="hint"></p>`;
  const svg = box.querySelector("svg"), hint = box.querySelector(".hint");
  const get = (name) => box.querySelector("." + name);
  const set = (element, values) => { for (const k in values) element.setAttribute(k, values[k].toFixed(1)); };
  const ends = (p, v) => {
    const l = Math.hypot(...v) || 1e-9, u = [v[0] / l, v[1] / l], far = 8 * R;
    return { u, far, a: [p[0] - u[1] * far, p[1] + u[0] * far], b: [p[0] + u[1] * far, p[1] - u[0] * far] };
  };
  const draw = () => {
    const { u, far, a, b } = ends(pivot, [w1, w2]);
    const side = (sign) => [a, b, [b[0] + sign * u[0] * far, b[1] + sign * u[1] * far],
      [a[0] + sign * u[0] * far, a[1] + sign * u[1] * far]].map((p) => X(p[0]) + "," + Y(p[1])).join(" ");
    get("one").setAttribute("points", side(1));
    get("zero").setAttribute("points", side(-1));
    set(get("line"), { x1: X(a[0]), y1: Y(a[1]), x2: X(b[0]), y2: Y(b[1]) });
    const wide = W / 2 / scale, tip = [inside(pivot[0] + w1 * ARROW, wide), inside(pivot[1] + w2 * ARROW, R)];
    set(get("arrow"), { x1: X(pivot[0]), y1: Y(pivot[1]), x2: X(tip[0]), y2: Y(tip[1]) });
    set(get("move"), { cx: X(pivot[0]), cy: Y(pivot[1]) });
    set(get("turn"), { cx: X(tip[0]), cy: Y(tip[1]) });
    const wrong = data.points.filter(([x, y, c]) => (w1 * x + w2 * y - t > 0) !== (c === 1)).length;
    svg.setAttribute("aria-label", data.label);
    hint.textContent = `${data.wrong} ${wrong} / ${data.points.length} · ${data.hint}`;
  };
  const layout = () => {
    [W, H] = [svg.clientWidth || 860, svg.clientHeight || 400];
    scale = Math.min(W, H) / (2 * R);
    svg.setAttribute("viewBox", `0 0 ${W} ${H}`);
    get("dots").innerHTML = data.points.map(([x, y, c]) => `<circle cx="${X(x).toFixed(1)}" ` +
      `cy="${Y(y).toFixed(1)}" r="4.5" fill="${c ? "#f59322" : "#0877bd"}"/>`).join("");
    get("learned").style.display = data.learned ? "" : "none";
    if (data.learned) {
      const [v1, v2, s] = data.learned, l = Math.hypot(v1, v2) || 1e-9;
      const { a, b } = ends([(v1 * s) / l ** 2, (v2 * s) / l ** 2], [v1, v2]);
      set(get("learned"), { x1: X(a[0]), y1: Y(a[1]), x2: X(b[0]), y2: Y(b[1]) });
    }
    draw();
  };
  layout();
  box.observer?.disconnect();
  box.observer = new ResizeObserver(layout);
  box.observer.observe(svg);
  let mode = null;
  svg.onpointerdown = (e) => {
    const kind = e.target.classList;
    mode = kind.contains("turn") ? "turn" : kind.contains("move") || kind.contains("line") ? "move" : null;
    if (mode) { svg.setPointerCapture(e.pointerId); e.preventDefault(); }
    box.busy = Boolean(mode);
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
  const tell = () => {
    const line = [w1, w2, t].map((v) => Math.round(v * 100) / 100);
    box.held = { line, pivot };
    setTriggerValue("line", line);
  };
  svg.onpointermove = (e) => {
    if (!mode) return;
    const r = svg.getBoundingClientRect(), wide = W / 2 / scale;
    const x = ((e.clientX - r.left) / r.width * W - W / 2) / scale;
    const y = (H / 2 - (e.clientY - r.top) / r.height * H) / scale;
    to(mode, [inside(x, wide), inside(y, R)]);
  };
  svg.onpointerup = svg.onpointercancel = () => {
    box.busy = false;
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
      to(kind, [inside(from[0] + way[0] * size, W / 2 / scale), inside(from[1] + way[1] * size, R)]);
    };
    handle.onkeyup = (e) => { if (ways[e.key]) tell(); };
    // What the page answers draws the pad anew: the handle that was held keeps the keyboard.
    if (held?.contains(kind)) handle.focus();
  }
}
"""

_pad = st.components.v2.component("neuron_line", html="<div class='pad bare'></div>", css=CSS, js=JS)


def draw(asked: Handled) -> None:
    """Draw the points with the neuron's line (w₁, w₂, θ); with ``taught``, also the one that learning finds."""
    X, y = (
        (asked.result.X, asked.result.y)
        if asked.result is not None
        else (np.zeros((0, 2)), np.zeros(0, dtype=int))
    )
    learned = asked.result.learned if asked.result is not None and asked.settings.taught else None
    data: dict[str, Any] = {
        "points": [[round(float(p), 3), round(float(q), 3), int(c)] for (p, q), c in zip(X, y, strict=True)],
        "line": list(asked.settings[asked.control.name]),
        "learned": None if learned is None else [learned.w1, learned.w2, learned.threshold],
        "reach": float(np.abs(X).max()) * EDGE if len(X) else 2.0,
        "most": MOST,
        "label": asked.section.say("pad", asked.language),
        "large": projector(),
        **{name: asked.section.say(name, asked.language) for name in ("wrong", "hint", "move", "turn")},
    }

    def moved() -> None:
        line = st.session_state[asked.key].get("line")
        if line is not None:
            asked.put(tuple(float(np.clip(value, asked.control.low, asked.control.high)) for value in line))

    _pad(key=asked.key, data=data, on_line_change=moved)
