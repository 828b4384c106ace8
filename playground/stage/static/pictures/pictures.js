/** Mounts a network on pictures: its filters, maps and scores, with loss and accuracy, while it learns. */

import { createCurves } from "../curves/curves.js";
import { paintTile } from "../painting/tiles.js";
import { createAccount } from "../shell/account.js";
import { createComponent } from "../shell/component.js";
import { el, setAttribute, setText, throttled } from "../shell/dom.js";
import { createNotices } from "../shell/notices.js";
import { decimal, percent } from "../shell/numbers.js";
import { createMount } from "../shell/shell.js";
import { takeFrame } from "../shell/store.js";
import { createToolbar } from "../shell/toolbar.js";
import { layerRows, pictureTile } from "./rows.js";

const HINTS = ["picture", "filters", "maps", "exciting", "batches"].map((name) => `pictures.help.${name}`);

/** Shows the network in `parentElement`, or hands new data to the one that is there. */
export const mount = createMount(createPictures);

function createPictures(given) {
  const component = createComponent(given, "pictures", "stage pictures");
  const { root, store, ends, start } = component;
  const t = (key, values) => store.t(`pictures.${key}`, values);
  const regions = buildSkeleton(root, t);
  /** @type {HTMLElement[]} */
  let rows = [];

  ends.push(createNotices(regions.notices, store).destroy);
  ends.push(createAccount(root, regions.account, store).destroy);

  component.connect({
    reopened: () => (store.scene = null),
    take(message) {
      if (message.type !== "scene") return;
      if (store.scene?.run !== message.run) store.history = [];
      store.scene = message;
      showScores();
      store.emit("scene", message);
    },
    show(decoded) {
      // Blocks that the network before had, and this one has not, go with it.
      if (decoded.header.run !== store.frame?.run && store.frame) store.frame.arrays = {};
      store.emit("frame", takeFrame(store, decoded));
      return decoded.header.frame;
    },
  });

  // --- filters and maps -------------------------------------------------------------------------

  function paint() {
    const { frame } = store;
    if (!frame?.arrays.filters || !root.isConnected) return;
    const { arrays } = frame;
    const { height, width, colours } = pictureTile(arrays.seen);
    paintTile(regions.seen, height, width, colours[0]);
    const layers = layerRows(arrays, store.theme.diverging);
    const shape = layers.map((layer) => `${layer.name}:${layer.colours.length}`).join();
    if (root.dataset.layers !== shape) build(layers, shape);
    layers.forEach((layer, place) => {
      const tiles = rows[place].children;
      layer.colours.forEach((colour, n) => {
        paintTile(/** @type {HTMLCanvasElement} */ (tiles[n]), layer.height, layer.width, colour);
      });
    });
    showShares(arrays.shares);
    showBatches(frame);
  }

  function build(layers, shape) {
    root.dataset.layers = shape;
    rows = layers.map((layer) =>
      el("div", { class: "pictures-tiles" }, ...layer.colours.map(() => el("canvas", { class: "pictures-tile" }))),
    );
    const named = layers.map((layer) => t(layer.name, { number: layer.block + 1 }));
    regions.layers.replaceChildren(
      ...rows.map((row, place) =>
        el(
          "div",
          { class: "pictures-layer", role: "img", "aria-label": named[place] },
          el("span", { class: "stage-muted", text: named[place] }),
          row,
        ),
      ),
    );
  }

  // --- scores -----------------------------------------------------------------------------------

  function showScores() {
    const { classes, truth, number } = store.scene;
    regions.scores.replaceChildren(
      ...classes.map((name, k) =>
        el(
          "li",
          { class: k === truth ? "pictures-truth" : "" },
          el("span", { class: "pictures-class", text: name }),
          el("i", { "aria-hidden": "true" }),
          el("span", { class: "pictures-share stage-number" }),
        ),
      ),
    );
    setText(regions.about, t("about", { number, name: classes[truth] }));
  }

  function showShares(shares) {
    const best = shares.indexOf(Math.max(...shares));
    [...regions.scores.children].forEach((row, k) => {
      const [, bar, number] = /** @type {HTMLElement[]} */ ([...row.children]);
      bar.style.setProperty("--share", String(shares[k]));
      row.classList.toggle("pictures-best", k === best);
      setText(number, percent(shares[k]));
    });
    root.dataset.best = store.scene?.classes[best] ?? "";
  }

  function showBatches(frame) {
    const known = Number.isFinite(frame.loss_batch);
    const values = { loss: decimal(frame.loss_batch), accuracy: percent(frame.accuracy_batch) };
    setText(regions.batches, known ? t("batches", values) : t("batches_none"));
    if (known) setAttribute(root, "data-loss-batch", frame.loss_batch);
  }

  const painting = throttled(paint);
  ends.push(
    store.on("frame", () => painting.request()),
    store.on("theme", () => painting.request()),
    painting.cancel,
  );
  const act = component.createActions({}, HINTS);
  start(regions.toolbar, () => createToolbar(regions.toolbar, store, { act }));
  start(regions.curves, () => createCurves(regions.curves, store));
  return component.mounted();
}

function buildSkeleton(root, t) {
  const regions = {
    toolbar: el("div", { class: "stage-toolbar" }),
    notices: el("div", { class: "stage-notices" }),
    account: el("div", { class: "stage-account" }),
    about: el("p", { class: "stage-muted" }),
    seen: el("canvas", { class: "pictures-seen", role: "img", "aria-label": t("seen") }),
    scores: el("ol", { class: "pictures-scores", "aria-label": t("scores") }),
    layers: el("div", { class: "pictures-layers", "data-testid": "pictures-layers" }),
    batches: el("p", { class: "stage-number", "data-testid": "pictures-batches" }),
    curves: el("div"),
  };
  const part = (name, ...children) =>
    el("section", { class: `pictures-${name}`, "aria-label": t(`part.${name}`) }, ...children);
  root.append(
    el("div", { class: "stage-top" }, regions.toolbar, regions.account),
    el(
      "div",
      { class: "pictures-body" },
      part("answer", regions.about, regions.seen, regions.scores),
      part("network", regions.layers),
      part("curves", regions.batches, regions.curves),
      regions.notices,
    ),
  );
  return regions;
}
