// Runs once in each page: what Streamlit leaves to the page around it. Filled in by navigation.py.
(() => {
  document.documentElement.lang = "{language}";
  const words = (globalThis.playgroundWords ??= {});
  words.selected = "{selected}";
  words.outside = "{outside}";
  words.openOutside = "{openOutside}";
  words.own = "{own}";
  if (words.installed) {
    words.translate();
    return;
  }
  words.installed = true;

  // --- what Streamlit says by itself, in the visitor's language ------------------------------------------------

  const NAMING = ["aria-label", "title", "placeholder", "alt"];
  /** Where words are the page's or a visitor's, and where some of Streamlit's stand among them all the same. */
  const OTHERS =
    '[data-testid="stMarkdownContainer"], [role="option"], [data-testid="stMultiSelectTagsContainer"] *, canvas, pre, code, script, style, textarea';
  const ITS_OWN = '[data-testid="stTooltipContent"] *, [data-testid="stFileUploaderDropzone"] *, [role="listbox"][data-empty="true"] *';
  /** What a node's text or an element's attribute said before: `[its, ours]`. */
  const replaced = new WeakMap();
  let exact = new Map();
  let patterns = [];

  function learn() {
    exact = new Map(words.own.filter(([its]) => !its.includes("{name}")));
    patterns = words.own
      .filter(([its]) => its.includes("{name}"))
      .map(([its, ours]) => {
        const parts = its.split("{name}").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
        return [new RegExp(`^${parts.join("(.+)")}$`, "s"), ours];
      });
  }

  /** What this language says for it; null where it is not Streamlit's. `whole`: also words without a name in them. */
  function saying(its, whole) {
    const plain = its.trim();
    if (!plain || plain.length > 200) return null;
    if (whole && exact.has(plain)) return exact.get(plain);
    for (const [pattern, ours] of patterns) {
      const found = pattern.exec(plain);
      if (found) return ours.replace("{name}", () => found[1]);
    }
    return null;
  }

  /** Put this language's words in the place of Streamlit's, or of those that another language had put there. */
  function put(node, slot, now, whole, write) {
    const slots = replaced.get(node) ?? {};
    const [before, ours] = slots[slot] ?? [];
    const its = now === ours ? before : now;
    const said = saying(its, whole) ?? its;
    if (said !== its || now === ours) replaced.set(node, { ...slots, [slot]: [its, said] });
    if (said !== now) write(said);
  }

  function nameAnew(element) {
    const chosen = element.matches('[data-testid="stMultiSelectTagsContainer"] *');
    const field = element.matches('input:not([type="file"]), textarea');
    for (const attribute of NAMING) {
      const now = element.getAttribute(attribute);
      // The label of a field, and a value that was chosen, may be a visitor's word.
      if (!now || (field && attribute !== "placeholder")) continue;
      put(element, attribute, now, !chosen, (said) => element.setAttribute(attribute, said));
    }
  }

  function say(node) {
    const around = node.parentElement;
    if (!around || (around.closest(OTHERS) && !around.closest(ITS_OWN))) return;
    put(node, "text", node.nodeValue, true, (said) => (node.nodeValue = said));
  }

  function translate(node) {
    if (node.nodeType === Node.TEXT_NODE) say(node);
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    nameAnew(node);
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) (walker.currentNode.nodeType === Node.TEXT_NODE ? say : nameAnew)(walker.currentNode);
  }

  words.translate = () => {
    learn();
    translate(document.body);
  };
  words.translate();
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === "attributes") nameAnew(target);
      else if (type === "characterData") say(target);
      else addedNodes.forEach(translate);
    }
  }).observe(document.body, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
    attributeFilter: NAMING,
  });

  // --- one entry of the browser's history for each change of a setting ---------------------------------------

  /** Milliseconds without a touch of the controls after which the next one begins another movement. */
  const MOVEMENT = 1000;
  const push = history.pushState.bind(history);
  const replace = history.replaceState.bind(history);
  let names = "";
  let touchedAt = -Infinity;
  let movement = 0;
  let pushedIn = 0;

  // Told by the hands and not by the server: on a busy one the addresses of one movement come far apart.
  for (const kind of ["keydown", "pointerdown", "pointermove"])
    addEventListener(
      kind,
      (event) => {
        if (event instanceof PointerEvent && !event.buttons) return;
        if (event.timeStamp - touchedAt > MOVEMENT) movement++;
        touchedAt = event.timeStamp;
      },
      { capture: true, passive: true },
    );

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
    const moves = changed === names && !/\bsection\b/.test(changed) && pushedIn === movement;
    const here = next.pathname === location.pathname;
    names = here ? changed : "";
    pushedIn = movement;
    (here && (moves || foreign(before)) ? replace : push)(state, title, url);
  };
  addEventListener("popstate", () => (names = ""));

  // --- copying where the browser lends no clipboard (pages that do not come by https) -----------------------------

  /** A note at the foot of the page that says something; the one before it goes. */
  function noteSaying(sentence) {
    document.querySelector(".playground-note")?.remove();
    const note = document.createElement("div");
    note.className = "playground-note";
    const said = document.createElement("p");
    said.setAttribute("role", "status");
    said.textContent = sentence;
    note.append(said);
    document.body.append(note);
    return note;
  }

  /** Shows the text, selected, and says what to do with it. */
  async function writeText(text) {
    const note = noteSaying(words.selected);
    const field = document.createElement("textarea");
    field.readOnly = true;
    field.rows = 3;
    field.value = text;
    field.setAttribute("aria-label", words.selected);
    note.append(field);
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

  // --- browsers within a messenger, which save no files ---------------------------------------------------------

  /** KakaoTalk's names itself, and opens an address in the browser outside when it is asked by this one. */
  if (/KAKAOTALK/i.test(navigator.userAgent)) {
    const click = HTMLAnchorElement.prototype.click;
    HTMLAnchorElement.prototype.click = function clicked() {
      if (!this.hasAttribute("download")) return click.call(this);
      const way = document.createElement("a");
      way.href = `kakaotalk://web/openExternal?url=${encodeURIComponent(location.href)}`;
      way.textContent = words.openOutside;
      const note = noteSaying(words.outside);
      note.append(way);
      way.focus();
      return undefined;
    };
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
