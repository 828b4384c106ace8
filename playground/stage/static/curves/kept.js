/** The runs that this browser keeps: to bring back, compare, save as a file, delete; and files of runs to open. */

import { activeAround, el, setAttribute, setText } from "../shell/dom.js";
import { icon } from "../shell/icons.js";
import { whole } from "../shell/numbers.js";
import { checkedRun, fileOf, readRun } from "./kept-file.js";
import { MOST_KEPT, openKept } from "./kept-store.js";
import { facts } from "./run-facts.js";
import { paintThumbnail } from "./run-thumbnail.js";

/** Bytes of a file that is looked into. */
const MOST_BYTES = 1_000_000;

/**
 * Create the list of kept runs.
 * @param {import("../shell/store.js").Store} store
 * @returns {{element: HTMLElement, keep: (run: number|null) => Promise<void>, paint: () => void}}
 */
export function createKept(store) {
  const t = (key, values) => store.t(`runs.kept.${key}`, values);
  const kept = openKept();
  const say = (message, level = "info") => store.emit("notice", { message, level });
  const keepButton = el(
    "button",
    { type: "button", class: "stage-button", "data-testid": "keep-run", on: { click: () => keep(null) } },
    icon("keep"),
    el("span", { text: t("keep") }),
  );
  const file = el("input", {
    type: "file",
    accept: ".json,application/json",
    class: "stage-file",
    "data-testid": "open-run",
    "aria-label": t("open_help"),
    on: { change: () => opened() },
  });
  const opener = el(
    "label",
    { class: "stage-button stage-file-button", title: t("open_help") },
    file,
    icon("save"),
    el("span", { text: t("open") }),
  );
  const list = el("ul", { class: "stage-runs", "aria-label": t("title"), "data-testid": "kept-runs" });
  const element = el(
    "section",
    { class: "stage-kept", "aria-label": t("title") },
    el("h4", { class: "stage-kept-title", text: t("title") }),
    el("p", { class: "stage-muted", text: t("intro", { most: MOST_KEPT }) }),
    el("div", { class: "stage-run-buttons" }, keepButton, opener),
    list,
  );
  let items = [];

  async function show() {
    let runs;
    try {
      runs = await kept.all();
    } catch {
      say(t("nothing_kept"), "warn");
      return;
    }
    const before = items.findIndex((item) => item.element.contains(activeAround(item.element)));
    items = runs.flatMap((run) => {
      // What the browser kept may be of an earlier version, or written by another page of this site.
      const checked = checkedRun({ ...run.log, kept: run.seen }, "");
      return checked ? [createItem({ ...run, ...checked }, store, t, act)] : [];
    });
    list.replaceChildren(...items.map((item) => item.element));
    if (before >= 0) (items[Math.min(before, items.length - 1)]?.element.querySelector("button") ?? keepButton).focus();
    compare(store.keptGhost?.id ?? null, true);
  }

  async function add(run, told) {
    try {
      await kept.add(run);
    } catch {
      say(t("nothing_kept"), "warn");
      return;
    }
    await show();
    say(t(told, { name: run.seen.name }));
  }

  /** Have the server hand out a run, and keep it. */
  async function keep(number) {
    try {
      const { kept: found } = await store.send("keep_run", { run: number });
      await add(checkedRun(found, ""), "is_kept");
    } catch (error) {
      say(error.message, "error");
    }
  }

  async function opened() {
    const [given] = file.files;
    if (!given) return;
    const text = given.size <= MOST_BYTES ? await given.text() : "";
    file.value = "";
    const run = readRun(text, given.name);
    if (run) await add(run, "is_open");
    else say(t("no_run", { name: given.name }), "error");
  }

  /** Draw a run's curve behind the current one, instead of what the list of runs says. */
  function compare(id, silent = false) {
    const run = items.find((item) => item.run.id === id)?.run;
    const rows = run?.seen.curve.map((row) => row.map((value) => value ?? NaN));
    const ghost = run ? { id, name: run.seen.name, rows } : null;
    if (!silent || store.keptGhost) {
      store.keptGhost = ghost;
      store.emit("kept_ghost");
    }
    items.forEach((item) => item.chosen(store.keptGhost?.id ?? null));
  }

  const act = {
    async bring({ log, seen }) {
      try {
        const { revision } = store.scene;
        const { repeats } = await store.send("bring_run", { log });
        if (repeats) {
          say(t("is_coming", { name: seen.name, step: whole(log.step) }));
          await store.until("scene", () => store.scene.revision > revision && !store.scene.repeats);
          await store.until("frame", () => store.frame.revision >= store.scene.revision);
          if (store.frame.step < log.step) return; // somebody went on from there
        }
        say(t(seen.again ? "is_back" : "weights_back", { name: seen.name }));
      } catch (error) {
        say(error.message, "error");
      }
    },
    compare: ({ id }) => compare(store.keptGhost?.id === id ? null : id),
    save({ seen, log }) {
      const link = el("a", {
        href: URL.createObjectURL(new Blob([fileOf({ log, seen })], { type: "application/json" })),
        download: "run.json",
      });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    },
    async delete({ id }) {
      try {
        await kept.remove(id);
      } catch {
        say(t("nothing_kept"), "warn");
      }
      await show();
    },
  };

  show();
  return { element, keep, paint: () => items.forEach((item) => item.paint()) };
}

/** One kept run of the list. */
function createItem(run, store, t, act) {
  const { seen } = run;
  const { name } = seen;
  const button = (kind, symbol, text = "") =>
    el(
      "button",
      {
        type: "button",
        class: "stage-button",
        "aria-label": t(`${kind}_of`, { name }),
        title: t(`${kind}_of`, { name }),
        "data-testid": `kept-${kind}`,
        on: { click: () => act[kind](run) },
      },
      icon(symbol),
      ...(text ? [el("span", { class: "stage-button-text", text })] : []),
    );
  const compare = button("compare", "ghost", store.t("runs.ghost.label"));
  compare.disabled = seen.curve.length === 0;
  const canvas = el("canvas", { class: "stage-run-picture", role: "img", "aria-label": t("thumbnail", { name }) });
  const list = (key, values) => store.t(`runs.list.${key}`, values);
  const figures = seen.epoch === null ? t("step", { step: whole(run.log.step) }) : facts(list, seen);
  const status = seen.status === "running" ? "" : list(seen.status);
  const badge = el("span", { class: "stage-run-badge", "data-status": seen.status, text: status });
  const time = new Date(run.time).toLocaleString(store.data.language, { dateStyle: "medium", timeStyle: "short" });
  const element = el(
    "li",
    { class: "stage-run", title: seen.full, "data-testid": "kept-run" },
    canvas,
    el(
      "div",
      { class: "stage-run-words" },
      el("div", {}, el("strong", { class: "stage-run-name", text: name }), " ", badge),
      el("span", { class: "stage-run-facts stage-number", text: `${figures} · ${time}` }),
    ),
    el(
      "div",
      { class: "stage-run-buttons" },
      button("bring", "reset", t("bring")),
      compare,
      button("save", "save"),
      button("delete", "delete"),
    ),
  );
  const paint = () => {
    canvas.hidden = !seen.picture;
    if (seen.picture) paintThumbnail(canvas, seen, store.theme);
  };
  paint();
  setText(badge, status);
  return {
    element,
    run,
    paint,
    chosen: (id) => setAttribute(compare, "aria-pressed", String(run.id === id)),
  };
}
