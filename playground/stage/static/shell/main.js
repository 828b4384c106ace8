/** Mounts the stage: skeleton, connection, and the parts that show the run. */

import { createAccount } from "./account.js";
import { createBoundaryView } from "../boundary/boundary.js";
import { createComponent } from "./component.js";
import { createCurves } from "../curves/curves.js";
import { el } from "./dom.js";
import { FORMS } from "../painting/forms.js";
import { createMapPainter } from "../painting/painter.js";
import { createNetworkView } from "../network/network.js";
import { createNotices } from "./notices.js";
import { createPanels } from "../curves/panels.js";
import { followGhost } from "../curves/runs.js";
import { rememberRun, runBefore } from "./reload.js";
import { createMount } from "./shell.js";
import { isTheSame, noteStep, toReplay } from "./replay.js";
import { whole } from "./numbers.js";
import { takeFrame, takeScene } from "./store.js";
import { createTimeline } from "./timeline.js";
import { createToolbar } from "./toolbar.js";

/** Messages whose newest one the store keeps. */
const KEPT = new Set(["stats", "runs", "marks", "log"]);

/** Shows the stage in `parentElement`, or hands new data to the one that is there. */
export const mount = createMount(createStage);

function createStage(given) {
  const component = createComponent(given, "stage", "stage");
  const { root, store, ends, start } = component;
  store.painter = createMapPainter(store, FORMS);
  const regions = buildSkeleton(root, store);
  ends.push(createNotices(regions.notices, store).destroy);
  ends.push(createAccount(root, regions.account, store).destroy);

  let gone = null;
  let before = runBefore("stage");
  const remembered = () => {
    const run = toReplay(store.scene, store.frame, store.log);
    return run?.log ? { token: store.data.token, run } : null;
  };
  ends.push(rememberRun("stage", remembered));
  component.connect({
    greeting: () => ({ paints: store.painter.able }),
    reopened: () => (gone = toReplay(store.scene, store.frame, store.log)),
    take(message) {
      if (message.type === "scene") {
        if (gone && isTheSame(gone, message)) takeAgain(store, gone);
        else if (before && before.token !== store.data.token && isTheSame(before.run, message)) {
          takeAgain(store, before.run, before.token);
        }
        gone = before = null;
        const ended = store.scene?.repeats && !message.repeats;
        takeScene(store, message);
        if (ended) component.followed(message.revision);
      } else if (KEPT.has(message.type)) store[message.type] = message;
      store.emit(message.type, message);
    },
    show(decoded) {
      noteStep(store.log, decoded.header);
      store.emit("frame", takeFrame(store, decoded));
      return decoded.header.frame;
    },
  });

  ends.push(store.on("slow", (on) => (store.slow = Boolean(on))));
  const act = component.createActions({ slow: () => store.emit("slow", !store.slow) });
  start(regions.toolbar, () => createToolbar(regions.toolbar, store, { act }));
  start(regions.network, () => createNetworkView(regions.network, store));
  start(regions.boundary, () => createBoundaryView(regions.boundary, store));
  start(regions.chart, () => createCurves(regions.chart, store));
  start(regions.timeline, () => createTimeline(regions.timeline, store));
  ends.push(followGhost(store).destroy);
  start(regions.panels, () => createPanels(regions.panels, store));
  return component.mounted();
}

/** Have a run trained again that another session had, and say so; not while the server still has that one. */
function takeAgain(store, { log, epoch }, token = "") {
  const say = (key, level) => {
    store.emit("notice", { message: store.t(`stage.${key}`, { epoch: whole(epoch) }), level });
  };
  if (!log) return say("not_taken_again", "warn");
  store
    .send("replay", { log, instead_of: token })
    .then(({ there }) => there || say("taken_again", "info"))
    .catch((error) => store.emit("notice", { message: error.message, level: "error" }));
}

function buildSkeleton(root, store) {
  /** @type {Object<string, HTMLElement>} */
  const regions = {};
  const region = (name) => {
    regions[name] = el("section", {
      class: `stage-region stage-${name}`,
      "aria-label": store.t(`stage.region.${name}`),
    });
    return regions[name];
  };
  regions.toolbar = el("div", { class: "stage-toolbar" });
  regions.notices = el("div", { class: "stage-notices" });
  regions.account = el("div", { class: "stage-account" });
  regions.timeline = el("div", { class: "stage-timeline" });
  regions.chart = el("div", { class: "stage-curves-body" });
  root.append(
    el("div", { class: "stage-top" }, regions.toolbar, regions.account),
    el("div", { class: "stage-body" }, region("network"), region("boundary"), region("curves"), regions.notices),
    region("panels"),
  );
  regions.curves.append(regions.timeline, regions.chart);
  return regions;
}
