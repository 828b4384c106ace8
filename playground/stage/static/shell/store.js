/**
 * What the parts of the stage share: the newest scene and frame, texts, theme, and a way to send commands.
 * Parts listen with `store.on`; nobody keeps a list of the parts.
 */

import { mergeHistory } from "./decode.js";

/**
 * @typedef {object} Store
 * @property {object|null} scene the newest scene message
 * @property {object|null} frame the newest header's fields, with `arrays`: the newest value of each array,
 *   also of those that the newest frame did not bring; each is a typed array with a `shape`
 * @property {number[][]} history rows of the run's history, in the order of decode.js's HISTORY_COLUMNS
 * @property {object|null} stats the newest statistics of the open panels
 * @property {object|null} runs the newest list of runs
 * @property {{revision: number, log: object|null}|null} log the run as a value, null in it where it cannot be repeated
 * @property {object|null} marks the epochs of the current run's checkpoints
 * @property {{id: number, name: string, rows: number[][]}|null} keptGhost a run that the browser keeps, drawn behind the
 *   curves instead of one of this visit
 * @property {string} ghostName what the ghost's legend says, "" without one
 * @property {boolean} slow whether a step is being walked through slowly; "slow" tells of changes
 * @property {Object<string, string>} labels texts by key
 * @property {import("./theme.js").Theme} theme
 * @property {boolean} reducedMotion
 * @property {HTMLElement} [root] what the component fills
 * @property {boolean} [connected] whether the server is reached
 * @property {string|null} [openPanel] the open panel's name
 * @property {string} [judgedPart] the part that errors are shown of; the one that the run is watched on until another is chosen
 * @property {object|null} [race] of a race: its newest description
 * @property {object|null} [standings] of a race: the newest standings
 * @property {number[]|null} [order] of a race: its lanes' numbers as they are shown
 * @property {{metric: string, reversed: boolean}} [sort] of a race: what its lanes are ordered by
 * @property {number[][]} [band] of a race's lane: the spread of its repeats, beside `history`
 * @property {import("../painting/painter.js").MapPainter} [painter] paints what the server need not send
 * @property {boolean} [readOnly] nothing about the network may be changed by hand
 * @property {string} [look] how saved figures look, one of `LOOKS`; where it was chosen
 * @property {object} data what the page handed to the stage
 * @property {(key: string, values?: object) => string} t
 * @property {(cmd: string, fields?: object) => Promise<object>} send
 * @property {(event: string, listener: (detail: *) => void) => () => void} on returns the way to stop
 * @property {(event: string, condition: () => boolean) => Promise<void>} until resolves when the condition holds, now or
 *   after one of these events
 * @property {(event: string, detail?: *) => void} emit
 */

/**
 * @param {{data: object, theme: import("./theme.js").Theme, reducedMotion: boolean,
 *   send: (cmd: string, fields?: object) => Promise<object>}} parts
 * @returns {Store}
 */
export function createStore({ data, theme, reducedMotion, send }) {
  const listeners = new Map();
  return {
    scene: null,
    frame: null,
    history: [],
    stats: null,
    runs: null,
    log: null,
    marks: null,
    keptGhost: null,
    ghostName: "",
    slow: false,
    labels: data.labels ?? {},
    theme,
    reducedMotion,
    data,
    send,
    t(key, values) {
      return fill(this.labels[key] ?? this.labels[key.replace(/^stage\./, "")] ?? key, values);
    },
    on(event, listener) {
      if (!listeners.has(event)) listeners.set(event, new Set());
      listeners.get(event).add(listener);
      return () => listeners.get(event).delete(listener);
    },
    until(event, condition) {
      return new Promise((done) => {
        if (condition()) return done();
        const off = this.on(event, () => {
          if (!condition()) return;
          off();
          done();
        });
        return undefined;
      });
    },
    emit(event, detail) {
      for (const listener of [...(listeners.get(event) ?? [])]) {
        try {
          listener(detail);
        } catch (error) {
          console.error(`stage: a listener of "${event}" failed`, error);
        }
      }
    },
  };
}

/**
 * Fill `{name}` placeholders; an unknown one stays as it is.
 * @param {string} text
 * @param {object} [values]
 * @returns {string}
 */
export function fill(text, values) {
  if (!values) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/**
 * Take a decoded frame into the store (without telling anybody).
 * @param {Store} store
 * @param {import("./decode.js").DecodedFrame} decoded
 * @returns {string[]} the names of the arrays that are new
 */
export function takeFrame(store, { header, arrays }) {
  const { history, ...kept } = arrays;
  store.frame = { ...header, arrays: { ...store.frame?.arrays, ...kept } };
  if (history && header.history) store.history = mergeHistory(store.history, history, header.history);
  return Object.keys(arrays);
}

/**
 * Take a scene into the store. Arrays of another network or other points than the scene's are dropped, so
 * that no part reads old numbers with the new layout; the next frame brings them again.
 * @param {Store} store
 * @param {object} scene
 */
export function takeScene(store, scene) {
  const before = store.scene;
  store.scene = scene;
  if (!before || !store.frame) return;
  const arrays = { ...store.frame.arrays };
  const changed = (read) => JSON.stringify(read(before)) !== JSON.stringify(read(scene));
  if (changed((s) => [s.layers, s.inputs])) {
    for (const name of ["parameters", "buffers", "units", "unit_stats", "dropped"]) delete arrays[name];
  }
  if (changed((s) => s.points?.x1.length)) {
    delete arrays.wrong;
    delete arrays.inputs;
  }
  if (changed((s) => [s.task, s.domain])) {
    delete arrays.map;
    delete arrays.confidence;
  }
  store.frame = { ...store.frame, arrays };
}
