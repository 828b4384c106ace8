/** Small helpers to build and update the DOM. Text always goes in as text, never as markup. */

const SVG = "http://www.w3.org/2000/svg";

/** Outlines on a 24×24 grid, drawn with the current colour; `fill` marks the solid ones. */
const ICONS = {
  play: { fill: "M7 4.5v15l13-7.5z" },
  pause: { fill: "M6 4.5h4v15H6zM14 4.5h4v15h-4z" },
  step: { fill: "M5 5v14l9-7zM16.5 5H19v14h-2.5z" },
  epoch: { fill: "M3 5v14l7.5-7zM11 5v14l7.5-7zM19 5h2.2v14H19z" },
  reset: { line: "M4 11a8 8 0 1 1 2.3 6.2M4 5v6h6" },
  redraw: {
    line: "M4 4h16v16H4z",
    fill: "M7 7h2.6v2.6H7zM14.4 7H17v2.6h-2.6zM10.7 10.7h2.6v2.6h-2.6zM7 14.4h2.6V17H7zM14.4 14.4H17V17h-2.6z",
  },
  slow: { line: "M4 18h16M4 18l5-6 4 3 6-9M15.5 6H19v3.5" },
  fullscreen: { line: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5" },
  help: { line: "M9 9a3 3 0 1 1 4.2 2.8c-.8.4-1.2 1-1.2 2.2M12 17.6v.4" },
  save: { line: "M12 4v11M7.5 10.5L12 15l4.5-4.5M4 20h16" },
  close: { line: "M5 5l14 14M19 5L5 19" },
  live: { fill: "M12 5a7 7 0 1 0 0 14a7 7 0 1 0 0-14z" },
  ghost: { line: "M3 17c3-9 6-11 9-11M14.5 6.6l1.7.8M18.4 9.6l1 1.7M20.4 14.2l.4 2.6" },
  pin: { line: "M9 3.5h6l-.8 6.5 3.3 3.5h-11L9.8 10zM12 13.5V21" },
  delete: { line: "M4 7h16M9.5 7V4h5v3M6.5 7l1 13h9l1-13M10.2 11v5.5M13.8 11v5.5" },
  good: { line: "M5 12.5l4.5 4.5L19 7.5" },
  info: { line: "M12 11v6M12 7v.5" },
  warn: { line: "M12 4L2.8 20h18.4zM12 10v5M12 17v.5" },
};

/**
 * Create an element.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {object} [attributes] attributes; `class`, `text` (its textContent), `on` (listeners by event) and
 *   `children` have their own meaning; `false`, `null` and `undefined` leave an attribute out
 * @param {...(Node|string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "text") element.textContent = value;
    else if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

/**
 * @param {keyof ICONS} name
 * @returns {SVGElement} the icon, hidden from assistive technology
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "stage-icon");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  for (const kind of ["line", "fill"]) {
    if (!ICONS[name][kind]) continue;
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", ICONS[name][kind]);
    path.setAttribute("class", `stage-icon-${kind}`);
    svg.append(path);
  }
  return svg;
}

/**
 * The element with the focus, as seen from another one: inside the same shadow root.
 * @param {Element} element
 * @returns {HTMLElement | null}
 */
export function activeAround(element) {
  const root = /** @type {Document | ShadowRoot} */ (element.getRootNode());
  return /** @type {HTMLElement | null} */ (root.activeElement);
}

/**
 * The first element inside another one that a selector fits.
 * @param {Element} element
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
export const within = (element, selector) => element.querySelector(selector);

/**
 * Set an element's text, only when it differs (writing the same text still costs a layout).
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Set an attribute, only when it differs; null removes it.
 * @param {Element} element
 * @param {string} name
 * @param {string|number|boolean|null} value
 */
export function setAttribute(element, name, value) {
  if (value === null || value === undefined) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, String(value));
  }
}

/**
 * Call `draw` at most once per animation frame, and at most once per `interval` milliseconds. A drawing that takes
 * long is called less often, so that it never fills more than an eighth of the time.
 * @param {() => void} draw
 * @param {number} [interval]
 * @returns {{request: () => void, cancel: () => void}}
 */
export function throttled(draw, interval = 0) {
  let frame = 0;
  let timer = 0;
  let last = -Infinity;
  let cost = 0;
  const run = () => {
    frame = 0;
    last = performance.now();
    draw();
    cost = 0.7 * cost + 0.3 * (performance.now() - last);
  };
  return {
    request() {
      if (frame || timer) return;
      const wait = last + Math.max(interval, interval && 8 * cost) - performance.now();
      if (wait <= 4) frame = requestAnimationFrame(run);
      else {
        timer = setTimeout(() => {
          timer = 0;
          frame = requestAnimationFrame(run);
        }, wait);
      }
    },
    cancel() {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      frame = 0;
      timer = 0;
    },
  };
}

/**
 * A number for reading: fixed digits so that columns of numbers stand still.
 * @param {number|null|undefined} value
 * @param {number} digits decimals
 * @returns {string} "–" when there is no value
 */
export function decimal(value, digits = 3) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size >= 1e5) return value.toExponential(2).replace("-", "−");
  if (size > 0 && size < 10 ** -digits) return value.toExponential(1).replaceAll("-", "−");
  return value.toFixed(digits).replace("-", "−");
}

/**
 * @param {number|null|undefined} share from 0 to 1
 * @returns {string} as per cent
 */
export function percent(share) {
  return share === null || share === undefined || Number.isNaN(share) ? "–" : `${(100 * share).toFixed(1)} %`;
}

/**
 * A whole number with thousands separated.
 * @param {number|null|undefined} value
 * @returns {string}
 */
export function whole(value) {
  return value === null || value === undefined ? "–" : Math.round(value).toLocaleString("en-US");
}
