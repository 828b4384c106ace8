"""A curve to draw with mouse, pen, finger or keys, with the network that is fitted to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from playground.chapters.activations import approximation, fits
from playground.ui.handles import Handled
from playground.ui.handles_pad import CSS
from playground.ui.view import projector

JS = """
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const n = data.curve.length, box = parentElement.querySelector(".pad");
  if (box.busy) return; // the page draws again while a stroke is under way: the stroke goes on
  box.classList.toggle("large", data.large);
  let W = 0, H = 0;
  const px = (i, count = n) => (i / (count - 1)) * W, py = (y) => H / 2 - (y / data.top) * (H / 2 - 8);
  const path = (ys) => ys.map((y, i) =>
    (i ? "L" : "M") + px(i, ys.length).toFixed(1) + " " + py(y).toFixed(1)).join("");
  const values = data.curve.slice();
  const focused = parentElement.getRootNode().activeElement?.tagName === "svg";
  let place = box.place ?? Math.floor(n / 2);
  box.innerHTML = `<div class="presets"></div><svg class="marks" tabindex="0" role="slider" ` +
    `aria-orientation="vertical">` +
    `<g class="ticks"></g><path class="target"/><path class="network"/><circle class="cursor" r="8"/></svg>` +
    `<p class="hint"></p>`;
  const svg = box.querySelector("svg"), cursor = box.querySelector(".cursor");
  svg.setAttribute("aria-label", data.label);
  svg.setAttribute("aria-valuemin", -data.top);
  svg.setAttribute("aria-valuemax", data.top);
  box.querySelector(".hint").textContent = data.hint;
  const target = box.querySelector(".target"), network = box.querySelector(".network");
  for (const [label, curve] of data.presets) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.onclick = () => setTriggerValue("curve", curve);
    box.querySelector(".presets").append(button);
  }
  const at = (k) => data.low + (k / (n - 1)) * (data.high - data.low);
  const point = () => {
    cursor.setAttribute("cx", px(place));
    cursor.setAttribute("cy", py(values[place]));
    const said = data.place.replace("{x}", at(place).toFixed(2)).replace("{y}", values[place].toFixed(2));
    svg.setAttribute("aria-valuenow", values[place].toFixed(2));
    svg.setAttribute("aria-valuetext", said);
    box.place = place;
  };
  const layout = () => {
    [W, H] = [svg.clientWidth || 860, svg.clientHeight || 360];
    svg.setAttribute("viewBox", `0 0 ${W} ${H}`);
    const across = (x) => ((x - data.low) / (data.high - data.low)) * W;
    box.querySelector(".ticks").innerHTML = [-2, -1, 0, 1, 2].map((x) =>
      `<line class="axis" x1="${across(x)}" x2="${across(x)}" y1="0" y2="${H}"/>` +
      `<text class="tick" x="${across(x) + 4}" y="${H - 6}">${x}</text>`).join("") + [-1, 0, 1].map((y) =>
      `<line class="axis" x1="0" x2="${W}" y1="${py(y)}" y2="${py(y)}"/>` +
      `<text class="tick" x="4" y="${py(y) - 5}">${y}</text>`).join("");
    target.setAttribute("d", path(values));
    network.setAttribute("d", data.network ? path(data.network) : "");
    point();
  };
  layout();
  box.observer?.disconnect();
  box.observer = new ResizeObserver(layout);
  box.observer.observe(svg);
  if (focused) svg.focus();
  const redraw = () => {
    data.network = null;
    network.setAttribute("d", "");
    target.setAttribute("d", path(values));
    point();
  };
  const tell = () => setTriggerValue("curve", values.map((v) => Math.round(v * 100) / 100));
  let last = null;
  const reached = (event) => {
    const r = svg.getBoundingClientRect();
    const i = Math.round(((event.clientX - r.left) / r.width) * (n - 1));
    const y = ((H / 2 - ((event.clientY - r.top) / r.height) * H) / (H / 2 - 8)) * data.top;
    return [Math.max(0, Math.min(n - 1, i)), Math.max(-data.top, Math.min(data.top, y))];
  };
  const stroke = (event) => {
    for (const e of event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event]) {
      const [i, y] = reached(e), [j, z] = last ?? [i, y], gap = Math.abs(i - j);
      for (let k = 0; k <= gap; k++) values[j + Math.sign(i - j) * k] = gap ? z + ((y - z) * k) / gap : y;
      last = [i, y];
    }
    place = last[0];
    redraw();
  };
  svg.onpointerdown = (e) => {
    svg.setPointerCapture(e.pointerId);
    box.busy = true;
    last = null;
    stroke(e);
    e.preventDefault();
  };
  svg.onpointermove = (e) => { if (last && e.buttons) stroke(e); };
  svg.onpointerup = svg.onpointercancel = () => {
    box.busy = false;
    if (last) tell();
    last = null;
  };
  svg.onkeydown = (e) => {
    const along = { ArrowLeft: -1, ArrowRight: 1 }[e.key], up = { ArrowUp: 1, ArrowDown: -1 }[e.key];
    if (!along && !up) return;
    e.preventDefault();
    if (along) place = Math.max(0, Math.min(n - 1, place + along));
    else values[place] = Math.max(-data.top, Math.min(data.top, values[place] + up * (e.shiftKey ? 0.5 : 0.1)));
    if (up) redraw(); else point();
  };
  svg.onkeyup = (e) => { if (e.key === "ArrowUp" || e.key === "ArrowDown") tell(); };
}
"""

_pad = st.components.v2.component("drawn_curve", html="<div class='pad'></div>", css=CSS, js=JS)


def draw(asked: Handled) -> None:
    """Draw the pad: the curve, the network's curve if it is the one fitted to it, and curves to start from."""
    network = None if asked.result is None else [round(float(v), 3) for v in asked.result.curve["network"]]
    data: dict[str, Any] = {
        "curve": list(asked.settings[asked.control.name]),
        "network": network,
        "presets": [
            (asked.section.say(f"presets.{name}", asked.language), approximation.knots(name))
            for name in fits.PRESETS
        ],
        "low": fits.LOW,
        "high": fits.HIGH,
        "top": asked.control.high,
        "label": asked.section.say("pad", asked.language),
        "large": projector(),
        **{name: asked.section.say(name, asked.language) for name in ("hint", "place")},
    }

    def drawn() -> None:
        curve = st.session_state[asked.key].get("curve")
        if curve is not None:
            asked.put(tuple(float(np.clip(value, asked.control.low, asked.control.high)) for value in curve))

    _pad(key=asked.key, data=data, on_curve_change=drawn)
