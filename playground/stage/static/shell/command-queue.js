/** Commands that were given before the connection was open: they wait, and are sent in order when it is. */

/** Commands of which only the newest of a group counts; all others are sent one by one. */
const GROUPS = {
  play: "play",
  pause: "play",
  speed: "speed",
  stop_at: "stop_at",
  focus: "focus",
  grid: "grid",
  panels: "panels",
  scrub: "scrub",
  ghost: "ghost",
  inspect: "inspect",
};

/**
 * @param {object} options
 * @param {number} options.patience milliseconds after which a waiting command is given up
 * @param {number} options.most commands that may wait
 * @param {() => Error} options.refusal what a command that was given up is rejected with
 * @returns {{hold: (cmd: string, fields: object) => Promise<object>,
 *   flush: (send: (cmd: string, fields: object) => Promise<object>) => void, drop: () => void}} `hold` lets a
 *   command wait; `flush` sends all; `drop` gives all up
 */
export function createQueue({ patience, most, refusal }) {
  let entries = [];

  function giveUp(entry) {
    clearTimeout(entry.timer);
    entries = entries.filter((other) => other !== entry);
    entry.reject(refusal());
  }

  return {
    hold(cmd, fields) {
      const group = GROUPS[cmd];
      const older = group && entries.find((entry) => GROUPS[entry.cmd] === group);
      if (older) {
        Object.assign(older, { cmd, fields });
        return older.promise;
      }
      if (entries.length >= most) return Promise.reject(refusal());
      const entry = { cmd, fields };
      entry.promise = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
      entry.timer = setTimeout(() => giveUp(entry), patience);
      entries.push(entry);
      return entry.promise;
    },
    flush(send) {
      const waiting = entries;
      entries = [];
      for (const { cmd, fields, timer, resolve, reject } of waiting) {
        clearTimeout(timer);
        send(cmd, fields).then(resolve, reject);
      }
    },
    drop() {
      for (const entry of [...entries]) giveUp(entry);
    },
  };
}
