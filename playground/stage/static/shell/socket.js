/**
 * The connection to the live server: a WebSocket with reconnecting and acknowledgements, and the fallback
 * over the page itself for hosts that do not pass WebSockets.
 */

import { createQueue } from "./command-queue.js";
import { decodeFrame, decodeMessage } from "./decode.js";

/** Milliseconds before each further try. */
const BACK_OFF = [250, 600, 1500, 3000, 6000, 10000];
/** Tries in a row before the fallback takes over: of a socket that never opened, and of one that did. */
const TRIES = 3;
const TRIES_AFTER_LOSS = 8;
/** Milliseconds between tries of the socket while the fallback runs. */
const RETRY_IN_FALLBACK = 30000;
/** Milliseconds after which an opening socket counts as failed. */
const OPEN_LIMIT = 6000;
/** Milliseconds after which an unanswered command counts as failed. */
const REPLY_LIMIT = 15000;
/** Milliseconds after which the page is told again of commands without a reply: it may have lost the first message. */
const TOLD_AGAIN = 2000;
/** Milliseconds that a command waits for the connection to open, and how many may wait. */
const PATIENCE = 20000;
const MOST_WAITING = 32;

/** Close codes of the server: not for pages of this address, the session has ended, it has too many viewers. */
const FOREIGN = 4403;
const GONE = 4404;
const FULL = 4429;
/** In place of a close code: the browser makes no socket at all. */
const FORBIDDEN = 0;
/** Milliseconds between requests for a new session, and between tries of a full one. */
const RETRY_GONE = 8000;
const RETRY_FULL = 10000;

/** Whether the server refused this page the socket for its address; all components of a page share that. */
let foreign = false;

/** @returns {"fallback"|"foreign"} the text that says why the page does without a socket */
export function whyWithout() {
  return foreign ? "foreign" : "fallback";
}

/** A command that was refused by the server or could not be sent. */
export class CommandError extends Error {
  /**
   * @param {string} message for the user, in their language
   * @param {string} [field] the refused field
   */
  constructor(message, field) {
    super(message);
    this.name = "CommandError";
    this.field = field;
  }
}

/**
 * @typedef {"connecting"|"open"|"reconnecting"|"gone"|"full"|"fallback"|"closed"} ConnectionState
 * @typedef {object} Connection
 * @property {(cmd: string, fields?: object) => Promise<object>} send resolves with the reply; rejects with
 *   CommandError; before the connection is open the command waits for it
 * @property {(cmd: string, fields?: object) => void} tell sends without expecting a reply; dropped offline
 * @property {(messages: [number, string][]) => void} feed takes the fallback's messages, numbered in order; those
 *   that were read before are left out
 * @property {(path: string) => void} reopen connects to another address
 * @property {() => void} close
 * @property {ConnectionState} state
 */

/**
 * Open the connection and keep it open.
 * @param {object} options
 * @param {string} options.path path of the socket on this host
 * @param {(message: object) => void} options.onText every text message except replies
 * @param {(frame: *) => void} options.onFrame takes what `decode` makes of a binary message
 * @param {(state: ConnectionState) => void} options.onState
 * @param {() => void} options.onGone the session has ended: the page must bring another
 * @param {(commands: object[]) => void} options.sendFallback sends all commands without a reply over the page; each
 *   counts once, by its `id`
 * @param {(key: string) => string} options.t texts
 * @param {(buffer: ArrayBuffer) => *} [options.decode] reads a binary message
 * @param {() => object} [options.greeting] what the server is told of this page with each new connection
 * @param {boolean} [options.polled] the page knows that no socket can be opened here: begin with the fallback
 * @returns {Connection}
 */
export function connect({
  path,
  onText,
  onFrame,
  onState,
  onGone,
  sendFallback,
  t,
  decode = decodeFrame,
  greeting = () => ({}),
  polled,
}) {
  let socket = null;
  let failures = 0;
  let everServed = false;
  let nextId = Date.now(); // rises over the lives of this page's components
  let outbox = [];
  let fed = 0;
  let timer = 0;
  let repeating = 0;
  let askedAt = -Infinity;
  let address = path;
  const waiting = new Map();
  const queue = createQueue({
    patience: PATIENCE,
    most: MOST_WAITING,
    refusal: () => new CommandError(t("stage.status.offline")),
  });
  /** @type {Connection} */
  const connection = { state: "connecting", send, tell, feed, reopen, close };

  function become(state) {
    if (connection.state === state) return;
    connection.state = state;
    if (state === "open") rejectAll(({ posted }) => posted);
    onState(state);
    if (state === "fallback") post("hello", greeting()).catch(() => {});
    if (state === "open" || state === "fallback") queue.flush(send);
  }

  function open() {
    clearTimeout(timer);
    let current;
    try {
      current = new WebSocket(socketUrl(address));
    } catch (error) {
      // A policy of the host or of the browser forbids it, as it will at the next try.
      if (connection.state !== "fallback") console.warn("no socket can be opened here:", error);
      failures = TRIES_AFTER_LOSS;
      timer = setTimeout(() => lost(FORBIDDEN)); // the caller knows the connection by then
      return;
    }
    current.binaryType = "arraybuffer";
    socket = current;
    const limit = setTimeout(() => current.close(), OPEN_LIMIT);
    current.onopen = () => {
      clearTimeout(limit);
      if (socket === current) sendNow("hello", greeting()).catch(() => {}); // if it fails the socket is closed, and tried again
    };
    current.onmessage = (event) => {
      if (socket !== current) return;
      // Only a socket that serves is open: the server also opens one to say that the session has ended.
      failures = 0;
      everServed = true;
      become("open");
      take(event.data);
    };
    current.onclose = (event) => {
      clearTimeout(limit);
      if (socket === current) lost(event.code);
    };
  }

  function lost(code) {
    socket = null;
    rejectAll(({ posted }) => !posted);
    if (connection.state === "closed") return;
    if (code === GONE || code === FULL) {
      become(code === GONE ? "gone" : "full");
      if (code === GONE && performance.now() - askedAt > RETRY_GONE - 1000) {
        askedAt = performance.now();
        onGone();
      }
      timer = setTimeout(open, code === GONE ? RETRY_GONE : RETRY_FULL);
      return;
    }
    foreign = code === FOREIGN;
    failures = foreign ? TRIES_AFTER_LOSS : failures + 1;
    if (failures >= (everServed ? TRIES_AFTER_LOSS : TRIES)) {
      become("fallback");
      timer = setTimeout(open, RETRY_IN_FALLBACK);
      return;
    }
    if (connection.state !== "fallback") become(everServed ? "reconnecting" : "connecting");
    timer = setTimeout(open, BACK_OFF[Math.min(failures - 1, BACK_OFF.length - 1)]);
  }

  function take(data) {
    try {
      if (data instanceof ArrayBuffer) onFrame(decode(data));
      else takeText(JSON.parse(data));
    } catch (error) {
      console.error("stage: a message could not be read", error);
    }
  }

  function takeText(message) {
    const entry = waiting.get(message.id);
    if (typeof message.id === "number" && (message.type === "done" || message.type === "error")) {
      if (!entry) return; // a reply that was given twice, or too late
      forget(message.id);
      if (message.type === "done") entry.resolve(message);
      else entry.reject(new CommandError(message.message, message.field));
    } else {
      onText(message);
    }
  }

  function send(cmd, fields = {}) {
    if (connection.state === "fallback") return post(cmd, fields);
    if (connection.state === "open") return sendNow(cmd, fields);
    if (connection.state === "closed") return Promise.reject(new CommandError(t("stage.status.offline")));
    return queue.hold(cmd, fields);
  }

  function sendNow(cmd, fields = {}) {
    const id = nextId++;
    if (socket?.readyState !== WebSocket.OPEN) {
      return Promise.reject(new CommandError(t("stage.status.offline")));
    }
    socket.send(JSON.stringify({ ...fields, cmd, id }));
    return reply(id, false);
  }

  function post(cmd, fields = {}) {
    const id = nextId++;
    outbox.push({ ...fields, cmd, id });
    tellPage();
    return reply(id, true);
  }

  function tellPage() {
    clearTimeout(repeating);
    if (connection.state !== "fallback" || !outbox.length) return;
    sendFallback([...outbox]);
    repeating = setTimeout(tellPage, TOLD_AGAIN);
  }

  function reply(id, posted) {
    return new Promise((resolve, reject) => {
      const late = () => {
        forget(id);
        reject(new CommandError(t("stage.status.no_answer")));
        if (!posted) socket?.close(); // a connection that no longer answers is a lost one
      };
      waiting.set(id, { resolve, reject, posted, timer: setTimeout(late, REPLY_LIMIT) });
    });
  }

  function forget(id) {
    clearTimeout(waiting.get(id)?.timer);
    waiting.delete(id);
    outbox = outbox.filter((command) => command.id !== id);
  }

  function tell(cmd, fields = {}) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ ...fields, cmd }));
  }

  function feed(messages) {
    for (const [number, message] of messages) {
      if (number <= fed) continue;
      fed = number;
      try {
        const read = decodeMessage(message, decode);
        if ("frame" in read) onFrame(read.frame);
        else takeText(read.text);
      } catch (error) {
        console.error("stage: a fallback message could not be read", error);
      }
    }
  }

  /** @param {(entry: {posted: boolean}) => boolean} [which] */
  function rejectAll(which = () => true) {
    for (const [id, entry] of [...waiting]) {
      if (!which(entry)) continue;
      forget(id);
      entry.reject(new CommandError(t("stage.status.offline")));
    }
  }

  function reopen(newPath) {
    address = newPath;
    failures = 0;
    everServed = false;
    shut();
    become("connecting");
    open();
  }

  function shut() {
    clearTimeout(timer);
    clearTimeout(repeating);
    const old = socket;
    socket = null;
    rejectAll();
    old?.close();
  }

  function close() {
    connection.state = "closed";
    shut();
    queue.drop();
  }

  function poll() {
    failures = TRIES;
    become("fallback");
    timer = setTimeout(open, RETRY_IN_FALLBACK);
  }

  if (polled)
    timer = setTimeout(poll); // the caller knows the connection by then
  else open();
  return connection;
}

/**
 * The socket's full address on the page's host.
 * @param {string} path
 * @returns {string}
 */
export function socketUrl(path) {
  const url = new URL(path, globalThis.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
