/** What every component of the stage's kind does: mounting, styles, and following the page around it. */

import { el, setText } from "./dom.js";
import { readTheme } from "./theme.js";

/** Milliseconds between the last cleanup and the end: the page often mounts again at once. */
const GRACE = 150;
/** Milliseconds after which the component shows itself without its styles. */
const STYLE_LIMIT = 2000;

/**
 * A `mount` function that keeps one component in each element over the page's script runs.
 * @param {(component: object) => {update: (component: object) => void, destroy: () => void}} create
 * @returns {(component: {data: object, parentElement: HTMLElement|ShadowRoot,
 *   setTriggerValue: (name: string, value: *) => void, setStateValue: (name: string, value: *) => void}) => () => void}
 *   shows the component, or hands new data to the one that is there; returns what ends it, unless it was mounted
 *   again meanwhile
 */
export function createMount(create) {
  /** @type {WeakMap<Node, object>} */
  const mounted = new WeakMap();
  return (component) => {
    const { parentElement, data } = component;
    let stage = mounted.get(parentElement);
    const identity = [data.modules, data.language].join();
    if (stage && stage.identity !== identity) {
      stage.destroy();
      stage = null;
    }
    if (stage) stage.update(component);
    else {
      stage = create(component);
      mounted.set(parentElement, stage);
    }
    stage.identity = identity;
    stage.generation = (stage.generation ?? 0) + 1;
    const { generation } = stage;
    const current = stage;
    return () => {
      setTimeout(() => {
        if (current.generation !== generation) return;
        current.destroy();
        if (mounted.get(parentElement) === current) mounted.delete(parentElement);
      }, GRACE);
    };
  };
}

/**
 * Add the style sheet; resolves when it has come (or after a while without it).
 * @param {HTMLElement} root
 * @param {string} folder address of the stage's files
 * @returns {Promise<void>}
 */
export function loadStyles(root, folder) {
  const link = el("link", { rel: "stylesheet", href: new URL(`${folder}stage.css`, document.baseURI).href });
  const loaded = new Promise((resolve) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", resolve);
  });
  root.append(link);
  return Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, STYLE_LIMIT))]);
}

/**
 * Follow the page around the component: theme, size, motion, and whether it can be seen.
 * @param {HTMLElement} root
 * @param {{store: import("./store.js").Store, connection: import("./socket.js").Connection, styles: Promise<void>}} parts
 * @returns {{refreshTheme: () => void, tellHidden: () => void, destroy: () => void}} `tellHidden` tells a server
 *   that has just been reached that nobody looks
 */
export function followPage(root, { store, connection, styles }) {
  let inView = true;
  let visible = !document.hidden;
  const tellVisible = () => {
    const now = inView && !document.hidden;
    if (now === visible) return;
    visible = now;
    connection.tell("visible", { on: visible });
  };
  const view = new IntersectionObserver(
    ([entry]) => {
      inView = entry.isIntersecting;
      tellVisible();
    },
    { rootMargin: "600px" },
  );
  view.observe(root);
  document.addEventListener("visibilitychange", tellVisible);
  const tellSize = () => store.emit("resize", { width: root.clientWidth });
  const resize = new ResizeObserver(tellSize);
  resize.observe(root);
  globalThis.addEventListener("resize", tellSize); // the height of the window counts too
  const scheme = globalThis.matchMedia("(prefers-color-scheme: dark)");
  const refreshTheme = () => {
    const theme = readTheme(root);
    const same = JSON.stringify(theme) === JSON.stringify(store.theme);
    store.theme = theme;
    root.dataset.theme = theme.dark ? "dark" : "light";
    if (!same) store.emit("theme", theme);
  };
  const changeTheme = () => setTimeout(refreshTheme, 50);
  scheme.addEventListener("change", changeTheme);
  const motion = reducedMotion();
  const changeMotion = () => (store.reducedMotion = motion.matches);
  motion.addEventListener("change", changeMotion);
  refreshTheme();
  styles.then(() => {
    root.classList.add("stage-ready");
    refreshTheme();
  });
  return {
    refreshTheme,
    tellHidden() {
      if (!visible) connection.tell("visible", { on: false });
    },
    destroy() {
      view.disconnect();
      resize.disconnect();
      globalThis.removeEventListener("resize", tellSize);
      document.removeEventListener("visibilitychange", tellVisible);
      scheme.removeEventListener("change", changeTheme);
      motion.removeEventListener("change", changeMotion);
    },
  };
}

/**
 * Tell the page's script how the component is reached, where it is mistaken.
 * @param {{data: object, setStateValue: (name: string, value: *) => void}} page
 * @param {import("./socket.js").ConnectionState} state
 */
export function tellTransport(page, state) {
  const polled = Boolean(page.data.fallback);
  if (state === "fallback" && !polled) page.setStateValue("transport", "fallback");
  if (state === "open" && polled) page.setStateValue("transport", "socket");
}

/** Milliseconds to wait for more changes (a brush stroke is many) before the page is told. */
const CHANGE_PAUSE = 300;

/**
 * Sends commands, and tells the page's script when the server says that one has changed what runs: its reply holds the
 * new revision. Replies may be lost with the connection, so the page looks again after each loss.
 * @param {(cmd: string, fields?: object) => Promise<object>} send
 * @param {(revision: number) => void} tell
 * @returns {{send: (cmd: string, fields?: object) => Promise<object>, opened: () => void, destroy: () => void}} `opened`
 *   is called whenever the connection has been opened
 */
export function createTeller(send, tell) {
  let timer = 0;
  let openedBefore = false;
  const tellSoon = (revision) => {
    clearTimeout(timer);
    timer = setTimeout(() => tell(revision), CHANGE_PAUSE);
  };
  return {
    async send(cmd, fields) {
      const reply = await send(cmd, fields);
      if (reply.revision !== undefined) tellSoon(reply.revision);
      return reply;
    },
    opened() {
      if (openedBefore) tellSoon(-Date.now()); // what changed meanwhile is not known: no revision of the server's
      openedBefore = true;
    },
    destroy: () => clearTimeout(timer),
  };
}

/** The visitor's wish for less motion, as a media query. */
export const reducedMotion = () => globalThis.matchMedia("(prefers-reduced-motion: reduce)");

/** Say in a part's place why it is missing. */
export function showFailure(element, store, error) {
  console.error("stage: a part failed to start", error);
  const message = el("p", { class: "stage-error", role: "alert" });
  setText(message, store.t("stage.status.missing_part", { message: error.message }));
  element.replaceChildren(message);
}

/** Full screen, or as large as the page where there is no such interface. */
export function toggleFullscreen(root) {
  if (document.fullscreenElement || root.classList.contains("stage-expanded")) {
    root.classList.remove("stage-expanded");
    if (document.fullscreenElement) document.exitFullscreen();
  } else if (root.requestFullscreen) {
    root.requestFullscreen().catch(() => root.classList.add("stage-expanded"));
  } else {
    root.classList.add("stage-expanded"); // a phone without the full-screen interface
  }
}

/** Presses of one button that may wait for the ones before them. */
const MOST_WAITING = 10;

/**
 * Send commands of a kind one at a time. Each press counts, also while an earlier one is still under way; what a
 * held key repeats meanwhile does not, for it must not queue hundreds.
 * @param {(cmd: string, fields?: object) => Promise<object>} send
 * @param {(error: Error) => void} complain
 * @returns {(cmd: string, fields?: object) => (held?: boolean) => void}
 */
export function oneAtATime(send, complain) {
  return (cmd, fields) => {
    let busy = false;
    let waiting = 0;
    const go = () => {
      busy = true;
      send(cmd, fields)
        .catch((error) => {
          waiting = 0;
          complain(error);
        })
        .finally(() => {
          busy = false;
          if (waiting > 0) {
            waiting -= 1;
            go();
          }
        });
    };
    return (held = false) => {
      if (!busy) go();
      else if (!held) waiting = Math.min(waiting + 1, MOST_WAITING);
    };
  };
}
