/** The charts of a page as the server specifies them: one file, fetched when the first chart is drawn. */

/** @type {Map<string, Promise<Object<string, object>>>} */
const loading = new Map();

/**
 * Load the specifications of a page's charts, once for the page.
 * @param {{modules: string, specs: string}} data where the stage's files lie, and the name of the file
 * @returns {Promise<Object<string, object>>} Vega-Lite specifications with named data sets, by name
 */
export function loadSpecs({ modules, specs }) {
  const address = new URL(modules + specs, document.baseURI).href;
  let found = loading.get(address);
  if (!found) {
    found = fetched(address).catch((error) => {
      loading.delete(address); // the next chart tries again
      throw error;
    });
    loading.set(address, found);
  }
  return found;
}

async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status} ${address}`);
  return answer.json();
}
