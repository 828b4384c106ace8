/**
 * Colours of the stage. They follow Streamlit's theme, whose CSS custom properties (`--st-…`) every
 * components-v2 component inherits; without them (a test page) the light defaults hold.
 */

/** Okabe–Ito order, starting with blue and orange: class 0, class 1, … Readable on light and dark. */
export const classes = [
  "#0877bd",
  "#f59322",
  "#009e73",
  "#cc79a7",
  "#56b4e9",
  "#d55e00",
  "#e6c700",
  "#8c6bb1",
  "#7f7f7f",
  "#a6761d",
];

/** Ends of the diverging scale: negative (class 0) and positive (class 1). */
const NEGATIVE = [8, 119, 189];
const POSITIVE = [245, 147, 34];
const MIDDLE = { light: [232, 234, 235], dark: [44, 48, 56] };

/**
 * The diverging scale.
 * @param {number} t from −1 (blue, negative) over 0 (neutral) to 1 (orange, positive); clamped
 * @param {boolean} [dark] near-black instead of near-white in the middle
 * @returns {[number, number, number]} red, green and blue from 0 to 255
 */
export function diverging(t, dark = false) {
  const value = Math.max(-1, Math.min(1, Number.isFinite(t) ? t : 0));
  const end = value < 0 ? NEGATIVE : POSITIVE;
  const middle = dark ? MIDDLE.dark : MIDDLE.light;
  const share = Math.abs(value);
  return /** @type {[number, number, number]} */ (middle.map((m, i) => Math.round(m + (end[i] - m) * share)));
}

/**
 * @param {number[]} colour red, green, blue from 0 to 255
 * @param {number} [alpha] from 0 to 1
 * @returns {string} the CSS colour
 */
export function css(colour, alpha = 1) {
  return `rgba(${colour[0]}, ${colour[1]}, ${colour[2]}, ${alpha})`;
}

/**
 * @typedef {object} Theme
 * @property {boolean} dark
 * @property {string} text text colour
 * @property {string} muted colour of secondary text
 * @property {string} background
 * @property {string} surface colour of raised areas
 * @property {string} primary
 * @property {string} border
 * @property {string} grid colour of grid lines
 * @property {string} font
 * @property {string[]} classes colours of the classes
 * @property {number} type by how much letters and lines are larger than usual
 * @property {(t: number) => [number, number, number]} diverging the scale with this theme's middle
 * @property {boolean} [clear] nothing lies behind a saved figure
 */

/** Streamlit's light theme. */
export const DEFAULTS = {
  "background-color": "#ffffff",
  "secondary-background-color": "#f0f2f6",
  "text-color": "#31333f",
  "primary-color": "#ff4b4b",
  font: "system-ui, sans-serif",
};

/** By how much letters and lines are larger on a projector: labels of 11 pixels become 20. */
export const PROJECTED = 1.85;
/** What of a chart's specification grows with them. */
const LARGER = new Set(["strokeWidth", "fontSize", "size", "minExtent", "maxExtent"]);

/**
 * Read the theme from the CSS custom properties that `element` inherits.
 * @param {Element} element
 * @returns {Theme}
 */
export function readTheme(element) {
  const style = getComputedStyle(element);
  const read = (name) => style.getPropertyValue(`--st-${name}`).trim() || DEFAULTS[name];
  const named = Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, read(name)]));
  return {
    ...coloursOf(named),
    primary: named["primary-color"],
    font: named.font,
    classes,
    type: isProjected(element) ? PROJECTED : 1,
  };
}

/**
 * What of a theme follows from its background and its text.
 * @param {Object<string, string>} named colours by the names of Streamlit's custom properties
 */
export function coloursOf(named) {
  const background = parseColour(named["background-color"]) ?? [255, 255, 255];
  const text = parseColour(named["text-color"]) ?? [49, 51, 63];
  const dark = luminance(background) < 0.4;
  const mix = (share) => css(background.map((b, i) => Math.round(b + (text[i] - b) * share)));
  return {
    dark,
    text: css(text),
    muted: mix(0.68),
    background: css(background),
    surface: named["secondary-background-color"],
    border: mix(0.2),
    grid: mix(0.1),
    diverging: (/** @type {number} */ t) => diverging(t, dark),
  };
}

/** Whether the page is shown to a room: the component, or anything around it, says `data-projector`. */
function isProjected(element) {
  const root = element.getRootNode();
  const host = root instanceof ShadowRoot ? root.host : null;
  return Boolean(element.closest("[data-projector]") ?? host?.closest("[data-projector]"));
}

/**
 * The specification with its lines, marks and letters larger by the theme's `type`.
 * @param {*} spec
 * @param {number} type
 * @returns {*} a copy
 */
export function enlarged(spec, type) {
  if (type === 1 || spec === null || typeof spec !== "object") return spec;
  if (Array.isArray(spec)) return spec.map((each) => enlarged(each, type));
  const larger = (key, value) =>
    LARGER.has(key) && typeof value === "number" ? value * type : key === "datasets" ? value : enlarged(value, type);
  return Object.fromEntries(Object.entries(spec).map(([key, value]) => [key, larger(key, value)]));
}

/**
 * Vega's configuration for charts in this theme.
 * @param {Theme} theme
 * @returns {object} a Vega-Lite `config`
 */
export function vegaConfig(theme) {
  const size = theme.type === 1 ? {} : { labelFontSize: 11 * theme.type, titleFontSize: 11 * theme.type };
  const label = { labelColor: theme.muted, titleColor: theme.text, labelFont: theme.font };
  return {
    background: theme.clear ? null : theme.background, // also that of a saved picture
    font: theme.font,
    view: { stroke: null },
    axis: {
      ...label,
      ...size,
      titleFont: theme.font,
      titleFontWeight: 500,
      domainColor: theme.border,
      tickColor: theme.border,
      gridColor: theme.grid,
    },
    legend: { ...label, ...size, titleFont: theme.font },
    header: { ...label, ...size, titleFont: theme.font, labelColor: theme.text },
    title: { color: theme.text, font: theme.font, fontWeight: 500, anchor: "start", fontSize: 12 * theme.type },
    text: { color: theme.text, font: theme.font },
    rule: { color: theme.muted },
  };
}

/**
 * @param {string} text a CSS colour: `#rgb`, `#rrggbb`, `rgb(…)` or `rgba(…)`
 * @returns {number[]|null} red, green, blue from 0 to 255; null for another notation
 */
export function parseColour(text) {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})([0-9a-f]{2})?$/i.exec(text);
  if (hex) {
    const digits = hex[1].length === 3 ? [...hex[1]].map((d) => d + d).join("") : hex[1];
    return [0, 2, 4].map((i) => parseInt(digits.slice(i, i + 2), 16));
  }
  const parts = /^rgba?\(([^)]*)\)$/i.exec(text);
  if (!parts) return null;
  const numbers = parts[1]
    .split(/[\s,/]+/)
    .filter(Boolean)
    .map(parseFloat);
  return numbers.length >= 3 ? numbers.slice(0, 3) : null;
}

/** @param {number[]} colour */
function luminance([red, green, blue]) {
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}
