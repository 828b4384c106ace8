"""A picture, a kernel over it and the feature map: the place under the pointer shows its products and their sum."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from playground.ui.handles import Handled
from playground.ui.view import projector
from playground.views.pixels import address, signed

CSS = """
:host, .pad { display: block; font: 13px var(--st-font, sans-serif); color: var(--st-text-color, #222); }
svg { width: 100%; height: clamp(290px, calc(100dvh - 295px), 1070px); touch-action: manipulation; display: block;
  user-select: none; border-radius: 6px; cursor: crosshair; }
svg:focus-visible { outline: 3px solid #009e73; outline-offset: -3px; }
image { image-rendering: pixelated; }
text { fill: currentColor; }
.frame { fill: none; stroke: currentColor; opacity: .35; }
.padding { fill: none; stroke: currentColor; opacity: .7; stroke-dasharray: 4 4; }
.patch, .cell { fill: none; stroke: #d1478e; stroke-width: 3; }
.tap { fill: #d1478e; fill-opacity: .3; stroke: none; }
.box { stroke: currentColor; stroke-opacity: .35; }
.hint { margin: 4px 0 0; opacity: .85; min-height: 1.4em; }
.large { font-size: 21px; }
@media (width <= 40rem) { svg { height: clamp(300px, 56dvh, 460px); } }
"""

JS = """
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const box = parentElement.querySelector(".pad");
  box.classList.toggle("large", data.large);
  const focused = parentElement.getRootNode().activeElement?.tagName === "svg";
  const { pixels, kernel, map, stride, dilation, padding } = data, k = kernel.length;
  const rows = map.length, columns = map[0].length, size = pixels.length, reach = dilation * (k - 1) + 1;
  let [row, column] = data.place;
  const svg = (() => {
    box.innerHTML = `<svg class="marks" tabindex="0" role="slider" aria-valuemin="1"></svg><p class="hint"></p>`;
    return box.querySelector("svg");
  })();
  svg.setAttribute("aria-label", data.label);
  svg.setAttribute("aria-valuemax", rows * columns);
  const hint = box.querySelector(".hint");
  const number = (v) => (Math.abs(v) < 0.005 ? 0 : v).toFixed(2).replace(/\\.?0+$/, "").replace("-", "−");
  let L = null;
  const layout = () => {
    const W = svg.clientWidth || 900, H = svg.clientHeight || 380, head = 24;
    svg.setAttribute("viewBox", `0 0 ${W} ${H}`);
    // Picture, products and map side by side, or the products below the other two: whichever makes them larger.
    const beside = Math.min(H - head - 6, (W - 40) / 3), above = Math.min((W - 16) / 2, (H - 2 * head) * 0.5);
    const wide = beside >= above, side = Math.max(beside, above);
    const middle = wide ? Math.min(side, W - 2 * side - 40) : Math.min(W, H - side - 2 * head - 8);
    const top = wide ? (H - side + head) / 2 : head;
    const left = wide ? (W - 2 * side - middle - 40) / 2 : (W - 2 * side - 16) / 2;
    const at = wide ? { x: left + side + 20, y: top + (side - middle) / 2 }
      : { x: (W - middle) / 2, y: top + side + head };
    L = { wide, head, side, middle, at, input: { x: left, y: top },
      output: { x: left + side + (wide ? middle + 40 : 16), y: top } };
    L.pixel = side / size;
    // Maps have the scale of the picture, so that a smaller map is seen to be smaller.
    L.step = Math.min((side * stride) / size, side / Math.max(rows, columns));
    L.output.y += (side - L.step * rows) / 2;
    L.output.x += (side - L.step * columns) / 2;
    draw();
  };
  const image = (href, p, w, h) =>
    `<image href="${href}" x="${p.x}" y="${p.y}" width="${w}" height="${h}" preserveAspectRatio="none"/>` +
    `<rect class="frame" x="${p.x}" y="${p.y}" width="${w}" height="${h}"/>`;
  const words = (x, y, said, font, anchor = "middle", fill = "") =>
    `<text x="${x}" y="${y}" font-size="${font}" text-anchor="${anchor}"${fill}>${said}</text>`;
  const draw = () => {
    const { side, middle, at, input, output, pixel, step } = L, font = data.large ? 21 : 14;
    const cell = middle / (k + 0.7), grown = Math.min(font, cell / 4);
    let out = image(data.picture, input, side, side) + image(data.drawn, output, step * columns, step * rows);
    out += words(input.x + side / 2, input.y - 7, `${data.input} ${size - 2 * padding} × ${size - 2 * padding}` +
      (padding ? ` + 2 · ${padding}` : ""), font);
    out += words(output.x + (step * columns) / 2, output.y - 7, `${data.output} ${rows} × ${columns}`, font);
    if (padding) out += `<rect class="padding" x="${input.x + padding * pixel}" y="${input.y + padding * pixel}" ` +
      `width="${side - 2 * padding * pixel}" height="${side - 2 * padding * pixel}"/>`;
    const x0 = input.x + column * stride * pixel, y0 = input.y + row * stride * pixel;
    let total = 0;
    const start = at.x + (middle - cell * k) / 2;
    for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) {
      const value = pixels[row * stride + i * dilation][column * stride + j * dilation];
      total += value * kernel[i][j];
      out += `<rect class="tap" x="${x0 + j * dilation * pixel}" y="${y0 + i * dilation * pixel}" ` +
        `width="${pixel}" height="${pixel}"/>`;
      const level = Math.round(value * 255), x = start + j * cell, y = at.y + i * cell;
      out += `<rect class="box" x="${x}" y="${y}" width="${cell}" height="${cell}" ` +
        `fill="rgb(${level},${level},${level})"/>`;
      const ink = ` style="fill: ${value > 0.5 ? "#000" : "#fff"}"`;
      out += words(x + cell / 2, y + cell * 0.45, number(value), grown, "middle", ink) +
        words(x + cell / 2, y + cell * 0.78, "× " + number(kernel[i][j]), grown, "middle", ink);
    }
    out += `<rect class="patch" x="${x0}" y="${y0}" width="${reach * pixel}" height="${reach * pixel}"/>`;
    out += `<rect class="cell" x="${output.x + column * step}" y="${output.y + row * step}" ` +
      `width="${step}" height="${step}"/>`;
    const below = at.y + cell * (k + 0.48), result = `${data.sum} = ${number(total)}`;
    out += words(at.x + middle / 2, below, result, Math.min(font + 3, cell / 2.4));
    svg.innerHTML = out;
    const said = data.said.replace("{row}", row + 1).replace("{column}", column + 1).replace("{sum}", number(total));
    hint.textContent = `${said} · ${data.hint}`;
    svg.setAttribute("aria-valuenow", row * columns + column + 1);
    svg.setAttribute("aria-valuetext", said);
  };
  layout();
  box.observer?.disconnect();
  box.observer = new ResizeObserver(layout);
  box.observer.observe(svg);
  if (focused) svg.focus();
  const kept = (v, most) => Math.max(0, Math.min(most - 1, v));
  const under = (event) => {
    const r = svg.getBoundingClientRect(), x = event.clientX - r.left, y = event.clientY - r.top;
    const { input, output, side, pixel, step } = L;
    const inside = (p, w, h) => x >= p.x && y >= p.y && x < p.x + w && y < p.y + h;
    if (inside(output, step * columns, step * rows))
      return [Math.floor((y - output.y) / step), Math.floor((x - output.x) / step)];
    if (!inside(input, side, side)) return null;
    const to = (v) => Math.round((v / pixel - reach / 2) / stride);
    return [kept(to(y - input.y), rows), kept(to(x - input.x), columns)];
  };
  const show = (place) => { [row, column] = place; draw(); };
  const tell = () => setTriggerValue("place", [row, column]);
  svg.onpointermove = (e) => show(under(e) ?? data.place);
  svg.onpointerleave = () => show(data.place);
  svg.onclick = (e) => {
    const place = under(e);
    if (!place) return;
    data.place = place;
    show(place);
    tell();
  };
  const ways = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  svg.onkeydown = (e) => {
    const way = ways[e.key];
    if (!way) return;
    e.preventDefault();
    const far = e.shiftKey ? 5 : 1;
    data.place = [kept(row + far * way[0], rows), kept(column + far * way[1], columns)];
    show(data.place);
  };
  svg.onkeyup = (e) => { if (ways[e.key]) tell(); };
}
"""

_pad = st.components.v2.component("kernel_over_picture", html="<div class='pad'></div>", css=CSS, js=JS)


def draw(asked: Handled) -> None:
    """Draw picture, products and map; a click or the arrow keys choose the place."""
    if asked.result is None:
        st.html('<div class="section-skeleton" aria-hidden="true"></div>')
        return
    padded = np.pad(asked.result.picture, asked.settings.padding)
    data: dict[str, Any] = {
        "picture": address(padded),
        "pixels": padded.round(6).tolist(),
        "kernel": asked.result.kernel.round(6).tolist(),
        "map": asked.result.map.round(6).tolist(),
        "drawn": address(signed(asked.result.map)),
        "place": list(asked.result.place),
        "stride": asked.settings.stride,
        "padding": asked.settings.padding,
        "dilation": asked.settings.dilation,
        "large": projector(),
        "label": asked.section.say("pad", asked.language),
        **{
            name: asked.section.say(name, asked.language)
            for name in ("input", "output", "sum", "said", "hint")
        },
    }

    def chosen() -> None:
        place = st.session_state[asked.key].get("place")
        if place is not None:
            asked.put(tuple(float(np.clip(value, asked.control.low, asked.control.high)) for value in place))

    _pad(key=asked.key, data=data, on_place_change=chosen)
