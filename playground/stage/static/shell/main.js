/** Mounts the stage: skeleton, connection, and the parts that show the run. */

import { createAccount } from "./account.js";
import { createBoundaryView } from "../boundary/boundary.js";
import { createCurves } from "../curves/curves.js";
import { el } from "./dom.js";
import { createHelp, createKeys } from "./keys.js";
import { createNetworkView } from "../network/network.js";
import { createNotices } from "./notices.js";
import { createPanels } from "../curves/panels.js";
import { offerEarlierSession, remember } from "./reload.js";
import { followGhost } from "../curves/runs.js";
import {
  createMount,
  createTeller,
  followPage,
  loadStyles,
  oneAtATime,
  reducedMotion,
  showFailure,
  tellTransport,
  toggleFullscreen,
} from "./shell.js";
import { connect } from "./socket.js";
import { createStore, takeFrame, takeScene } from "./store.js";
import { readTheme } from "./theme.js";
import { createTimeline } from "./timeline.js";
import { createToolbar } from "./toolbar.js";

/** Messages whose newest one the store keeps. */
const KEPT = new Set(["stats", "runs", "marks"]);

/** Shows the stage in `parentElement`, or hands new data to the one that is there. */
export const mount = createMount(createStage);

function createStage(component) {
  let page = component;
  const regions = {};
  let destroyed = false;
  const root = el("div", { class: "stage", "data-testid": "stage", "data-status": "connecting", "data-frame": 0 });
  root.toggleAttribute("data-projector", Boolean(component.data.projector));
  const styles = loadStyles(root, component.data.modules);
  component.parentElement.append(root);
  const store = createStore({
    data: component.data,
    theme: readTheme(root),
    reducedMotion: reducedMotion().matches,
    send: (cmd, fields) => teller.send(cmd, fields),
  });
  store.root = root;
  store.connected = false;
  buildSkeleton(root, regions, store);

  const ends = [];
  const notices = createNotices(regions.notices, store);
  const account = createAccount(root, regions.account, store);
  ends.push(notices.destroy, account.destroy);

  // --- connection -------------------------------------------------------------------------------

  const connection = connect({
    path: component.data.socket,
    t: store.t.bind(store),
    // A run of the page's script brings another session; its address comes with the next mount.
    onGone: () => page.setTriggerValue("changed", store.scene?.revision ?? 0),
    sendFallback: (commands) => page.setTriggerValue("command", commands),
    polled: Boolean(component.data.fallback),
    onText(message) {
      if (message.type === "scene") {
        takeScene(store, message);
        store.emit("scene", message);
      } else if (message.type === "notice") {
        store.emit("notice", message);
      } else if (message.type === "error") {
        store.emit("notice", { message: message.message, level: "error" });
      } else {
        if (KEPT.has(message.type)) store[message.type] = message;
        store.emit(message.type, message);
      }
    },
    onFrame(decoded) {
      const fresh = takeFrame(store, decoded);
      store.emit("frame", fresh);
      // The next frame may come when this one is on the screen.
      requestAnimationFrame(() => connection.tell("ack", { frame: decoded.header.frame }));
    },
    onState(state) {
      store.connected = state === "open" || state === "fallback";
      root.dataset.connection = state;
      tellTransport(page, state);
      if (state === "open") {
        surroundings.tellHidden();
        teller.opened();
      }
      store.emit("connection", state);
    },
  });
  const teller = createTeller(connection.send, (revision) => page.setTriggerValue("changed", revision));
  ends.push(teller.destroy);
  root.dataset.connection = connection.state;
  offerEarlierSession(page, "stage");

  // --- actions ----------------------------------------------------------------------------------

  const complain = (error) => store.emit("notice", { message: error.message, level: "error" });
  const once = oneAtATime(store.send, complain);
  ends.push(store.on("slow", (on) => (store.slow = Boolean(on))));
  const act = {
    play: () => store.send(store.frame?.status === "playing" ? "pause" : "play").catch(complain),
    step: once("step"),
    epoch: once("epoch"),
    reset: once("reset", { weights: "same" }),
    redraw: once("reset", { weights: "new" }),
    slow: () => store.emit("slow", !store.slow),
    fullscreen: () => toggleFullscreen(root),
    help: () => help.toggle(),
  };
  const help = createHelp(root, store);
  const keys = createKeys(root, act);
  ends.push(help.destroy, keys.destroy);

  // --- parts ------------------------------------------------------------------------------------

  start("toolbar", () => createToolbar(regions.toolbar, store, { act }));
  start("network", () => createNetworkView(regions.network, store));
  start("boundary", () => createBoundaryView(regions.boundary, store));
  start("curves", () => createCurves(regions.chart, store));
  start("timeline", () => createTimeline(regions.timeline, store));
  ends.push(followGhost(store).destroy);
  start("panels", () => createPanels(regions.panels, store));

  function start(region, create) {
    if (destroyed) return;
    try {
      const part = create();
      ends.push(() => part?.destroy?.());
    } catch (error) {
      showFailure(regions[region], store, error);
    }
  }

  // --- surroundings -----------------------------------------------------------------------------

  const surroundings = followPage(root, { store, connection, styles });

  return {
    update(next) {
      const before = page.data;
      page = next;
      store.data = next.data;
      store.labels = next.data.labels ?? store.labels;
      if (next.data.socket !== before.socket || connection.state === "gone") {
        connection.reopen(next.data.socket);
      }
      remember("stage", next.data.token);
      tellTransport(page, connection.state);
      if (next.data.fallback && connection.state === "fallback") connection.feed(next.data.fallback);
      root.toggleAttribute("data-projector", Boolean(next.data.projector));
      surroundings.refreshTheme();
      requestAnimationFrame(surroundings.refreshTheme);
    },
    destroy() {
      destroyed = true;
      connection.close();
      surroundings.destroy();
      ends.forEach((end) => end());
      root.remove();
    },
  };
}

function buildSkeleton(root, regions, store) {
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
}
