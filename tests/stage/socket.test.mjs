/** The connection to the live server, against a socket that the test holds in its hands. */

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

globalThis.location ??= /** @type {any} */ ({ href: "http://host:8501/app/" });

/** Every socket that was made, the newest last. */
let sockets = [];

class Socket {
  static OPEN = 1;

  constructor(url) {
    Object.assign(this, { url, readyState: 0, sent: [] });
    sockets.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.end(1000);
  }

  accept() {
    this.readyState = 1;
    this.onopen();
  }

  say(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }

  end(code) {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose({ code });
  }
}

globalThis.WebSocket = /** @type {any} */ (Socket);

const { connect, socketUrl } = await import(
  new URL("../../playground/stage/static/shell/socket.js", import.meta.url).href
);

const last = () => sockets[sockets.length - 1];
let seen;

function connected(options = {}) {
  seen = { states: [], texts: [], posted: [], gone: 0 };
  return connect({
    path: "live/abc",
    t: (key) => key,
    onText: (message) => seen.texts.push(message),
    onFrame: () => {},
    onState: (state) => seen.states.push(state),
    onGone: () => seen.gone++,
    sendFallback: (commands) => seen.posted.push(commands),
    ...options,
  });
}

/** Open the newest socket and let it serve. */
function serve() {
  last().accept();
  last().say({ type: "scene" });
  last().say({ type: "done", id: last().sent[0].id });
}

beforeEach(() => {
  sockets = [];
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
});

test("where the browser makes no socket the page carries what is sent", () => {
  const forbidden = mock.method(globalThis, "WebSocket", function forbidden() {
    throw new DOMException("refused by policy", "SecurityError");
  });
  mock.method(console, "warn", () => {});
  const connection = connected();
  assert.deepEqual(seen.states, [], "the caller has the connection first");
  mock.timers.tick(0);
  assert.deepEqual(seen.states, ["fallback"]);
  assert.equal(seen.posted[0][0].cmd, "hello");
  connection.send("play").catch(() => {});
  assert.equal(seen.posted.at(-1).at(-1).cmd, "play");
  forbidden.mock.restore();
  connection.close();
});

test("the address follows the page's", () => {
  assert.equal(socketUrl("live/abc"), "ws://host:8501/app/live/abc");
});

test("a command that is given early waits for the socket, and is answered", async () => {
  const connection = connected();
  const reply = connection.send("play");
  assert.deepEqual(last().sent, []);
  serve();
  assert.deepEqual(seen.states, ["open"]);
  assert.deepEqual(
    last().sent.map(({ cmd }) => cmd),
    ["hello", "play"],
  );
  last().say({ type: "done", id: last().sent[1].id, epoch: 3 });
  assert.equal((await reply).epoch, 3);
  assert.deepEqual(seen.texts, [{ type: "scene" }]);
});

test("a refusal rejects with its words and its field; the same reply once more is passed over", async () => {
  const connection = connected();
  serve();
  const reply = connection.send("speed");
  const refusal = { type: "error", id: last().sent[1].id, message: "too fast", field: "speed" };
  last().say(refusal);
  await assert.rejects(reply, { message: "too fast", field: "speed" });
  last().say(refusal);
  assert.deepEqual(seen.texts, [{ type: "scene" }]);
  last().say({ type: "error", id: null, message: "the network fails" });
  assert.equal(seen.texts[1].message, "the network fails");
});

test("a lost socket is opened again after a while; what it had not answered fails, what comes then waits", async () => {
  const connection = connected();
  serve();
  const unanswered = connection.send("step");
  last().end(1006);
  await assert.rejects(unanswered, { message: "stage.status.offline" });
  assert.equal(connection.state, "reconnecting");
  const later = connection.send("epoch");
  mock.timers.tick(250);
  assert.equal(sockets.length, 2);
  serve();
  const { id } = last().sent.find(({ cmd }) => cmd === "epoch");
  last().say({ type: "done", id });
  assert.equal((await later).type, "done");
});

test("an unanswered command ends the connection, which is opened anew", async () => {
  const connection = connected();
  serve();
  const unanswered = connection.send("step");
  mock.timers.tick(15_000);
  await assert.rejects(unanswered, { message: "stage.status.no_answer" });
  mock.timers.tick(250);
  assert.equal(sockets.length, 2);
});

test("three failures in a row bring the page itself as a way, until a socket opens", async () => {
  const connection = connected();
  const given = connection.send("play");
  for (const wait of [250, 600, 0]) {
    last().end(1006);
    mock.timers.tick(wait);
  }
  assert.deepEqual(seen.states, ["fallback"]);
  const posted = seen.posted[seen.posted.length - 1];
  assert.deepEqual(
    posted.map(({ cmd }) => cmd),
    ["hello", "play"],
  );
  connection.feed([[1, JSON.stringify({ type: "done", id: posted[1].id })]]);
  assert.equal((await given).type, "done");
  const unanswered = connection.send("step");
  mock.timers.tick(30_000);
  unanswered.catch(() => {});
  serve();
  assert.deepEqual(seen.states, ["fallback", "open"]);
});

test("the page is told again of what it left unanswered, under the same numbers", () => {
  const connection = connected({ polled: true });
  mock.timers.tick(0);
  connection.send("epoch").catch(() => {});
  const first = seen.posted[seen.posted.length - 1];
  const times = seen.posted.length;
  mock.timers.tick(2000);
  assert.deepEqual(seen.posted.slice(times), [first]);
  connection.feed(first.map(({ id }, i) => [i + 1, JSON.stringify({ type: "done", id })]));
  mock.timers.tick(10_000);
  assert.equal(seen.posted.length, times + 1);
});

test("messages of the page count once each, in order", () => {
  const connection = connected({ polled: true });
  mock.timers.tick(0);
  const message = (number) => [number, JSON.stringify({ type: "notice", number })];
  connection.feed([message(1), message(2)]);
  connection.feed([message(1), message(2), message(3)]);
  assert.deepEqual(
    seen.texts.map(({ number }) => number),
    [1, 2, 3],
  );
});

test("a session that has ended is asked for anew, now and then; a full one is tried later", () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  connected();
  last().end(4404);
  assert.deepEqual([seen.states, seen.gone], [["gone"], 1]);
  mock.timers.tick(8000);
  assert.equal(sockets.length, 2);
  last().end(4429);
  assert.deepEqual(seen.states, ["gone", "full"]);
  mock.timers.tick(10_000);
  assert.equal(sockets.length, 3);
});

test("a closed connection stays closed", async () => {
  const connection = connected();
  serve();
  const unanswered = connection.send("step");
  connection.close();
  await assert.rejects(unanswered);
  await assert.rejects(connection.send("step"), { message: "stage.status.offline" });
  mock.timers.tick(60_000);
  assert.equal(sockets.length, 1);
});
