/** The race of update rules: paths over a surface, played in the browser from positions computed beforehand. */

import { el, setText } from "../shell/dom.js";
import { icon } from "../shell/icons.js";
import { bytes, paintSurface } from "./surface.js";
import { createTable } from "./table.js";
import { readTheme } from "../shell/theme.js";

/** Steps a second at speed 1. */
const PACE = 20;
const SPEEDS = [0.25, 0.5, 1, 2, 4];
/** Share of the domain that an arrow key moves the start by. */
const NUDGE = 0.02;
/** Milliseconds between two updates of the table while playing. */
const TABLE_PAUSE = 100;
/** Milliseconds of rest after the last arrow key before the new start is told. */
const KEY_PAUSE = 350;
const GRACE = 150;
const RATIO = 0.62;
/** Pixels of the window that are left for what stands above and below the picture. */
const AROUND = 345;
const LEAST_HEIGHT = 260;
const MOST_HEIGHT = 900;
const MOST_PIXELS = 1400;

/** @type {WeakMap<Node, object>} */
const races = new WeakMap();

/**
 * Show a race in `parentElement`, or hand new data to the one that is there.
 * @returns {() => void}
 */
export function mount(component) {
  const { parentElement } = component;
  let race = races.get(parentElement);
  if (!race) {
    race = createRace(component);
    races.set(parentElement, race);
  }
  race.update(component);
  race.generation = (race.generation ?? 0) + 1;
  const { generation } = race;
  return () => {
    setTimeout(() => {
      if (race.generation !== generation) return;
      race.destroy();
      if (races.get(parentElement) === race) races.delete(parentElement);
    }, GRACE);
  };
}

/**
 * Where a path is at time t: between two steps on the straight line.
 * @param {{columns: string[], values: Float32Array, steps: number}} path whose first columns are x and y
 * @param {number} t in steps
 * @returns {[number, number]}
 */
export function placed(path, t) {
  const width = path.columns.length;
  const clamped = Math.max(0, Math.min(path.steps, t));
  const k = Math.min(Math.floor(clamped), Math.max(0, path.steps - 1));
  const share = clamped - k;
  const next = Math.min(path.steps, k + 1);
  const [a, b] = [k * width, next * width];
  const along = (i) => path.values[a + i] + share * (path.values[b + i] - path.values[a + i]);
  return [along(0), along(1)];
}

function createRace(component) {
  let { data, setTriggerValue } = component;
  const labels = data.labels;
  let paths = [];
  let grid = null;
  let steps = 0;
  let start = [0, 0];
  let t = 0;
  let playing = false;
  let last = 0;
  let told = 0;
  let frame = 0;
  let frames = 0;
  let picture = null;
  let identity = "";
  let highlighted = null;
  let keyTimer = 0;
  let theme = null;

  const canvas = el("canvas", { class: "surface-canvas", tabindex: "0", role: "img", "aria-label": labels.canvas });
  const play = el("button", { class: "surface-button surface-play", type: "button", on: { click: toggle } });
  const again = el(
    "button",
    {
      class: "surface-button",
      type: "button",
      title: labels.restart,
      "aria-label": labels.restart,
      on: { click: () => restart(true) },
    },
    icon("reset"),
  );
  const scrub = el("input", {
    class: "surface-scrub",
    type: "range",
    min: 0,
    step: 1,
    "aria-label": labels.step,
    on: { input: () => seek(Number(scrub.value)) },
  });
  const count = el("output", { class: "surface-count" });
  const speed = el(
    "select",
    { class: "surface-speed", "aria-label": labels.speed, title: labels.speed },
    ...SPEEDS.map((value) => el("option", { value, selected: value === 1 }, `${value}×`)),
  );
  const table = createTable(labels, (rule) => {
    highlighted = rule;
    request();
  });
  const hint = el("p", { class: "surface-hint", role: "status" });
  const bar = el("div", { class: "surface-bar" }, play, again, scrub, count, speed);
  const root = el("div", { class: "surface" }, canvas, bar, hint, table.element);
  const style = el("link", { rel: "stylesheet", href: new URL(`${data.modules}stage.css`, document.baseURI).href });
  component.parentElement.append(style, root);
  const context = canvas.getContext("2d");
  const watcher = new ResizeObserver(() => request());
  watcher.observe(root);

  // --- time ------------------------------------------------------------------------------------

  function request() {
    if (!frame) frame = requestAnimationFrame(tick);
  }

  function tick(now) {
    frame = 0;
    if (playing) {
      t = Math.min(steps, t + (Math.min(now - last, 200) / 1000) * PACE * Number(speed.value));
      last = now;
      if (t >= steps) setPlaying(false);
    }
    draw();
    if (!playing || now - told > TABLE_PAUSE) {
      told = now;
      table.update(paths, t);
      scrub.value = String(Math.floor(t));
      setText(count, `${labels.step} ${Math.floor(t)} / ${steps}`);
    }
    root.dataset.frames = String(++frames);
    if (playing) request();
  }

  function setPlaying(value) {
    playing = value;
    last = performance.now();
    const label = value ? labels.pause : labels.play;
    play.replaceChildren(icon(value ? "pause" : "play"));
    play.title = label;
    play.setAttribute("aria-label", label);
    root.dataset.playing = String(value);
    request();
  }

  function toggle() {
    if (!playing && t >= steps) t = 0;
    setPlaying(!playing);
  }

  function restart(run) {
    t = 0;
    setPlaying(run);
  }

  function seek(step) {
    t = step;
    setPlaying(false);
  }

  // --- picture ---------------------------------------------------------------------------------

  /**
   * @param {number[]} point
   * @returns {[number, number]}
   */
  function toPixel([x, y], width, height) {
    const [[left, right], [bottom, top]] = data.surface.domain;
    return [((x - left) / (right - left)) * width, (1 - (y - bottom) / (top - bottom)) * height];
  }

  function fit() {
    const width = Math.round(root.clientWidth);
    const room = Math.max(LEAST_HEIGHT, window.innerHeight - AROUND);
    const height = Math.round(Math.min(width * RATIO, room, MOST_HEIGHT));
    const ratio = Math.min(window.devicePixelRatio || 1, MOST_PIXELS / Math.max(width, 1), 2);
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    theme = readTheme(root);
    if (canvas.width !== w || canvas.height !== h) {
      canvas.width = w;
      canvas.height = h;
      canvas.style.height = `${height}px`;
    }
    const key = [w, h, theme.dark, data.surface.levels.length, identity].join();
    if (grid && w > 1 && picture?.key !== key) picture = { key, image: paintSurface(grid, w, h, theme.dark) };
    return ratio;
  }

  function draw() {
    if (!root.clientWidth) return;
    const ratio = fit();
    const { width, height } = canvas;
    if (picture) context.drawImage(picture.image, 0, 0, width, height);
    context.lineJoin = "round";
    for (const point of data.surface.minima) cross(toPixel(point, width, height), 5 * ratio, theme.text);
    const order = [...paths].sort((a, b) => Number(a.rule === highlighted) - Number(b.rule === highlighted));
    for (const path of order) trail(path, width, height, ratio);
    for (const path of order) head(path, width, height, ratio);
    ring(toPixel(start, width, height), 7 * ratio, ratio);
  }

  function trail(path, width, height, ratio) {
    const faded = highlighted !== null && highlighted !== path.rule;
    const n = Math.min(path.steps, Math.floor(t));
    const columns = path.columns.length;
    context.globalAlpha = faded ? 0.18 : 0.95;
    context.strokeStyle = path.colour;
    context.fillStyle = path.colour;
    context.lineWidth = (highlighted === path.rule ? 3 : 2) * ratio;
    context.setLineDash(path.dash.map((length) => length * ratio));
    context.beginPath();
    const dots = new Path2D();
    for (let k = 0; k <= n; k++) {
      const [x, y] = toPixel([path.values[k * columns], path.values[k * columns + 1]], width, height);
      if (k) context.lineTo(x, y);
      else context.moveTo(x, y);
      dots.rect(x - 1.6 * ratio, y - 1.6 * ratio, 3.2 * ratio, 3.2 * ratio);
    }
    context.lineTo(...toPixel(placed(path, t), width, height));
    context.stroke();
    context.setLineDash([]);
    context.fill(dots);
    context.globalAlpha = 1;
  }

  function head(path, width, height, ratio) {
    const faded = highlighted !== null && highlighted !== path.rule;
    const [x, y] = toPixel(placed(path, t), width, height);
    context.globalAlpha = faded ? 0.3 : 1;
    context.beginPath();
    context.arc(x, y, 5.5 * ratio, 0, 2 * Math.PI);
    context.fillStyle = path.colour;
    context.strokeStyle = theme.background;
    context.lineWidth = 1.5 * ratio;
    context.fill();
    context.stroke();
    context.globalAlpha = 1;
  }

  function cross([x, y], size, colour) {
    context.strokeStyle = colour;
    context.lineWidth = size / 3;
    context.beginPath();
    context.moveTo(x - size, y - size);
    context.lineTo(x + size, y + size);
    context.moveTo(x - size, y + size);
    context.lineTo(x + size, y - size);
    context.stroke();
  }

  function ring([x, y], size, ratio) {
    context.strokeStyle = theme.text;
    context.lineWidth = 1.5 * ratio;
    context.beginPath();
    context.arc(x, y, size, 0, 2 * Math.PI);
    context.stroke();
  }

  // --- the start -------------------------------------------------------------------------------

  function tell() {
    setTriggerValue(
      "start",
      start.map((v) => Number(v.toPrecision(6))),
    );
  }

  canvas.addEventListener("click", (event) => {
    const box = canvas.getBoundingClientRect();
    const [[left, right], [bottom, top]] = data.surface.domain;
    start = [
      left + ((event.clientX - box.left) / box.width) * (right - left),
      top - ((event.clientY - box.top) / box.height) * (top - bottom),
    ];
    request();
    tell();
  });

  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const move = moves[event.key];
    if (event.key === " ") toggle();
    else if (move) {
      start = start.map((v, i) => {
        const [low, high] = data.surface.domain[i];
        return Math.min(high, Math.max(low, v + move[i] * NUDGE * (high - low)));
      });
      request();
      clearTimeout(keyTimer);
      keyTimer = setTimeout(tell, KEY_PAUSE);
    } else return;
    event.preventDefault();
  });

  return {
    update(next) {
      ({ data, setTriggerValue } = next);
      if (data.identity === identity) return request();
      const first = steps === 0;
      identity = data.identity;
      grid = { ...data.surface, levels: bytes(data.surface.levels) };
      paths = data.paths.map((path) => ({ ...path, values: new Float32Array(bytes(path.values).buffer) }));
      if (paths.length) steps = Math.max(1, ...paths.map((path) => path.steps));
      start = [...data.start];
      scrub.max = String(steps);
      table.build(paths);
      const waits = paths.length === 0;
      setText(hint, waits ? data.labels.searching : `${data.labels.about} ${data.labels.hint}`);
      for (const control of [play, again, scrub]) control.disabled = waits;
      if (waits) {
        t = 0;
        return setPlaying(false);
      }
      const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
      if (first && still) {
        t = steps;
        return setPlaying(false);
      }
      return restart(!still);
    },
    destroy() {
      cancelAnimationFrame(frame);
      clearTimeout(keyTimer);
      watcher.disconnect();
      root.remove();
      style.remove();
    },
  };
}
