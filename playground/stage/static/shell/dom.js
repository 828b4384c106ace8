/** Small helpers to build and update the DOM. Text always goes in as text, never as markup. */

const SVG = "http://www.w3.org/2000/svg";

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
 * A small drawing in the colour of the text around it, hidden from assistive technology.
 * @param {number} size of its square grid
 * @param {string} classes
 * @param {...{tag?: string, [attribute: string]: string}} shapes attributes of each; a path where no `tag` is named
 * @returns {SVGElement}
 */
export function drawing(size, classes, ...shapes) {
  const make = ({ tag = "path", ...attributes }) => {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  };
  const hidden = { "aria-hidden": "true", focusable: "false" };
  const svg = make({ tag: "svg", viewBox: `0 0 ${size} ${size}`, class: classes, ...hidden });
  svg.append(...shapes.map(make));
  return /** @type {SVGElement} */ (svg);
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
