/** The list of runs since the page was opened, and the ghost that one of them draws behind the current curves. */

import { activeAround, el, setAttribute, setText, throttled } from "../shell/dom.js";
import { icon } from "../shell/icons.js";
import { whole } from "../shell/numbers.js";
import { createKept } from "./kept.js";
import { facts } from "./run-facts.js";
import { paintThumbnail } from "./run-thumbnail.js";

/** Milliseconds between updates of the current run's figures. */
const CURRENT_EVERY = 500;

/**
 * Hand the ghost's curve and name to the curves, as `ghost` events.
 * @param {import("../shell/store.js").Store} store
 * @returns {{destroy: () => void}}
 */
export function followGhost(store) {
  let rows = [];
  let told = "";
  const tell = () => {
    const { keptGhost } = store;
    const ghost = store.runs?.ghost;
    const drawn = keptGhost?.rows ?? rows;
    let name = "";
    if (drawn.length && keptGhost) name = store.t("runs.kept.legend", keptGhost);
    else if (drawn.length && ghost) name = store.t("runs.ghost.legend", ghost);
    const key = `${name}:${drawn.length}:${drawn.at(-1)}`;
    if (key === told) return;
    told = key;
    store.ghostName = name;
    store.emit("ghost", name ? drawn : []);
  };
  const offs = [
    store.on("ghost_run", (message) => {
      rows = message.rows;
      tell();
    }),
    store.on("runs", tell),
    store.on("kept_ghost", tell),
  ];
  return { destroy: () => offs.forEach((off) => off()) };
}

/**
 * Create the list of runs.
 * @param {HTMLElement} element
 * @param {import("../shell/store.js").Store} store
 * @returns {{show: () => void, destroy: () => void}}
 */
export function createRuns(element, store) {
  const t = (key, values) => store.t(`runs.list.${key}`, values);
  const command = (name, fields) =>
    store.send(name, fields).catch((error) => {
      store.emit("notice", { message: error.message, level: "error" });
    });
  const ghost = createGhostChoice(store, choose);
  const kept = createKept(store);
  const intro = el("p", { class: "stage-muted" });
  const current = el("p", { class: "stage-run-current", "data-testid": "current-run" });
  const empty = el("p", { class: "stage-muted", text: t("empty") });
  const list = el("ul", { class: "stage-runs", "aria-label": t("title"), "data-testid": "runs" });
  element.replaceChildren(
    el("div", { class: "stage-runs-head" }, intro, ghost.element),
    current,
    empty,
    list,
    kept.element,
  );
  const items = new Map();

  /** A run of this visit takes the place of a kept one behind the curves. */
  function choose(run) {
    if (store.keptGhost) {
      store.keptGhost = null;
      store.emit("kept_ghost");
    }
    return command("ghost", { run });
  }

  function show() {
    const told = store.runs;
    if (!told) return;
    setText(intro, t("intro", { most: told.most }));
    empty.hidden = told.runs.length > 0;
    const numbers = new Set(told.runs.map(({ run }) => run));
    for (const [run, item] of items) if (!numbers.has(run)) remove(run, item);
    told.runs.forEach((entry, k) => {
      let item = items.get(entry.run);
      if (!item) items.set(entry.run, (item = createItem(entry.run, store, t, { command, choose, keep: kept.keep })));
      item.show(entry, told);
      if (list.children[k] !== item.element) list.insertBefore(item.element, list.children[k] ?? null);
    });
    ghost.show(told);
    showCurrent();
  }

  /** A removed entry that had the focus passes it on to its neighbour. */
  function remove(run, item) {
    const focused = item.element.contains(activeAround(item.element));
    const neighbour = item.element.nextElementSibling ?? item.element.previousElementSibling;
    item.element.remove();
    items.delete(run);
    if (focused) (neighbour?.querySelector("button") ?? ghost.select).focus();
  }

  function showCurrent() {
    const told = store.runs?.current;
    if (!told) return;
    setText(current, `${t("current")}: ${t("name", told)} · ${facts(t, store.frame ?? {})}`);
    setAttribute(current, "title", told.full);
  }

  const figures = throttled(showCurrent, CURRENT_EVERY);
  const offs = [
    store.on("runs", show),
    store.on("kept_ghost", show),
    store.on("frame", () => figures.request()),
    store.on("theme", () => [...items.values(), kept].forEach((item) => item.paint())),
  ];
  show();
  return {
    show: () => {},
    destroy() {
      figures.cancel();
      offs.forEach((off) => off());
    },
  };
}

/** Which run is drawn behind the current one: the previous, none, or one of the list. */
function createGhostChoice(store, choose) {
  const t = (key, values) => store.t(`runs.ghost.${key}`, values);
  const select = el("select", { class: "stage-input stage-select", "data-testid": "ghost" });
  select.addEventListener("change", () => {
    const choice = select.value;
    choose(choice === "none" ? null : choice === "previous" ? choice : Number(choice));
  });
  const element = el(
    "label",
    { class: "stage-field", title: t("help") },
    el("span", { class: "stage-field-name", text: t("label") }),
    select,
  );
  let shown = "";
  return {
    element,
    select,
    show({ runs, choice }) {
      const options = [
        ["previous", t("previous")],
        ["none", t("none")],
        ...runs.map((entry) => [String(entry.run), store.t("runs.list.name", entry)]),
      ];
      if (JSON.stringify(options) !== shown) {
        shown = JSON.stringify(options);
        select.replaceChildren(...options.map(([key, text]) => el("option", { value: key, text })));
      }
      select.value = String(choice);
    },
  };
}

/** One run of the list. */
function createItem(run, store, t, { command, choose, keep }) {
  const canvas = el("canvas", { class: "stage-run-picture", role: "img", "aria-label": t("thumbnail", { run }) });
  const name = el("strong", { class: "stage-run-name" });
  const badge = el("span", { class: "stage-run-badge" });
  const figures = el("span", { class: "stage-run-facts stage-number" });
  const button = (kind, act, ...children) =>
    el(
      "button",
      {
        type: "button",
        class: "stage-button",
        "aria-label": t(`${kind}_of`, { run }),
        title: t(`${kind}_of`, { run }),
        "data-testid": `run-${kind}`,
        on: { click: act },
      },
      ...children,
    );
  let entry = null;
  let choice = null;
  const reopen = button("reopen", () => open(), icon("reset"), el("span", { text: t("reopen") }));
  const ghost = button(
    "ghost",
    () => choose(choice === run ? "previous" : run),
    icon("ghost"),
    el("span", { class: "stage-button-text", text: store.t("runs.ghost.label") }),
  );
  const pin = button("pin", () => command("pin_run", { run, on: !entry.pinned }), icon("pin"));
  const save = button("keep", () => keep(run), icon("keep"));
  const forget = button("delete", () => command("delete_run", { run }), icon("delete"));
  const element = el(
    "li",
    { class: "stage-run", "data-run": run, "data-testid": "run" },
    canvas,
    el("div", { class: "stage-run-words" }, el("div", {}, name, " ", badge), figures),
    el("div", { class: "stage-run-buttons" }, reopen, ghost, pin, save, forget),
  );

  async function open() {
    const reply = await command("reopen", { run });
    if (!reply) return;
    const message = t("reopened", { run, epoch: whole(reply.epoch) });
    store.emit("notice", { message, level: "info" });
  }

  let picture = null;
  function paint() {
    if (entry) paintThumbnail(canvas, entry, store.theme);
  }
  return {
    element,
    paint,
    show(next, told) {
      entry = next;
      choice = told.choice;
      if (JSON.stringify(entry.picture) !== picture) {
        picture = JSON.stringify(entry.picture);
        paint();
      }
      const isOpen = told.current.run === run;
      setText(name, t("name", entry));
      setAttribute(element, "title", entry.full);
      setText(badge, isOpen ? t("open") : entry.status === "running" ? "" : t(entry.status));
      setAttribute(badge, "data-status", isOpen ? "open" : entry.status);
      setText(figures, facts(t, entry));
      reopen.disabled = isOpen;
      setAttribute(ghost, "aria-pressed", String(!store.keptGhost && told.ghost?.run === run));
      setAttribute(pin, "aria-pressed", String(entry.pinned));
    },
  };
}
