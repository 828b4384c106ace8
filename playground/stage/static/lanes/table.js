/** Standings: the verdict in words, a table of all lanes that can be sorted, and any two lanes put to the test. */

import { el, setAttribute, setText } from "../shell/dom.js";
import { decimal, percent, whole } from "../shell/numbers.js";
import { METRICS, sortedLanes } from "./rows.js";

/** Columns of the table and how their figures are written. */
const COLUMNS = {
  rank: (value) => value ?? "–",
  value: null,
  loss_test: decimal,
  accuracy_test: percent,
  loss_train: decimal,
  accuracy_train: percent,
  epoch: whole,
  step: whole,
  seconds: (value) => decimal(value, 2),
  seeds_alive: whole,
};

/**
 * @param {Object<string, HTMLElement>} regions `verdict` and `table`
 * @param {import("../shell/store.js").Store} store the race's; its `sort` is `{metric, reversed}`, its `order` the lanes'
 * @returns {{destroy: () => void}}
 */
export function createStandings(regions, store) {
  const t = (key, values) => store.t(`race.table.${key}`, values);
  const outcome = el("p", {
    class: "race-outcome",
    "data-testid": "race-verdict",
    role: "status",
    "aria-live": "polite",
  });
  const guess = el("p", { class: "race-guess", "data-testid": "race-guess", hidden: true });
  const luck = el("p", { class: "race-luck", "data-testid": "race-comparison", hidden: true });
  regions.verdict.replaceChildren(outcome, guess, luck);

  const heads = {};
  const head = el("tr", {}, headOf("lane"), ...Object.keys(COLUMNS).map(headOf));
  const body = el("tbody");
  const test = createTest(store);
  regions.table.replaceChildren(
    el(
      "div",
      { class: "race-table-scroll", tabindex: 0, role: "region", "aria-label": t("caption") },
      el(
        "table",
        { "data-testid": "standings" },
        el("caption", { class: "visually-hidden", text: t("caption") }),
        el("thead", {}, head),
        body,
      ),
    ),
    test.element,
  );

  function headOf(metric) {
    const press = el("button", {
      type: "button",
      class: "race-sort",
      text: t(metric),
      "data-testid": `sort-${metric}`,
      on: { click: () => sortBy(metric) },
    });
    heads[metric] = el("th", { scope: "col", class: `race-column-${metric}` }, press);
    return heads[metric];
  }

  function sortBy(metric) {
    const reversed = store.sort.metric === metric && !store.sort.reversed;
    store.sort = { metric, reversed };
    store.emit("sort", store.sort);
  }

  function write(row, metric) {
    if (metric !== "value") return String(COLUMNS[metric](row[metric]));
    const { kind } = store.race.criterion;
    if (row.value === null) return "–";
    if (kind === "best_accuracy") return percent(row.value);
    if (kind === "best_loss") return decimal(row.value);
    return t(`reached.${store.race.mode}`, {
      value: store.race.mode === "time" ? decimal(row.value, 2) : whole(row.value),
    });
  }

  function showRows() {
    const { standings, race } = store;
    if (!standings || !race) return;
    const rows = new Map(standings.rows.map((row) => [row.lane, row]));
    const hidden = {
      accuracy_test: race.task === "regression",
      accuracy_train: race.task === "regression",
      seeds_alive: race.seeds < 2,
    };
    for (const [metric, cell] of Object.entries(heads)) {
      cell.hidden = Boolean(hidden[metric]);
      const sorted = store.sort.metric === metric;
      const rising = METRICS[metric] !== store.sort.reversed;
      setAttribute(cell, "aria-sort", sorted ? (rising ? "ascending" : "descending") : null);
    }
    body.replaceChildren(
      ...(store.order ?? [...rows.keys()])
        .filter((lane) => rows.has(lane))
        .map((lane) => {
          const row = rows.get(lane);
          const won = standings.decided && (standings.winner === lane || standings.tie.includes(lane));
          const look = store.data.looks?.[lane];
          const swatch = el("span", { class: "lane-swatch", "aria-hidden": "true" });
          swatch.style.setProperty("--lane", look?.colour ?? "");
          return el(
            "tr",
            { "data-winner": won || null, "data-lane": lane },
            el("th", { scope: "row" }, el("div", { class: "race-row-name" }, swatch, el("span", { text: row.label }))),
            ...Object.keys(COLUMNS).map((metric) =>
              el("td", { class: "stage-number", hidden: hidden[metric], text: write(row, metric) }),
            ),
          );
        }),
    );
  }

  function showVerdict() {
    const { standings } = store;
    if (!standings) return;
    setText(outcome, standings.text);
    regions.verdict.classList.toggle("race-decided", standings.decided);
    const guessed = standings.prediction !== null && standings.prediction !== undefined;
    guess.hidden = !guessed;
    if (guessed) {
      const lane = standings.rows[standings.prediction]?.label ?? "";
      const key = standings.right === null ? "predicted" : standings.right ? "right" : "wrong";
      setText(guess, t(key, { lane }));
      setAttribute(guess, "data-right", standings.right);
    }
    luck.hidden = !standings.comparison;
    setText(luck, standings.comparison?.text ?? "");
  }

  const offs = [
    store.on("standings", () => {
      showVerdict();
      showRows();
    }),
    store.on("race", () => {
      test.describe();
      showRows();
    }),
    store.on("order", showRows),
  ];
  return { destroy: () => offs.forEach((off) => off()) };
}

/** Any two lanes against each other, repeat by repeat. */
function createTest(store) {
  const t = (key, values) => store.t(`race.test.${key}`, values);
  const choose = (label, testid) =>
    el("select", { class: "stage-input race-select", "aria-label": label, "data-testid": testid });
  const a = choose(t("first"), "compare-a");
  const b = choose(t("second"), "compare-b");
  const measure = choose(t("measure"), "compare-measure");
  const answer = el("p", {
    class: "race-luck",
    role: "status",
    "aria-live": "polite",
    "data-testid": "compare-result",
  });
  const press = el("button", {
    type: "button",
    class: "stage-button",
    text: t("run"),
    "data-testid": "compare",
    on: { click: compare },
  });
  const element = el(
    "div",
    { class: "race-test", hidden: true },
    el("span", { class: "stage-field-name", text: t("title") }),
    a,
    el("span", { text: t("against") }),
    b,
    measure,
    press,
    answer,
  );

  function compare() {
    store.send("compare", { a: Number(a.value), b: Number(b.value), measure: measure.value }).then(
      (reply) => setText(answer, reply.comparison?.text ?? ""),
      (error) => setText(answer, error.message),
    );
  }

  return {
    element,
    describe() {
      const { race } = store;
      element.hidden = race.seeds < 2;
      const options = () => race.lanes.map((lane) => el("option", { value: lane.lane, text: lane.label }));
      const kept = [a.value || "0", b.value || "1"];
      a.replaceChildren(...options());
      b.replaceChildren(...options());
      [a.value, b.value] = kept.map((value) => (Number(value) < race.lanes.length ? value : "0"));
      const names = race.task === "regression" ? ["loss"] : ["loss", "accuracy"];
      const before = measure.value;
      measure.replaceChildren(
        ...names.map((name) => el("option", { value: name, text: store.t(`race.chart.${name}`) })),
      );
      if (names.includes(before)) measure.value = before;
      setText(answer, "");
    },
  };
}

/** The order in which lanes and rows stand now. */
export const orderOf = (store) => sortedLanes(store.standings?.rows ?? [], store.sort.metric, store.sort.reversed);
