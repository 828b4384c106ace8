/** A place to draw a digit: a network that was trained answers each stroke with its maps and scores. Nothing is sent. */

import { el, setText } from "../shell/dom.js";
import { paintTile } from "../painting/tiles.js";
import { bytes } from "../surface/surface.js";
import { centred, forward, SIZE, softmax } from "./forward.js";
import { stroke } from "./pen.js";

const GRACE = 150;
/** Milliseconds of rest before a screen reader is told what is read. */
const REST = 500;
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @type {WeakMap<Node, object>} */
const pads = new WeakMap();

/**
 * Show a pad in `parentElement`, or hand new weights to the one that is there; what is drawn on it stays.
 * @returns {() => void}
 */
export function mount(component) {
  const { parentElement } = component;
  let pad = pads.get(parentElement);
  if (!pad) {
    pad = createPad(component);
    pads.set(parentElement, pad);
  }
  pad.update(component.data);
  pad.generation = (pad.generation ?? 0) + 1;
  const { generation } = pad;
  return () => {
    setTimeout(() => {
      if (pad.generation !== generation) return;
      pad.destroy();
      if (pads.get(parentElement) === pad) pads.delete(parentElement);
    }, GRACE);
  };
}

const floats = (text) => new Float32Array(bytes(text).buffer);

/** The network as the page gives it, its numbers as text. */
function unpacked(given) {
  const blocks = given.blocks.map((block) => ({ ...block, weight: floats(block.weight), bias: floats(block.bias) }));
  return { ...given, blocks, weight: floats(given.weight), bias: floats(given.bias) };
}

function createPad(component) {
  const { labels } = component.data;
  let network = null;
  let examples = [];
  let shown = 0;
  let drawn = new Float32Array(SIZE * SIZE);
  let cursor = [14, 14];
  let last = null;
  let frame = 0;
  let resting = 0;

  const tile = (classes, attributes = {}) => el("canvas", { class: classes, width: SIZE, height: SIZE, ...attributes });
  const board = tile("drawing-board", {
    tabindex: "0",
    role: "application",
    "aria-label": labels.board,
    "aria-describedby": "drawing-hint",
  });
  const mark = el("span", { class: "drawing-cursor", "aria-hidden": "true" });
  const button = (text, click) => el("button", { type: "button", text, on: { click } });
  const clear = button(labels.clear, () => put(new Float32Array(SIZE * SIZE)));
  const example = button(labels.example, () => put(floats(examples[shown++ % examples.length])));
  const centre = el("input", { type: "checkbox", checked: true, on: { change: request } });
  const hint = el("p", { class: "drawing-hint", id: "drawing-hint", text: labels.hint });
  const said = el("p", { class: "drawing-said", role: "status" });
  const scores = el("div", { class: "drawing-scores", role: "img", "aria-label": labels.scores });
  const layers = el("div", { class: "drawing-layers" });
  const root = el(
    "div",
    { class: "drawing", "data-testid": "drawing" },
    el(
      "div",
      { class: "drawing-left" },
      el("div", { class: "drawing-place" }, board, mark),
      el("div", { class: "drawing-bar" }, clear, example, el("label", {}, centre, ` ${labels.centre}`)),
    ),
    el("div", { class: "drawing-right" }, scores, layers),
    el("div", { class: "drawing-words" }, said, hint),
  );
  const style = el("link", {
    rel: "stylesheet",
    href: new URL(`${component.data.modules}stage.css`, document.baseURI).href,
  });
  component.parentElement.append(style, root);

  // --- what is shown ---------------------------------------------------------------------------

  function request() {
    if (!frame) frame = requestAnimationFrame(show);
  }

  function put(picture) {
    drawn = picture;
    request();
  }

  function show() {
    frame = 0;
    paint(board, drawn, 1);
    mark.style.setProperty("--x", String(cursor[0] / SIZE));
    mark.style.setProperty("--y", String(cursor[1] / SIZE));
    if (!network) return;
    const empty = drawn.every((v) => v === 0);
    const seen = centre.checked ? centred(drawn) : drawn;
    const found = forward(network, seen);
    const all = [{ channels: 1, height: SIZE, width: SIZE, values: seen }, ...found.maps];
    all.forEach((maps, layer) => paintRow(layers.children[layer].lastElementChild, maps, empty));
    const shares = softmax(found.scores);
    const best = shares.indexOf(Math.max(...shares));
    [...scores.children].forEach((row, k) => {
      const [, bar, number] = /** @type {HTMLElement[]} */ ([...row.children]);
      bar.style.setProperty("--share", empty ? "0" : String(shares[k]));
      row.classList.toggle("drawing-best", !empty && k === best);
      setText(number, empty ? "" : found.scores[k].toFixed(1).replace("-", "−"));
    });
    root.dataset.best = empty ? "" : network.classes[best];
    const share = Math.round(100 * shares[best]);
    const words = labels.said.replace("{digit}", network.classes[best]).replace("{share}", share);
    clearTimeout(resting);
    resting = setTimeout(() => {
      setText(said, empty ? labels.empty : words);
      scores.setAttribute("aria-label", `${labels.scores}: ${empty ? labels.empty : words}`);
    }, REST);
  }

  function build() {
    const rows = [labels.seen, ...network.blocks.map((_, i) => labels.block.replace("{number}", i + 1))];
    const counts = [1, ...network.blocks.map((block) => block.out)];
    const made = rows.map((name, layer) =>
      el(
        "div",
        { class: "drawing-layer", role: "img", "aria-label": name },
        el("span", { text: name }),
        el("div", { class: "drawing-maps" }, ...Array.from({ length: counts[layer] }, () => tile("drawing-map"))),
      ),
    );
    layers.replaceChildren(...made);
    scores.replaceChildren(
      ...network.classes.map((name) =>
        el("div", { class: "drawing-score" }, el("b", { text: name }), el("i"), el("span")),
      ),
    );
  }

  // --- what draws ------------------------------------------------------------------------------

  const under = (event) => {
    const box = board.getBoundingClientRect();
    const along = (at, start, length) => ((at - start) / length) * SIZE;
    return /** @type {[number, number]} */ ([
      along(event.clientX, box.left, box.width),
      along(event.clientY, box.top, box.height),
    ]);
  };

  function draw(from, to) {
    stroke(drawn, from, to);
    request();
  }

  board.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    board.setPointerCapture(event.pointerId);
    last = under(event);
    draw(last, last);
  });
  board.addEventListener("pointermove", (event) => {
    if (!last) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const part of all.length ? all : [event]) {
      const to = under(part);
      draw(last, to);
      last = to;
    }
  });
  for (const end of ["pointerup", "pointercancel"]) board.addEventListener(end, () => (last = null));

  board.addEventListener("keydown", (event) => {
    const middle = () => /** @type {[number, number]} */ ([cursor[0] + 0.5, cursor[1] + 0.5]);
    const step = STEPS[event.key];
    if (step) {
      const from = middle();
      cursor = cursor.map((v, i) => Math.max(0, Math.min(SIZE - 1, v + step[i])));
      if (event.shiftKey) draw(from, middle());
      else request();
    } else if (event.key === " ") draw(middle(), middle());
    else if (event.key === "Backspace" || event.key === "Delete") put(new Float32Array(SIZE * SIZE));
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  return {
    update(data) {
      root.classList.toggle("drawing-large", Boolean(data.large));
      examples = data.examples;
      const before = network;
      network = data.network && unpacked(data.network);
      example.disabled = !examples.length;
      root.dataset.ready = String(Boolean(network));
      const sizes = (of) => of?.blocks.map((block) => block.out).join();
      if (network && sizes(network) !== sizes(before)) build();
      request();
    },
    destroy() {
      cancelAnimationFrame(frame);
      clearTimeout(resting);
      style.remove();
      root.remove();
    },
  };
}

/**
 * Numbers as levels of grey, 0 black.
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} values
 * @param {number} most what is white
 * @param {number} [height]
 * @param {number} [width]
 */
function paint(canvas, values, most, height = SIZE, width = SIZE) {
  paintTile(canvas, height, width, (i) => {
    const level = Math.round(255 * Math.max(0, Math.min(1, values[i] / most)));
    return [level, level, level];
  });
}

/** The maps of a layer, all on one scale; black while nothing is drawn, when they show the biases alone. */
function paintRow(row, { height, width, values }, empty) {
  const most = empty ? Infinity : values.reduce((a, b) => Math.max(a, b), 0) || 1;
  const size = height * width;
  [...row.children].forEach((canvas, c) => {
    paint(canvas, values.subarray(c * size, (c + 1) * size), most, height, width);
  });
}
