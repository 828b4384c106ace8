/** Mounts a wall: many networks that learn at once in one picture, with their numbers, a zoom, and a table. */

import { createAccount } from "../shell/account.js";
import { createComponent } from "../shell/component.js";
import { el, setAttribute, setText, throttled } from "../shell/dom.js";
import { createNotices } from "../shell/notices.js";
import { brief, percent, significant } from "../shell/numbers.js";
import { createMount } from "../shell/shell.js";
import { takeFrame } from "../shell/store.js";
import { createToolbar } from "../shell/toolbar.js";
import { createPainter } from "./paint.js";
import { areaOf, around, large, middle, sharesAt, spanned, within } from "./places.js";
import { createPointer } from "./pointer.js";
import { createTable } from "./table.js";
import { createZoom, drawInset } from "./zoom.js";

const HINTS = ["picture", "point", "zoom", "table"].map((name) => `wall.help.${name}`);
const LEAST_HEIGHT = 230;
const MOST_HEIGHT = 1300;
/** Pixels of the window above and below the picture: heading, toolbar, what the wall says, and the section's buttons. */
const OUTSIDE = 352;
const DIVERGED = 2;
/** Shows the wall in `parentElement`, or hands new data to the one that is there. */
export const mount = createMount(createWall);

function createWall(given) {
  let page = given;
  const component = createComponent(given, "wall", "stage wall");
  const { root, store, ends, start } = component;
  const t = (key, values) => store.t(`wall.${key}`, values);
  const regions = buildSkeleton(root, t);
  const { canvas, tip, told, said, inset } = regions;
  const painter = createPainter(canvas);
  /** Lowest and highest loss that the colours stand for. */
  let range = null;
  let area = null;
  let ratio = 1;
  let chosen = -1;
  /** What is drawn with the mouse, in pixels, and what keys have chosen, in shares of the picture. */
  let drawn = null;
  let marked = null;
  const zoom = createZoom();

  ends.push(createNotices(regions.notices, store).destroy);
  ends.push(createAccount(root, regions.account, store, { summary: () => told.textContent, values: false }).destroy);

  // --- connection -------------------------------------------------------------------------------

  component.connect({
    reopened: () => (store.scene = null),
    take(message) {
      if (message.type === "scene") takeWall(message);
    },
    show(decoded) {
      store.emit("frame", takeFrame(store, decoded));
      return decoded.header.frame;
    },
  });

  function takeWall(scene) {
    const before = store.scene;
    store.scene = scene;
    if (before?.run !== scene.run) {
      range = null;
      marked = null;
      chosen = -1;
      pointer.forget();
      if (store.frame) {
        // Until the first frame of the new run comes, nothing may be read as its own: not where the old one stood.
        const both = Object.keys(store.frame).filter((name) => name in scene);
        const known = Object.fromEntries(both.map((name) => [name, scene[name]]));
        store.emit("frame", (store.frame = { ...store.frame, ...known, arrays: {} }));
      }
      zoom.begin();
    }
    setAttribute(regions.out, "disabled", scene.boxes.length ? null : "");
    setAttribute(root, "data-depth", scene.boxes.length);
    drawInset(inset, scene.boxes, store.theme);
    store.emit("scene", scene);
    request();
  }

  // --- picture ----------------------------------------------------------------------------------

  function fit() {
    const width = Math.max(200, regions.picture.clientWidth);
    const room = root.matches(":fullscreen, .stage-expanded") ? 190 : OUTSIDE;
    const height = Math.round(Math.min(MOST_HEIGHT, Math.max(LEAST_HEIGHT, globalThis.innerHeight - room)));
    ratio = Math.min(globalThis.devicePixelRatio || 1, 2);
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) {
      canvas.width = w;
      canvas.height = h;
      canvas.style.height = `${height}px`;
    }
    const type = store.theme.type;
    const place = { left: 54 * type, top: 20 * type, width: width - 58 * type, height: height - 56 * type };
    area = areaOf(store.scene.places.length, store.scene.arrangement, place);
  }

  function paint() {
    const { scene, frame } = store;
    if (!scene || !root.isConnected) return;
    fit();
    if (frame?.arrays.loss) range = rangeOf(frame);
    const corners = drawn ?? (marked && cornersOf(marked));
    painter.paint({
      scene,
      frame,
      theme: store.theme,
      area,
      range: range ?? [0.1, 1],
      chosen,
      selection: corners,
      titles: store.data.titles,
      scale: t("scale"),
      ratio,
    });
    if (zoom.draw(canvas, area, ratio, store.theme.text)) request();
    showTip();
  }

  const picture = throttled(paint);
  const request = () => picture.request();

  function cornersOf([left, right, bottom, top]) {
    const [x1, y1] = middle(area, [left, top]);
    const [x2, y2] = middle(area, [right, bottom]);
    const aside = [area.tileWidth / 2, area.tileHeight / 2];
    const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
    return [
      clamp(x1, area.left, area.left + area.width - aside[0]),
      clamp(y1, area.top, area.top + area.height - aside[1]),
      clamp(x2, area.left + aside[0], area.left + area.width),
      clamp(y2, area.top + aside[1], area.top + area.height),
    ];
  }

  // --- numbers ----------------------------------------------------------------------------------

  function numbers(place) {
    const { scene, frame } = store;
    const { loss, accuracy, epochs, status } = frame.arrays;
    const [x, y] = scene.sides.map(({ values }, i) => `${store.data.titles[i]} ${brief(values[place], 3, 1e-6)}`);
    const key = status[place] === DIVERGED ? "one_diverged" : "one";
    const values = { loss: significant(loss[place]), accuracy: percent(accuracy[place]), epochs: epochs[place] };
    return t(key, { x, y, ...values });
  }

  function showTip() {
    const ready = chosen >= 0 && store.frame?.arrays.loss && store.scene;
    tip.hidden = !ready || Boolean(drawn);
    if (tip.hidden) return;
    setText(tip, numbers(chosen));
    const [x, y] = middle(area, store.scene.places[chosen]);
    const right = x > area.left + area.width / 2;
    const low = y > area.top + area.height / 2;
    tip.style.left = right ? "" : `${x + area.tileWidth / 2 + 6}px`;
    tip.style.right = right ? `${regions.picture.clientWidth - x + area.tileWidth / 2 + 6}px` : "";
    tip.style.top = low ? "" : `${y - area.tileHeight / 2}px`;
    tip.style.bottom = low ? `${canvas.clientHeight - y - area.tileHeight / 2}px` : "";
  }

  function showTold() {
    const { scene, frame } = store;
    if (!scene || !frame?.arrays.loss) return;
    const found = frame.best !== null && frame.best !== undefined;
    const values = { epoch: frame.epoch, good: frame.good, networks: scene.places.length };
    const text = found
      ? t("told", { ...values, loss: significant(frame.arrays.loss[frame.best]) })
      : t("told_none", values);
    setText(told, text);
    setAttribute(root, "data-good", frame.good);
    setAttribute(root, "data-networks", scene.places.length);
  }

  // --- what the visitor does ----------------------------------------------------------------------

  const open = (place) => page.setTriggerValue("open", place);

  function refine(box) {
    const { scene } = store;
    if (!scene || !large(box)) return;
    if (scene.boxes.length >= store.data.depth) {
      store.emit("notice", { message: t("deep", { most: store.data.depth }), level: "info" });
      return;
    }
    if (!store.reducedMotion) zoom.keep(canvas, cornersOf(box));
    marked = box;
    request();
    page.setTriggerValue("box", [...scene.boxes, within(scene.box, box)].flat());
  }

  function zoomIn() {
    const place = chosen >= 0 ? chosen : store.frame?.best;
    if (marked) refine(marked);
    else if (place !== null && place !== undefined && store.scene) refine(around(store.scene.places, place, place));
  }

  function zoomOut() {
    if (store.scene?.boxes.length) page.setTriggerValue("box", store.scene.boxes.slice(0, -1).flat());
  }

  const pointer = createPointer(canvas, {
    look: () => (store.scene && area ? { places: store.scene.places, area } : null),
    point(place, keyed) {
      if (place === chosen && !keyed) return;
      chosen = place;
      if (keyed && place >= 0 && store.frame?.arrays.loss) setText(said, numbers(place));
      request();
    },
    open,
    mark(corners) {
      drawn = corners;
      marked = null;
      request();
    },
    marked: ([left, top, right, bottom]) => refine(spanned(sharesAt(area, left, top), sharesAt(area, right, bottom))),
    choose(box) {
      marked = box;
      request();
    },
    zoom() {
      if (!marked) return false;
      refine(marked);
      return true;
    },
    back: zoomOut,
  });
  regions.in.addEventListener("click", zoomIn);
  regions.out.addEventListener("click", zoomOut);

  ends.push(
    store.on("frame", () => {
      request();
      showTold();
    }),
    store.on("theme", () => {
      request();
      if (store.scene) drawInset(inset, store.scene.boxes, store.theme);
    }),
    store.on("resize", request),
    picture.cancel,
  );
  const act = component.createActions({}, HINTS);
  start(regions.toolbar, () => createToolbar(regions.toolbar, store, { act }, { readout: false }));
  start(regions.table, () => createTable(regions.table, store, open));
  const mounted = component.mounted();
  return {
    ...mounted,
    update(next) {
      page = next;
      mounted.update(next);
      request();
    },
  };
}

/**
 * What the colours stand for: from the lowest loss up to the highest that a network began with.
 * @param {{arrays: {loss: ArrayLike<number>}, begin: number}} frame
 * @returns {[number, number]}
 */
function rangeOf({ arrays: { loss }, begin }) {
  const low = Array.from(loss).reduce((least, one) => (one < least ? one : least), 0.99 * begin);
  return [low, begin];
}

function buildSkeleton(root, t) {
  const button = (name) =>
    el("button", {
      type: "button",
      class: "stage-button",
      title: t(`${name}_help`),
      "data-testid": name,
      text: t(name),
    });
  const canvas = el("canvas", {
    class: "wall-canvas",
    tabindex: "0",
    role: "application",
    "aria-label": t("canvas"),
    "data-testid": "wall-canvas",
  });
  const regions = {
    toolbar: el("div", { class: "stage-toolbar" }),
    notices: el("div", { class: "stage-notices" }),
    account: el("div", { class: "stage-account" }),
    told: el("p", { class: "wall-told", "data-testid": "wall-told" }),
    inset: el("canvas", { class: "wall-inset", width: 84, height: 48, role: "img", "aria-label": t("inset") }),
    in: button("zoom_in"),
    out: button("zoom_out"),
    tip: el("div", { class: "wall-tip", "data-testid": "wall-tip", hidden: true }),
    said: el("p", { class: "visually-hidden", role: "status", "data-testid": "wall-said" }),
    table: el("div"),
    canvas,
  };
  const picture = el("div", { class: "wall-picture" }, canvas, regions.tip, regions.notices);
  regions.inset.hidden = true;
  root.append(
    regions.toolbar,
    el("div", { class: "wall-line" }, regions.account, regions.told, regions.inset, regions.in, regions.out),
    picture,
    regions.said,
    regions.table,
  );
  return { ...regions, picture };
}
