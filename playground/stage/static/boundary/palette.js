/** Colours of the boundary: tables for the map and single colours for marks, from the stage's theme. */

/**
 * Red, green and blue (0…255) of `#rgb`, `#rrggbb`, `rgb(…)`, `rgba(…)` or an array.
 * @param {string | ArrayLike<number>} colour
 * @returns {[number, number, number]}
 */
export function toRgb(colour) {
  if (typeof colour !== "string") return [colour[0], colour[1], colour[2]];
  if (colour.startsWith("#")) {
    const digits = colour.slice(1);
    const wide = digits.length < 6 ? [...digits].map((d) => d + d).join("") : digits;
    const part = (at) => parseInt(wide.slice(at, at + 2), 16);
    return [part(0), part(2), part(4)];
  }
  const [red, green, blue] = (colour.match(/[\d.]+/g) ?? ["128", "128", "128"]).map(Number);
  return [red, green, blue];
}

/** `rgb(r, g, b)` of three numbers. */
export const css = ([r, g, b]) => `rgb(${Math.round(r)}, ${Math.round(g)}, ${Math.round(b)})`;

const mix = (from, to, t) => from.map((value, k) => value + (to[k] - value) * t);
const packed = ([r, g, b]) => ((255 << 24) | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r)) >>> 0;

/** How strong the map's colours are, so that points of the same colour stand out. */
const STRENGTH = 0.74;
const BANDS = 10;
const CLASS_BANDS = 4;

/** The middle of the band that `t` in 0…1 falls into. */
const banded = (t, bands) => (Math.min(bands - 1, Math.floor(t * bands)) + 0.5) / bands;

/**
 * @typedef {object} Palette
 * @property {boolean} dark
 * @property {boolean} clear nothing lies behind a saved picture
 * @property {number} type by how much letters and lines are larger than usual
 * @property {string} surface behind everything
 * @property {string} ink lines and text
 * @property {string} muted secondary text
 * @property {string} grid axis lines
 * @property {string} outline around marks, dark in both themes
 * @property {(t: number) => string} diverging 0 = blue … 1 = orange
 * @property {(t: number) => string} onMap the same, as strong as the map shows it
 * @property {(k: number) => string} classColour
 * @property {(low: number, high: number, smooth: boolean) => Uint32Array} levels 256 packed pixels for
 *   values that run from `diverging(low)` to `diverging(high)`
 * @property {(n: number, smooth: boolean) => Uint32Array} confidences n·256 packed pixels
 */

/**
 * @param {object} theme the stage's theme
 * @returns {Palette}
 */
export function makePalette(theme) {
  const dark = Boolean(theme.dark);
  const surface = toRgb(theme.background);
  const ink = toRgb(theme.text);
  const classes = theme.classes.map(toRgb);
  const diverging = (t) => toRgb(theme.diverging(2 * t - 1)); // the theme's scale runs from −1 to 1
  const onMap = (t) => mix(surface, diverging(t), STRENGTH);
  const classRgb = (k) => classes[((k % classes.length) + classes.length) % classes.length];
  return {
    dark,
    clear: Boolean(theme.clear),
    type: theme.type,
    surface: css(surface),
    ink: css(ink),
    muted: css(mix(surface, ink, 0.72)),
    grid: css(mix(surface, ink, 0.25)),
    outline: css(dark ? surface : mix(ink, surface, 0.1)),
    diverging: (t) => css(diverging(t)),
    onMap: (t) => css(onMap(t)),
    classColour: (k) => css(classRgb(k)),
    levels(low, high, smooth) {
      const table = new Uint32Array(256);
      for (let v = 0; v < 256; v++) {
        const t = low + ((high - low) * v) / 255;
        table[v] = packed(onMap(smooth ? t : banded(t, BANDS)));
      }
      return table;
    },
    confidences(n, smooth) {
      const table = new Uint32Array(256 * n);
      for (let k = 0; k < n; k++) {
        for (let v = 0; v < 256; v++) {
          const strength = smooth ? v / 255 : banded(v / 255, CLASS_BANDS);
          table[256 * k + v] = packed(mix(surface, classRgb(k), 0.1 + (STRENGTH - 0.1) * strength));
        }
      }
      return table;
    },
  };
}
