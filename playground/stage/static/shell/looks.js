/** How a saved figure looks: as the page does, or light, dark, or without a sheet behind it, for slides and papers. */

import { coloursOf, DEFAULTS } from "./theme.js";

export const LOOKS = ["page", "light", "dark", "transparent"];
const DARK = {
  ...DEFAULTS,
  "background-color": "#0e1117",
  "secondary-background-color": "#262730",
  "text-color": "#fafafa",
};

/**
 * The theme of a saved figure.
 * @param {import("./theme.js").Theme} theme the page's
 * @param {string} look one of `LOOKS`
 * @returns {import("./theme.js").Theme} without a sheet what lies on it, such as the plates of labels, is as on a light one
 */
export function inLook(theme, look) {
  if (look === "page") return theme;
  return { ...theme, ...coloursOf(look === "dark" ? DARK : DEFAULTS), clear: look === "transparent" };
}
