/**
 * What was painted and has yet to come back: operations are sent in order, at most ten commands a second,
 * and shown at once until the scene that holds them arrives.
 */

const INTERVAL = 100;
/** Milliseconds after which a confirmed operation is forgotten even without a newer scene. */
const FORGET = 4000;

/**
 * @typedef {object} Operation
 * @property {"add" | "erase" | "undo" | "clear"} op
 * @property {number} stroke operations of one stroke are undone together
 * @property {number[][]} [rows]
 * @property {number} [x1]
 * @property {number} [x2]
 * @property {number} [radius]
 * @property {"waiting" | "sent" | "done"} state
 * @property {number} [revision] the scene's revision that holds it
 */

export class PaintQueue {
  /**
   * @param {object} host
   * @param {number} host.most rows that one command may hold
   * @param {(fields: object) => Promise<object>} host.send sends a `points` command
   * @param {() => number} host.revision revision of the scene in hand
   * @param {() => void} host.onChange what is shown at once has changed
   * @param {(message: string) => void} host.onError
   */
  constructor(host) {
    this.host = host;
    /** @type {Operation[]} */
    this.operations = [];
    this.timer = 0;
    this.lastSent = -Infinity;
    this.lastStroke = null;
  }

  /** Queue one row [x1, x2, y]. */
  add(row, stroke) {
    const last = this.operations.at(-1);
    if (last?.op === "add" && last.state === "waiting" && last.stroke === stroke && last.rows.length < this.host.most) {
      last.rows.push(row);
      this.#changed();
    } else {
      this.push({ op: "add", rows: [row], stroke });
    }
  }

  /** Queue any other operation. */
  push(operation) {
    this.operations.push({ ...operation, state: "waiting" });
    this.#changed();
  }

  /** Rows that are shown but not yet part of the scene. */
  get added() {
    let rows = [];
    for (const operation of this.operations) {
      if (operation.op === "add") rows.push(...operation.rows);
      else if (operation.op === "clear") rows = [];
      else if (operation.op === "erase") rows = rows.filter(([x1, x2]) => !covers(operation, x1, x2));
    }
    return rows;
  }

  /**
   * Which of the scene's points were just erased.
   * @returns {Uint8Array | null} 1 for each such point; null when none was
   */
  hidden(points) {
    const erasing = this.operations.filter(({ op }) => op === "erase" || op === "clear");
    if (!erasing.length) return null;
    return Uint8Array.from(points.x1, (x1, k) =>
      erasing.some((operation) => operation.op === "clear" || covers(operation, x1, points.x2[k])) ? 1 : 0,
    );
  }

  /** Forget what the newest scene holds. */
  settle() {
    const before = this.operations.length;
    const revision = this.host.revision();
    this.operations = this.operations.filter(
      ({ state, revision: held }) => state !== "done" || (held !== undefined && held > revision),
    );
    if (this.operations.length !== before) this.host.onChange();
  }

  destroy() {
    clearTimeout(this.timer);
    this.operations = [];
  }

  #changed() {
    this.host.onChange();
    this.#schedule();
  }

  #schedule() {
    if (this.timer) return;
    const wait = Math.max(0, this.lastSent + INTERVAL - performance.now());
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.#flush();
    }, wait);
  }

  async #flush() {
    if (this.operations.some(({ state }) => state === "sent")) return; // goes on when the answer is here
    const next = this.operations.find(({ state }) => state === "waiting");
    if (!next) return;
    next.state = "sent";
    this.lastSent = performance.now();
    const { stroke, ...fields } = next;
    delete fields.state;
    const continues = stroke !== undefined && stroke === this.lastStroke;
    this.lastStroke = stroke ?? null;
    try {
      const reply = await this.host.send(continues ? { ...fields, continues } : fields);
      next.state = "done";
      next.revision = reply?.revision;
      if (next.revision === undefined || next.revision > this.host.revision()) {
        setTimeout(() => this.#drop(next), FORGET);
      } else {
        this.#drop(next);
      }
    } catch (error) {
      this.#drop(next);
      this.host.onError(error.message);
    }
    this.#schedule();
  }

  #drop(operation) {
    const at = this.operations.indexOf(operation);
    if (at < 0) return;
    this.operations.splice(at, 1);
    this.host.onChange();
  }
}

/**
 * @param {{x1?: number, x2?: number, radius?: number}} operation
 * @param {number} px
 * @param {number} py
 */
const covers = ({ x1, x2, radius }, px, py) => (px - x1) ** 2 + (py - x2) ** 2 <= radius ** 2;
