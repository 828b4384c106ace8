/** One lane: its name, what it shares, its figures, its boundary, and its network when asked for. */

import { createBoundaryView } from "../boundary/boundary.js";
import { createNetworkView } from "../network/network.js";
import { showAttributes } from "../shell/account.js";
import { el, setAttribute, setText } from "../shell/dom.js";
import { decimal, percent, whole } from "../shell/numbers.js";
import { showFailure } from "../shell/shell.js";

/** What a lane can share with the first one, in the order of the chips. */
const SHARED = ["data", "split", "features", "order", "batches", "weights"];
const FIGURES = ["loss_test", "accuracy_test", "loss_train", "accuracy_train", "epoch", "step"];

/**
 * Build a lane.
 * @param {import("../shell/store.js").Store} race the race's store
 * @param {import("../shell/store.js").Store} store the lane's
 * @param {number} number of the lane
 * @returns {{element: HTMLElement, describe: (lane: object, look: {colour: string}) => void, show: () => void,
 *   showPlace: (row: object, standings: object) => void, setNetwork: (on: boolean) => void, destroy: () => void}}
 */
export function createLane(race, store, number) {
  const t = (key, values) => race.t(`race.lane.${key}`, values);
  const name = el("h3", { class: "lane-name", id: `lane-name-${number}` });
  const badge = el("span", { class: "lane-badge stage-number", hidden: true });
  const swatch = el("span", { class: "lane-swatch", "aria-hidden": "true" });
  const differences = el("ul", { class: "lane-differences" });
  const shared = el("ul", { class: "lane-shared", "aria-label": t("shared") });
  const reason = el("p", { class: "lane-reason", role: "status", "data-testid": "lane-reason", hidden: true });
  const notices = el("p", { class: "lane-notices stage-muted", hidden: true });
  const predict = el("button", {
    type: "button",
    class: "stage-button stage-button-primary lane-predict",
    text: t("predict"),
    "data-testid": `predict-${number}`,
    on: { click: () => choose() },
  });
  const values = {};
  const items = FIGURES.map((figure) => {
    values[figure] = el("dd", { class: "stage-number" });
    return el(
      "div",
      { class: `lane-item lane-item-${figure}` },
      el("dt", { text: race.t(`stage.status.${figure}`), title: race.t(`stage.status.${figure}_help`) }),
      values[figure],
    );
  });
  const alive = el("p", { class: "lane-alive stage-number stage-muted", hidden: true });
  const boundary = el("div", { class: "lane-boundary" });
  const network = el("div", { class: "lane-network", hidden: true });
  const element = el(
    "article",
    {
      class: "lane",
      "data-testid": "stage",
      "data-lane": number,
      "data-status": "connecting",
      "data-frame": 0,
      "aria-labelledby": `lane-name-${number}`,
    },
    el("header", { class: "lane-head" }, swatch, name, badge),
    el("div", { class: "lane-about" }, differences, shared),
    predict,
    el("div", { class: "lane-picture" }, boundary, network),
    el("dl", { class: "lane-figures" }, ...items),
    alive,
    reason,
    notices,
  );

  const ends = [];
  let hasNetwork = false;
  start(boundary, () => createBoundaryView(boundary, store, { compact: true }));

  function start(region, create) {
    try {
      const part = create();
      ends.push(() => part.destroy());
    } catch (error) {
      showFailure(region, race, error);
    }
  }

  function choose() {
    race
      .send("predict", { lane: number })
      .catch((error) => race.emit("notice", { message: error.message, level: "error" }));
  }

  return {
    element,
    /** Names, chips and whatever holds for the whole race. */
    describe(lane, look) {
      element.style.setProperty("--lane", look.colour);
      setText(name, lane.label);
      setAttribute(name, "title", lane.label);
      setAttribute(predict, "aria-label", t("predict_lane", { lane: lane.label }));
      const list = lane.differences.every(({ value }) => lane.label.includes(value)) ? [] : lane.differences;
      differences.replaceChildren(
        ...list.map(({ label, value }) => el("li", {}, el("span", { class: "stage-muted", text: `${label} ` }), value)),
      );
      differences.hidden = list.length === 0;
      const first = lane.shared.same_as === null;
      const chips = first
        ? [chip(t("reference"), "reference", lane.shared.text)]
        : SHARED.map((key) => {
            const has = key === "weights" ? lane.shared.weights : lane.shared[key] ? "all" : "none";
            return chip(t(`share.${key}`), has, t(`share_${has}`, { what: t(`share.${key}`) }));
          });
      shared.replaceChildren(...chips);
      shared.title = lane.shared.text;
      setText(notices, lane.notices.join(" "));
      notices.hidden = lane.notices.length === 0;
    },
    /** The newest frame's figures. */
    show() {
      const { frame } = store;
      const regression = race.race?.task === "regression";
      showAttributes(element, frame);
      setAttribute(element, "data-seeds-alive", frame.seeds_alive ?? "");
      for (const figure of ["accuracy_test", "accuracy_train"]) {
        values[figure].parentElement.hidden = regression;
        setText(values[figure], percent(frame[figure]));
      }
      for (const figure of ["loss_test", "loss_train"]) setText(values[figure], decimal(frame[figure]));
      for (const figure of ["epoch", "step"]) setText(values[figure], whole(frame[figure]));
      const many = frame.seeds > 1;
      alive.hidden = !many;
      if (many) setText(alive, t("seeds", { alive: frame.seeds_alive, seeds: frame.seeds }));
      setText(reason, frame.reason);
      reason.hidden = !frame.reason;
    },
    /** The lane's place in the race. */
    showPlace(row, standings) {
      const won = standings.decided && (standings.winner === number || standings.tie.includes(number));
      setAttribute(element, "data-rank", row.rank ?? "");
      setAttribute(element, "data-winner", won ? "true" : null);
      const begun = row.step > 0 && row.rank !== null;
      badge.hidden = !begun;
      const place = won ? t("winner") : begun ? t("place", { rank: row.rank }) : "";
      setText(badge, place);
      setAttribute(badge, "aria-label", place);
    },
    setNetwork(on) {
      network.hidden = !on;
      if (!on || hasNetwork) return;
      hasNetwork = true;
      start(network, () => createNetworkView(network, store));
    },
    destroy() {
      ends.forEach((end) => end());
      element.remove();
    },
  };
}

/** A chip: `all`, `some` or `none` of it is shared, or `reference`. */
function chip(label, has, title) {
  const mark = { all: "✓ ", some: "◐ ", none: "✕ ", reference: "" }[has];
  return el(
    "li",
    { class: `lane-chip lane-chip-${has}`, title, "data-shared": has },
    el("span", { "aria-hidden": "true", text: mark }),
    el("span", { "aria-hidden": "true", text: label }),
    el("span", { class: "visually-hidden", text: title }),
  );
}
