/** Painting points on the boundary: a brush, a spray, an eraser, with pointer or keys. */

import { keyName } from "../shell/keys.js";
import { button, markIcon, press } from "./buttons.js";
import { el, setText } from "../shell/dom.js";
import { className } from "./legend.js";
import { inside, toData, toX, toY } from "./scale.js";
import { PaintQueue } from "./paint-queue.js";
import { pointsWithin } from "./points.js";
import { amount, inUnits } from "./units.js";

/** Points that a spray drops per movement. */
const SPRAY = 4;
/** Half the width of an erasure of exactly one point; the scene's positions have four decimals. */
const EXACT = 1e-4;

/**
 * @param {object} host
 * @param {import("../shell/store.js").Store} host.store
 * @param {HTMLElement} host.toolbar where the tools go
 * @param {() => import("./scale.js").Plot} host.plot
 * @param {() => import("./points.js").PointView} host.view
 * @param {() => void} host.onPoints the points shown have changed
 * @param {() => void} host.onOverlay the brush has changed
 * @param {(message: string) => void} host.say announces
 * @param {(message: string) => void} host.warn shows and announces what went wrong
 * @param {() => number} [host.random]
 */
export function createPainter({ store, toolbar, plot, view, onPoints, onOverlay, say, warn, random = Math.random }) {
  const words = (key, values) => store.t(key, values);
  const t = (key, values) => words(`boundary.paint.${key}`, values);
  const state = { on: false, tool: "brush", kind: 0, value: 0, size: 14, stroke: 0, last: null, built: "" };
  const most = store.data.limits.points;
  const queue = new PaintQueue({
    most: store.data.limits.stroke,
    send: (fields) => store.send("points", fields),
    revision: () => store.scene?.revision ?? 0,
    onChange: onPoints,
    onError: warn,
  });

  const tools = el("div", { class: "boundary-group", role: "group", "aria-label": t("tool") });
  const toolButtons = ["brush", "spray", "erase"].map((tool) => {
    const options = { label: t(tool), icon: tool === "brush" ? "paint" : tool, pressed: tool === state.tool };
    const node = button({ ...options, testid: `boundary-${tool}` }, () => choose({ tool }));
    tools.append(node);
    return node;
  });
  const targets = el("div", { class: "boundary-group", role: "group", "aria-label": t("target") });
  const size = el("input", {
    type: "range",
    min: 4,
    max: 60,
    step: 1,
    value: state.size,
    "aria-label": t("size"),
    title: t("size"),
  });
  size.addEventListener("input", () => choose({ size: Number(size.value) }));
  const edit = el(
    "div",
    { class: "boundary-group" },
    button({ label: t("undo"), icon: "undo", testid: "boundary-undo" }, undo),
    button({ label: t("clear"), icon: "clear", testid: "boundary-clear" }, () => operate("clear")),
  );
  const count = el("span", { class: "boundary-count" });
  const sizeLabel = el("label", { class: "boundary-size" }, el("span", { text: t("size") }), size);
  toolbar.append(tools, targets, sizeLabel, edit, count);
  toolbar.hidden = true;

  function choose(change) {
    Object.assign(state, change);
    toolButtons.forEach((node, k) => press(node, ["brush", "spray", "erase"][k] === state.tool));
    [...targets.querySelectorAll("button")].forEach((node, k) => press(node, k === state.kind));
    size.value = String(state.size);
    sizeLabel.hidden = state.tool === "brush";
    onOverlay();
  }

  /** Buttons for the classes, or a slider for a regression's value. */
  function build() {
    const { scene } = store;
    const regression = scene.task === "regression";
    const key = JSON.stringify([scene.task, scene.class_names, scene.target_range, view().curve, store.theme.dark]);
    if (key === state.built) return;
    state.built = key;
    if (regression) {
      const [low, high] = scene.target_range;
      state.value = Math.min(high, Math.max(low, state.value));
      const number = el("output", { text: amount(inUnits(scene, state.value)) });
      const slider = el("input", {
        type: "range",
        min: low,
        max: high,
        step: (high - low) / 100 || 1,
        value: state.value,
        "aria-label": t("value"),
      });
      slider.addEventListener("input", () => {
        state.value = Number(slider.value);
        setText(number, amount(inUnits(store.scene, state.value)));
        onOverlay();
      });
      const curve = view().curve;
      targets.replaceChildren(...(curve ? [] : [el("label", {}, el("span", { text: t("value") }), slider, number)]));
    } else {
      state.kind = Math.min(state.kind, scene.class_names.length - 1);
      targets.replaceChildren(
        ...scene.class_names.map((_, k) => {
          const label = className(scene, k, words);
          const title = k < 9 ? t("class_key", { name: label, key: k + 1 }) : label;
          const node = button(
            { label, class: "boundary-class", title, pressed: k === state.kind, testid: `boundary-class-${k}` },
            () => {
              choose({ kind: k, tool: state.tool === "erase" ? "brush" : state.tool });
            },
          );
          const mark = markIcon("train");
          mark.style.color = store.theme.classes[k % store.theme.classes.length];
          node.prepend(mark);
          return node;
        }),
      );
    }
    choose({});
  }

  function update() {
    if (!state.on || !store.scene) return;
    build();
    const n = total();
    setText(count, store.scene.draft ? `${t("count", { n, most })} · ${store.scene.draft}` : t("count", { n, most }));
  }

  function total() {
    const hidden = view().hidden;
    const gone = hidden ? hidden.reduce((sum, one) => sum + one, 0) : 0;
    return (store.scene?.points?.x1.length ?? 0) - gone + view().added.length;
  }

  const rounded = (value) => Math.round(value * 1e4) / 1e4;

  function place(px, py) {
    if (total() >= most) {
      warn(t("full", { most }));
      return false;
    }
    const { scene } = store;
    const [x, y] = toData(plot(), px, py).map(rounded);
    if (view().curve) {
      const [low, high] = scene.domain[1];
      queue.add([x, rounded((low + high) / 2), y], state.stroke);
    } else {
      queue.add([x, y, scene.task === "regression" ? rounded(state.value) : state.kind], state.stroke);
    }
    return true;
  }

  function spray(px, py) {
    for (let k = 0; k < SPRAY; k++) {
      const angle = 2 * Math.PI * random();
      const distance = state.size * Math.sqrt(random());
      const x = px + distance * Math.cos(angle);
      const y = py + distance * Math.sin(angle);
      if (inside(plot(), x, y) && !place(x, y)) return;
    }
  }

  /** Erase what the brush covers: by one circle where the axes share a scale, else point by point. */
  function erase(px, py) {
    const now = plot();
    const found = pointsWithin(now, view(), px, py, state.size);
    const spans = now.domain.map(([low, high]) => high - low);
    const isotropic = !view().curve && Math.abs(spans[0] / spans[1] - 1) < 0.01;
    if (isotropic) {
      const [x1, x2] = toData(now, px, py);
      const radius = (state.size / now.size) * spans[0];
      const fresh = view().added.some((row) => (row[0] - x1) ** 2 + (row[1] - x2) ** 2 <= radius ** 2);
      if (found.length || fresh) queue.push({ op: "erase", x1, x2, radius, stroke: state.stroke });
      return;
    }
    const { points, added, curve } = view();
    for (const k of found)
      queue.push({ op: "erase", x1: points.x1[k], x2: points.x2[k], radius: EXACT, stroke: state.stroke });
    for (const [x1, x2, y] of added) {
      const away = (toX(now, x1) - px) ** 2 + (toY(now, curve ? y : x2) - py) ** 2;
      if (away <= state.size ** 2) queue.push({ op: "erase", x1, x2, radius: EXACT, stroke: state.stroke });
    }
  }

  const act = (px, py) => ({ brush: place, spray, erase })[state.tool](px, py);

  function undo() {
    const waiting = queue.operations.findIndex(({ state: at, op }) => at === "waiting" && op !== "undo");
    if (waiting >= 0) {
      queue.operations.splice(waiting);
      onPoints();
    } else {
      operate("undo");
    }
  }

  function operate(op) {
    state.stroke += 1;
    queue.push({ op });
  }

  return {
    queue,
    update,
    undo,
    get on() {
      return state.on;
    },
    toggle(on = !state.on) {
      state.on = on;
      toolbar.hidden = !on;
      state.last = null;
      update();
      onOverlay();
    },
    /** A pointer touched the plot. */
    down(px, py) {
      state.stroke += 1;
      state.last = [px, py];
      act(px, py);
    },
    /** It moved while touching: fill the way since the last mark. */
    move(px, py) {
      if (!state.last) return;
      const gap = { brush: 12, spray: 8, erase: Math.max(4, state.size / 2) }[state.tool];
      const [x, y] = state.last;
      const distance = Math.hypot(px - x, py - y);
      for (let walked = gap; walked <= distance; walked += gap) {
        state.last = [x + ((px - x) * walked) / distance, y + ((py - y) * walked) / distance];
        if (inside(plot(), ...state.last)) act(...state.last);
      }
    },
    up() {
      state.last = null;
    },
    /** @returns {boolean} whether the key was used; `cursor` is the keyboard's place in pixels */
    key(event, cursor) {
      if (!state.on) return false;
      const key = keyName(event);
      const digit = /^[1-9]$/.test(key) ? Number(key) - 1 : -1;
      if (digit >= 0 && store.scene.task !== "regression" && digit < store.scene.class_names.length) {
        choose({ kind: digit, tool: state.tool === "erase" ? "brush" : state.tool });
        say(t("chosen", { name: className(store.scene, digit, words) }));
      } else if ((event.ctrlKey || event.metaKey) && key === "z") undo();
      else if (event.key === "Enter" && cursor) {
        state.stroke += 1;
        act(...cursor);
      } else if ((event.key === "Delete" || event.key === "Backspace") && cursor) {
        state.stroke += 1;
        erase(...cursor);
      } else return false;
      return true;
    },
    /** Draw the brush at a pixel. */
    draw(context, palette, px, py) {
      const colour =
        state.tool === "erase"
          ? palette.ink
          : store.scene.task === "regression"
            ? shade(palette)
            : palette.classColour(state.kind);
      context.save();
      context.strokeStyle = state.tool === "erase" ? palette.ink : colour;
      context.lineWidth = 2;
      if (state.tool === "erase") context.setLineDash([4, 3]);
      context.beginPath();
      context.arc(px, py, state.tool === "brush" ? 6 : state.size, 0, 2 * Math.PI);
      context.stroke();
      context.restore();
    },
    destroy: () => queue.destroy(),
  };

  function shade(palette) {
    const [low, high] = store.scene.target_range;
    return palette.diverging((state.value - low) / (high - low || 1));
  }
}
