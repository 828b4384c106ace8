/** What is shown of the lanes: disagreement, networks, and their order. */

import { el } from "../shell/dom.js";
import { METRICS } from "./rows.js";

/**
 * @param {HTMLElement} element
 * @param {import("../shell/store.js").Store} store the race's
 * @returns {{destroy: () => void}}
 */
export function createOptions(element, store) {
  const t = (key, values) => store.t(`race.options.${key}`, values);
  const check = (name, on) => {
    const input = el("input", {
      type: "checkbox",
      "data-testid": `show-${name}`,
      on: { change: () => store.emit(name, input.checked) },
    });
    input.checked = on;
    return {
      input,
      label: el("label", { class: "stage-check", title: t(`${name}_help`) }, input, el("span", { text: t(name) })),
    };
  };
  const veil = check("disagreement", false);
  const network = check("network", false);
  const sort = el("select", {
    class: "stage-input race-select",
    "data-testid": "sort",
    on: { change: () => choose() },
  });
  const key = el("p", { class: "race-key stage-muted", text: t("key") });

  function choose() {
    store.sort = { metric: sort.value, reversed: false };
    store.emit("sort", store.sort);
  }

  function describe() {
    const { race } = store;
    veil.label.hidden = race.seeds < 2;
    const left = new Set(race.task === "regression" ? ["accuracy_test", "accuracy_train"] : []);
    if (race.seeds < 2) left.add("seeds_alive");
    sort.replaceChildren(
      ...Object.keys(METRICS)
        .filter((name) => !left.has(name))
        .map((name) => el("option", { value: name, text: store.t(`race.table.${name}`) })),
    );
    if (left.has(store.sort.metric)) choose();
    sort.value = store.sort.metric;
  }

  element.replaceChildren(
    veil.label,
    network.label,
    el("label", { class: "stage-field" }, el("span", { class: "stage-field-name", text: t("sort") }), sort),
    key,
  );
  const offs = [store.on("race", describe), store.on("sort", () => (sort.value = store.sort.metric))];
  return { destroy: () => offs.forEach((off) => off()) };
}
