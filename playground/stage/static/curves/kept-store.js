/** Runs that the browser keeps for this site, in its IndexedDB: the newest ones, until they are deleted. */

const NAME = "playground-runs";
const RUNS = "runs";
/** Runs that are kept; the oldest makes way. */
export const MOST_KEPT = 30;

/**
 * @typedef {{id: number, time: number, log: object, seen: object}} Kept a run with its number, and when it was kept
 * @typedef {object} KeptStore
 * @property {() => Promise<Kept[]>} all newest first
 * @property {(run: import("./kept-file.js").KeptRun) => Promise<void>} add
 * @property {(id: number) => Promise<void>} remove
 */

/** @returns {KeptStore} whose promises fail where the browser keeps nothing */
export function openKept() {
  let opening = null;

  function open() {
    opening ??= new Promise((resolve, reject) => {
      const asked = globalThis.indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(RUNS, { keyPath: "id", autoIncrement: true });
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
    opening.catch(() => (opening = null)); // the next try opens it anew
    return opening;
  }

  /** Do something within one transaction; resolves with what the request gave, once all of it is written. */
  async function within(mode, act) {
    const database = await open();
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(RUNS, mode);
      const request = act(transaction.objectStore(RUNS));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  }

  return {
    all: async () => (await within("readonly", (runs) => runs.getAll())).reverse(),
    add: async (run) => {
      await within("readwrite", (runs) => {
        const added = runs.add({ ...run, time: Date.now() });
        const keys = runs.getAllKeys();
        keys.onsuccess = () => keys.result.slice(0, -MOST_KEPT).forEach((id) => runs.delete(id));
        return added;
      });
    },
    remove: async (id) => {
      await within("readwrite", (runs) => runs.delete(id));
    },
  };
}
