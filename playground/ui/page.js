// Runs once in each page: what Streamlit leaves to the page around it. Filled in by navigation.py.
(() => {
  document.documentElement.lang = "{language}";
  const words = (globalThis.playgroundWords ??= {});
  words.selected = "{selected}";
  if (words.installed) return;
  words.installed = true;

  // --- one entry of the browser's history for each change of a setting ---------------------------------------

  /** Milliseconds within which further changes of the same settings belong to one movement of a slider. */
  const MOVEMENT = 1000;
  const push = history.pushState.bind(history);
  const replace = history.replaceState.bind(history);
  let names = "";
  let pushedAt = -Infinity;

  const differing = (before, after) =>
    [...new Set([...before.keys(), ...after.keys()])]
      .filter((name) => before.get(name) !== after.get(name))
      .sort()
      .join();
  /** Whether an address asks for something, but not as the page itself writes it. */
  const foreign = (query) => !query.has("v") && !query.has("section");

  history.pushState = (state, title, url) => {
    const next = new URL(url ?? location.href, location.href);
    const before = new URLSearchParams(location.search);
    const changed = differing(before, next.searchParams);
    const moves = changed === names && !/\bsection\b/.test(changed) && performance.now() - pushedAt < MOVEMENT;
    const here = next.pathname === location.pathname;
    names = here ? changed : "";
    pushedAt = performance.now();
    (here && (moves || foreign(before)) ? replace : push)(state, title, url);
  };
  addEventListener("popstate", () => (names = ""));

  // --- copying where the browser lends no clipboard (pages that do not come by https) -----------------------------

  /** Shows the text, selected, and says what to do with it. */
  async function writeText(text) {
    document.querySelector(".playground-copy")?.remove();
    const note = document.createElement("div");
    note.className = "playground-copy";
    const said = document.createElement("p");
    said.setAttribute("role", "status");
    said.textContent = words.selected;
    const field = document.createElement("textarea");
    field.readOnly = true;
    field.rows = 3;
    field.value = text;
    field.setAttribute("aria-label", words.selected);
    note.append(said, field);
    document.body.append(note);
    field.focus();
    field.select();
    document.execCommand("copy"); // many browsers still do
    field.addEventListener("blur", () => note.remove());
  }
  if (!navigator.clipboard) Object.defineProperty(navigator, "clipboard", { value: { writeText } });
  else {
    // A frame in another site's page may be refused it.
    const write = navigator.clipboard.writeText.bind(navigator.clipboard);
    navigator.clipboard.writeText = (text) => write(text).catch(() => writeText(text));
  }

  // --- printing: charts are not drawn anew for paper, so the whole page is made to fit -----------------------------

  /** Pixels across what is printed of A4 and Letter between margins of 12 mm. */
  const PAPER = 700;
  addEventListener("beforeprint", () => {
    const page = document.querySelector('[data-testid="stMainBlockContainer"]');
    if (!page) return;
    const style = getComputedStyle(page);
    const width = page.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    page.style.setProperty("--on-screen", `${width}px`);
    page.style.setProperty("--to-paper", String(Math.min(1, PAPER / width)));
  });

  // --- a code that is read from the back row ------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const code = event.target.closest?.(".st-key-share-code img");
    if (!code) return;
    if (document.fullscreenElement) document.exitFullscreen();
    else if (document.fullscreenEnabled) code.requestFullscreen();
    else code.classList.toggle("playground-full"); // a frame fills itself
  });

  // --- a projector and its clicker ---------------------------------------------------------------------------

  const LINKS = { PageUp: "section_back", ArrowLeft: "section_back", PageDown: "section_next", ArrowRight: "section_next" };
  /** Where a key means something of its own. */
  const OWN = "input, textarea, select, button, [contenteditable], [role], [tabindex], canvas, iframe";

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const target = event.composedPath()[0];
    if (target instanceof Element && target !== document.body && target.closest(OWN)) return;
    const name = event.code === "KeyP" ? "view_switch" : LINKS[event.key];
    const link = name && document.querySelector(`.st-key-${name} a`);
    if (!link) return;
    event.preventDefault();
    link.click();
  });
})();
