/** What a tab remembers over a reload: the token of the session that it showed. */

const PREFIX = "playground-session-";
const RUN = "playground-run-";

/** Whether the document was opened by a reload, or by going back to it; a new address asks for a new run. */
const [arrival] = globalThis.performance?.getEntriesByType?.("navigation") ?? [];
const returned = ["reload", "back_forward"].includes(/** @type {PerformanceNavigationTiming} */ (arrival)?.type);
const offered = new Set();

/** The tab's own storage; null where the browser forbids it. */
function storage() {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null; // nothing is remembered then
  }
}

/**
 * Remember the session that a component shows.
 * @param {string} kind of the component
 * @param {string} token
 */
export function remember(kind, token) {
  storage()?.setItem(PREFIX + kind, token);
}

/**
 * Ask the page's script for the session that the tab showed before the document was loaded again, once.
 * @param {{data: {token: string}, setTriggerValue: (name: string, value: *) => void}} page
 * @param {string} kind of the component
 */
export function offerEarlierSession(page, kind) {
  const earlier = returned && !offered.has(kind) ? storage()?.getItem(PREFIX + kind) : null;
  offered.add(kind);
  if (earlier && earlier !== page.data.token) page.setTriggerValue("resume", earlier);
  remember(kind, page.data.token);
}

/** Characters of a run that a tab remembers. */
const MOST = 500_000;

/**
 * Remember over a reload what a component's session was training, in case that the server forgets it meanwhile.
 * @param {string} kind of the component
 * @param {() => {token: string, run: object}|null} run asked when the document is left
 * @returns {() => void} ends it
 */
export function rememberRun(kind, run) {
  const leave = () => {
    const told = JSON.stringify(run());
    storage()?.setItem(`${RUN}${kind}`, told.length <= MOST ? told : "null");
  };
  addEventListener("pagehide", leave);
  return () => removeEventListener("pagehide", leave);
}

/**
 * What the tab's session was training before the document was loaded again, once.
 * @param {string} kind of the component
 * @returns {{token: string, run: object}|null}
 */
export function runBefore(kind) {
  const told = returned ? storage()?.getItem(`${RUN}${kind}`) : null;
  storage()?.removeItem(`${RUN}${kind}`);
  return told ? JSON.parse(told) : null;
}
