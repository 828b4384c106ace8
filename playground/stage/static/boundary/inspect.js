/** Inspection of one point or place: every number of the network there, following the training. */

import { brief, percent } from "../shell/numbers.js";
import { button } from "./buttons.js";
import { el, setText } from "../shell/dom.js";
import { className } from "./legend.js";
import { PARTS } from "./points.js";
import { amount, inUnits } from "./units.js";

/** Milliseconds between two requests while the panel is open. */
const INTERVAL = 200;

/**
 * @typedef {{x1: number, x2: number, point: number | null}} Target the inspected place; `point` its index
 *
 * @param {object} host
 * @param {import("../shell/store.js").Store} host.store
 * @param {HTMLElement} host.element the panel
 * @param {() => void} host.onChange another place, or closed
 * @param {(point: number) => void} host.onHold the inputs that are not shown are to be held at a point
 * @param {(message: string) => void} host.say announces
 */
export function createInspector({ store, element, onChange, onHold, say }) {
  const words = (key, values) => store.t(key, values);
  const t = (key, values) => words(`boundary.inspect.${key}`, values);
  /** @type {Target | null} */
  let target = null;
  let busy = false;
  let due = false;
  let timer = 0;
  let lastAsked = -Infinity;
  let announce = false;
  let body = null;
  let shape = "";

  const heading = el("h4", { class: "boundary-inspect-title" });
  const verdict = el("p", { class: "boundary-verdict" });
  const trouble = el("p", { class: "boundary-trouble", role: "alert" });
  const content = el("div", { class: "boundary-inspect-body" });
  const closer = button({ label: t("close"), icon: "close", class: "boundary-close", testid: "inspection-close" }, () =>
    close(),
  );
  const hold = button({ label: t("hold"), testid: "inspection-hold" }, () => onHold(target?.point));
  hold.hidden = true;
  element.append(el("div", { class: "boundary-inspect-head" }, heading, closer), verdict, hold, trouble, content);
  element.hidden = true;

  function open(place) {
    target = place;
    announce = true;
    element.hidden = false;
    setText(trouble, "");
    onChange();
    lastAsked = -Infinity;
    request();
  }

  function close() {
    if (!target) return;
    target = null;
    element.hidden = true;
    clearTimeout(timer);
    timer = 0;
    onChange();
  }

  /** Ask again, at most five times a second and never twice at once. */
  function request() {
    due = true;
    if (!target || busy || timer) return;
    timer = setTimeout(ask, Math.max(0, lastAsked + INTERVAL - performance.now()));
  }

  async function ask() {
    timer = 0;
    if (!target || !due) return;
    due = false;
    busy = true;
    lastAsked = performance.now();
    const asked = target;
    try {
      const fields = asked.point === null ? { x1: asked.x1, x2: asked.x2 } : { point: asked.point };
      const reply = await store.send("inspect", fields);
      if (target === asked && reply?.inspection) show(reply.inspection);
      if (target === asked) setText(trouble, "");
    } catch (error) {
      if (target === asked) setText(trouble, error.message);
    }
    busy = false;
    if (due) request();
  }

  /** The points have changed: the inspected one may have another index now, or be gone. */
  function sceneChanged() {
    if (!target) return;
    if (target.point !== null) {
      const { x1, x2 } = store.scene.points;
      const same = (k) => x1[k] === target.x1 && x2[k] === target.x2;
      if (!same(target.point)) {
        const found = x1.findIndex((_, k) => same(k));
        target = { ...target, point: found < 0 ? null : found };
        onChange();
      }
    }
    request();
  }

  function show(found) {
    const { scene } = store;
    const regression = scene.task === "regression";
    const title =
      found.point === null || found.point === undefined
        ? t("place")
        : t(`${PARTS[scene.points.part[found.point]]}_point`, { n: found.point + 1 });
    setText(heading, title);
    const known = found.target !== null && found.target !== undefined;
    const right = known && !regression ? found.predicted === found.target : null;
    hold.hidden = !(scene.columns?.length > 2) || target?.point === null;
    verdict.dataset.right = right === null ? "" : String(right);
    const told = sentence(found, scene, right, known);
    setText(verdict, told);
    render(found, scene);
    if (announce) say(`${title}: ${told}`);
    announce = false;
  }

  function sentence(found, scene, right, known) {
    const regression = scene.task === "regression";
    const name = (k) => (regression ? amount(inUnits(scene, k)) : className(scene, k, words));
    const chance = regression ? null : found.probabilities?.[found.predicted];
    const parts = [
      scene.columns?.length === 1
        ? t("at_one", { x: scene.x_names[0], a: brief(found.x1) })
        : t("at", { x: scene.x_names[0], a: brief(found.x1), y: scene.x_names[1], b: brief(found.x2) }),
      chance === null || chance === undefined
        ? t("predicts", { name: name(found.predicted) })
        : t("predicts_with", { name: name(found.predicted), share: percent(chance) }),
    ];
    if (known) parts.push(t("target", { name: name(found.target) }));
    if (right !== null) parts.push(right ? t("right") : t("wrong"));
    if (known && found.loss !== null) parts.push(t("loss", { value: brief(found.loss) }));
    return parts.join(" · ");
  }

  /** Groups of bars: probabilities, scores, features, then every layer. */
  function groupsOf(found, scene) {
    const groups = [];
    const outputs = found.scores.map((_, k) =>
      scene.task === "multiclass" ? className(scene, k, words) : scene.task === "binary" ? t("score") : t("output"),
    );
    if (found.probabilities?.length) {
      groups.push({
        title: t("probabilities"),
        share: true,
        names: found.probabilities.map((_, k) => className(scene, k, words)),
        values: found.probabilities,
      });
    }
    const regression = scene.task === "regression";
    groups.push({
      title: t(regression ? "prediction" : "scores"),
      names: outputs,
      values: regression ? found.scores.map((value) => inUnits(scene, value)) : found.scores,
      write: regression ? amount : brief,
    });
    const hidden = found.layers.length > scene.layers.length - 1 ? found.layers.slice(0, -1) : found.layers;
    for (let k = hidden.length - 1; k >= 0; k--) {
      const { z, h } = hidden[k];
      groups.push({
        title: t("layer", {
          n: k + 1,
          activation: scene.layers[k]?.activation_label || scene.layers[k]?.activation || "",
        }),
        names: h.map((_, unit) => String(unit + 1)),
        values: h,
        sums: z,
        narrow: true,
      });
    }
    groups.push({
      title: t("features"),
      names: found.features.map(({ name }, k) => scene.inputs[k] ?? name),
      values: found.features.map(({ value }) => value),
    });
    return groups;
  }

  function render(found, scene) {
    const groups = groupsOf(found, scene);
    const key = JSON.stringify(groups.map(({ title, names }) => [title, names]));
    if (key !== shape) {
      shape = key;
      body = groups.map(buildGroup);
      content.replaceChildren(...body.map(({ node }) => node));
    }
    groups.forEach((group, k) => body[k].update(group));
  }

  /** One titled list of bars, each with name and number; sizes are relative to the group's largest. */
  /**
   * @param {{title: string, names: string[], narrow?: boolean, share?: boolean,
   *   write?: (value: number) => string}} group
   */
  function buildGroup({ title, names, narrow, share, write = share ? percent : brief }) {
    const rows = names.map((name) => {
      const fill = el("i");
      const number = el("b");
      const bar = el("span", { class: "boundary-value-bar", "aria-hidden": "true" }, fill);
      const node = el("li", {}, el("span", { class: "boundary-value-name", text: name }), bar, number);
      return { node, fill, number };
    });
    const list = el(
      "ul",
      { class: `boundary-values${narrow ? " boundary-values-narrow" : ""}${share ? " boundary-values-share" : ""}` },
      ...rows.map((row) => row.node),
    );
    const node = el("section", {}, el("h5", { text: title }), list);
    return {
      node,
      update({ values, sums }) {
        const most = share ? 1 : Math.max(1e-9, ...values.map((v) => Math.abs(v ?? 0)));
        rows.forEach(({ node: item, fill, number }, k) => {
          const value = values[k] ?? 0;
          const length = Math.min(1, Math.abs(value) / most);
          fill.style.transform = `scaleX(${(value < 0 ? -1 : 1) * length})`;
          fill.dataset.sign = value < 0 ? "negative" : "positive";
          setText(number, write(values[k]));
          if (sums)
            item.title = t("sum", {
              z: sumsOf(sums, k, values.length)
                .map((z) => brief(z))
                .join(", "),
            });
        });
      },
    };
  }

  const offs = [store.on("frame", request), store.on("scene", sceneChanged)];
  offs.push(store.on("inspection", (found) => target && found && show(found)));
  return {
    open,
    close,
    get target() {
      return target;
    },
    destroy() {
      offs.forEach((off) => off());
      clearTimeout(timer);
      target = null;
    },
  };
}

/** The pre-activations of a unit: several for maxout. */
function sumsOf(sums, unit, units) {
  const pieces = Math.max(1, Math.round(sums.length / units));
  return sums.slice(unit * pieces, (unit + 1) * pieces);
}
