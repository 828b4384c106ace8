/** What every component with a session of its own does: connection, actions, help, following the page, and the end. */

import { el } from "./dom.js";
import { createHelp, createKeys } from "./keys.js";
import { offerEarlierSession, remember } from "./reload.js";
import {
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
import { createStore } from "./store.js";
import { readTheme } from "./theme.js";

/**
 * @typedef {object} Component
 * @property {HTMLElement} root
 * @property {import("./store.js").Store} store
 * @property {(() => void)[]} ends what is called at its end, in this order
 * @property {(parts: Messages) => import("./socket.js").Connection} connect opens the connection
 * @property {(own?: Object<string, () => void>, hints?: string[]) => Object<string, () => void>} createActions what
 *   buttons and keys do, with `own` ones beside; `hints`: texts of the help, where those are not the stage's
 * @property {(element: HTMLElement, create: () => {destroy?: () => void}) => void} start creates a part, or says
 *   in its place why there is none
 * @property {(revision: number) => void} followed tells the page that what runs was changed without a command of its own
 * @property {() => {update: (component: object) => void, destroy: () => void}} mounted to be called last
 */

/**
 * @typedef {object} Messages
 * @property {(message: object) => void} take every text message but notices and errors
 * @property {(frame: *) => number} show takes what `decode` made of a binary message; returns the frame's number
 * @property {(buffer: ArrayBuffer) => *} [decode] reads a binary message
 * @property {() => object} [greeting] what the server is told of this page with each new connection
 * @property {() => void} [reopened] another session is shown from now on
 */

/**
 * Begin a component: its root with the styles, and its store.
 * @param {object} given what the page hands over
 * @param {string} kind of the component, also its test id
 * @param {string} classes of its root
 * @returns {Component}
 */
export function createComponent(given, kind, classes) {
  let page = given;
  let destroyed = false;
  let reopened = () => {};
  /** @type {import("./socket.js").Connection} */
  let connection;
  let teller;
  let surroundings;
  const ends = [];
  const root = el("div", { class: classes, "data-testid": kind, "data-status": "connecting", "data-frame": 0 });
  root.toggleAttribute("data-projector", Boolean(given.data.projector));
  const styles = loadStyles(root, given.data.modules);
  given.parentElement.append(root);
  const store = createStore({
    data: given.data,
    theme: readTheme(root),
    reducedMotion: reducedMotion().matches,
    send: (cmd, fields) => teller.send(cmd, fields),
  });
  Object.assign(store, { root, connected: false });
  const complain = (error) => store.emit("notice", { message: error.message, level: "error" });

  return {
    root,
    store,
    ends,

    connect({ take, show, decode, greeting, reopened: onReopened = reopened }) {
      reopened = onReopened;
      connection = connect({
        path: given.data.socket,
        t: store.t.bind(store),
        decode,
        greeting,
        // A run of the whole script brings another session, or the mount that got lost; its address comes with it.
        onGone: () => page.setTriggerValue("gone", Date.now()),
        sendFallback: (commands) => page.setTriggerValue("command", commands),
        polled: Boolean(given.data.fallback),
        onText(message) {
          if (message.type === "notice") store.emit("notice", message);
          else if (message.type === "error") complain(message);
          else take(message);
        },
        onFrame(decoded) {
          const frame = show(decoded);
          // The next frame may come when this one is on the screen.
          requestAnimationFrame(() => connection.tell("ack", { frame }));
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
      teller = createTeller(connection.send, (changed) => page.setTriggerValue("changed", changed));
      ends.push(teller.destroy);
      root.dataset.connection = connection.state;
      offerEarlierSession(page, kind);
      return connection;
    },

    createActions(own = {}, hints = undefined) {
      const once = oneAtATime(store.send, complain);
      const act = {
        play: () => store.send(store.frame?.status === "playing" ? "pause" : "play").catch(complain),
        step: once("step"),
        epoch: once("epoch"),
        reset: once("reset", { weights: "same" }),
        redraw: once("reset", { weights: "new" }),
        ...own,
        fullscreen: () => toggleFullscreen(root),
        help: () => help.toggle(),
      };
      const help = createHelp(root, store, hints);
      ends.push(help.destroy, createKeys(root, act).destroy);
      return act;
    },

    followed: (revision) => page.setTriggerValue("changed", revision),

    start(element, create) {
      if (destroyed) return;
      try {
        const part = create();
        ends.push(() => part.destroy?.());
      } catch (error) {
        showFailure(element, store, error);
      }
    },

    mounted() {
      surroundings = followPage(root, { store, connection, styles });
      return {
        update(next) {
          const before = page.data;
          page = next;
          store.data = next.data;
          store.labels = next.data.labels ?? store.labels;
          if (next.data.socket !== before.socket || connection.state === "gone") {
            reopened();
            connection.reopen(next.data.socket);
          }
          remember(kind, next.data.token);
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
    },
  };
}
