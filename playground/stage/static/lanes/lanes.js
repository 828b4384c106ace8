/** Mounts a race: one connection and one toolbar for all lanes, a chart that overlays them, and their standings. */

import { createAccount } from "../shell/account.js";
import { createSlice } from "../boundary/slice.js";
import { createComponent } from "../shell/component.js";
import { activeAround, el, setAttribute, within } from "../shell/dom.js";
import { createRaceChart } from "./chart.js";
import { decodeRaceFrame, raceHeader, takeLaneFrame } from "./decode.js";
import { createLane } from "./lane.js";
import { createOptions } from "./options.js";
import { createStandings, orderOf } from "./table.js";
import { createNotices } from "../shell/notices.js";
import { createMount } from "../shell/shell.js";
import { createStore, takeScene } from "../shell/store.js";
import { createToolbar } from "../shell/toolbar.js";

const HINTS = ["lanes", "chart", "disagreement", "standings"].map((name) => `race.help.${name}`);
/** What every lane's store takes over from the race's. */
const PASSED_ON = ["theme", "resize", "connection"];

/** Shows the race in `parentElement`, or hands new data to the one that is there. */
export const mount = createMount(createRace);

function createRace(given) {
  const component = createComponent(given, "race", "stage race");
  const { root, store, ends, start } = component;
  Object.assign(store, { race: null, standings: null, order: null, sort: { metric: "lane", reversed: false } });
  const regions = buildSkeleton(root, store);
  /** @type {{store: import("../shell/store.js").Store, view: ReturnType<typeof createLane>}[]} */
  let lanes = [];
  const shows = { disagreement: false, network: false };
  // Each lane says itself what it holds where: the medians are those of its data.
  const slice = createSlice({
    store,
    element: regions.slice,
    told: false,
    warn: (message) => store.emit("notice", { message, level: "error" }),
  });

  const summary = (frame) =>
    store.t("race.account", {
      status: store.t(`stage.status.${frame.status}`),
      epoch: frame.epoch,
      step: frame.step,
      text: store.standings?.text ?? "",
    });
  ends.push(createNotices(regions.notices, store).destroy);
  ends.push(createAccount(root, regions.account, store, { summary, values: false }).destroy);

  // --- connection -------------------------------------------------------------------------------

  component.connect({
    decode: decodeRaceFrame,
    reopened: () => (store.race = null),
    take,
    show(parts) {
      for (const part of parts) if (lanes[part.lane]) takeLaneFrame(lanes[part.lane].store, part);
      store.frame = { ...raceHeader(parts.map(({ header }) => header)), arrays: {} };
      // All lanes show the frame before anything else happens on the page.
      for (const lane of lanes) {
        lane.view.show();
        lane.store.emit("frame", []);
      }
      store.emit("frame", []);
      return store.frame.frame;
    },
  });

  function take(message) {
    if (message.type === "race") takeRace(message);
    else if (message.type === "scene") {
      const lane = lanes[message.lane];
      if (!lane) return;
      takeScene(lane.store, message);
      lane.store.emit("scene", message);
      if (message.lane === 0) slice.update(message);
    } else if (message.type === "standings") {
      store.standings = message;
      setAttribute(root, "data-decided", String(message.decided));
      setAttribute(root, "data-winner", message.winner ?? "");
      if (store.frame?.status !== "playing" || !store.order) arrange();
      lanes.forEach((lane, i) => message.rows[i] && lane.view.showPlace(message.rows[i], message));
      store.emit("standings", message);
    }
  }

  function takeRace(message) {
    const again = store.race?.run !== message.run;
    store.race = message;
    // What toolbar and status line know of a stage's scene.
    const { stop_at, speed, task } = message;
    store.scene = {
      stop_at,
      speed,
      task,
      notices: [message.lanes.length > 0 ? store.t("race.about", about(message)) : ""],
    };
    if (lanes.length !== message.lanes.length) rebuild(message.lanes.length);
    if (again) {
      store.standings = null;
      store.order = null;
      for (const lane of lanes) Object.assign(lane.store, { history: [], band: [] });
    }
    const looks = store.data.looks ?? [];
    message.lanes.forEach((lane, i) => lanes[i].view.describe(lane, looks[i] ?? {}));
    root.dataset.lanes = message.lanes.length;
    root.dataset.seeds = message.seeds;
    setAttribute(root, "data-prediction", message.prediction ?? "");
    const hides = message.predict && message.prediction === null;
    root.dataset.hides = String(hides);
    regions.ask.hidden = !hides;
    for (const { view } of lanes) within(view.element, ".lane-picture").inert = hides;
    store.emit("race", message);
    store.emit("scene", store.scene);
  }

  const about = ({ mode, seeds, criterion }) => ({
    mode: store.t(`race.mode.${mode}`),
    seeds: store.t(seeds > 1 ? "race.seeds" : "race.seed", { seeds }),
    criterion: criterion.text,
  });

  function rebuild(count) {
    lanes.forEach((lane) => lane.view.destroy());
    lanes = Array.from({ length: count }, (_, number) => {
      const own = createStore({
        data: store.data,
        theme: store.theme,
        reducedMotion: store.reducedMotion,
        send: (cmd, fields) => store.send(cmd, { ...fields, lane: number }),
      });
      Object.assign(own, { root, labels: store.labels, band: [], readOnly: true });
      own.on("notice", (notice) => store.emit("notice", notice));
      const view = createLane(store, own, number);
      view.setNetwork(shows.network);
      return { store: own, view };
    });
    regions.lanes.replaceChildren(...lanes.map((lane) => lane.view.element));
    passVeil();
  }

  // --- order and what is shown --------------------------------------------------------------------

  /** Bring lanes and table in the chosen order; while the race runs only when asked, as nobody reads what jumps. */
  function arrange() {
    const order = orderOf(store);
    if (order.length !== lanes.length) return;
    const same = String(order) === String(store.order);
    store.order = order;
    if (same) return;
    const active = activeAround(root);
    regions.lanes.append(...order.map((lane) => lanes[lane].view.element));
    if (active && regions.lanes.contains(active)) active.focus({ preventScroll: true });
    store.emit("order", order);
  }

  function passVeil() {
    lanes.forEach((lane) => lane.store.emit("veil", shows.disagreement));
  }

  ends.push(
    store.on("sort", arrange),
    store.on("disagreement", (on) => {
      shows.disagreement = on;
      passVeil();
    }),
    store.on("network", (on) => {
      shows.network = on;
      lanes.forEach((lane) => lane.view.setNetwork(on));
    }),
    ...PASSED_ON.map((event) =>
      store.on(event, (detail) => {
        for (const lane of lanes) {
          lane.store.theme = store.theme;
          lane.store.connected = store.connected;
          lane.store.emit(event, detail);
        }
      }),
    ),
  );

  // --- actions and parts --------------------------------------------------------------------------

  const act = component.createActions({}, HINTS);
  start(regions.toolbar, () => createToolbar(regions.toolbar, store, { act }, { readout: false }));
  start(regions.options, () => createOptions(regions.options, store));
  start(regions.chart, () => createRaceChart(regions.chart, store, () => lanes.map((lane) => lane.store)));
  start(regions.table, () => createStandings(regions, store));
  ends.push(() => lanes.forEach((lane) => lane.view.destroy()));
  return component.mounted();
}

function buildSkeleton(root, store) {
  /** @type {Object<string, HTMLElement>} */
  const regions = {};
  const region = (name, labelled = true) => {
    const label = labelled ? store.t(`race.region.${name}`) : null;
    regions[name] = el(labelled ? "section" : "div", { class: `race-${name}`, "aria-label": label });
    return regions[name];
  };
  regions.toolbar = el("div", { class: "stage-toolbar" });
  regions.notices = el("div", { class: "stage-notices" });
  regions.account = el("div", { class: "stage-account" });
  regions.slice = el("div", { class: "boundary-slice" });
  regions.slice.hidden = true;
  regions.ask = el("p", {
    class: "race-ask",
    "data-testid": "race-ask",
    role: "status",
    text: store.t("race.ask"),
    hidden: true,
  });
  root.append(
    regions.toolbar,
    regions.account,
    region("options", false),
    el("div", { class: "boundary race-slice" }, regions.slice),
    region("verdict"),
    regions.ask,
    el("div", { class: "race-body" }, region("lanes"), region("chart"), regions.notices),
    region("table"),
  );
  return regions;
}
