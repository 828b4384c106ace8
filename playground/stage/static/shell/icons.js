/** The icons of toolbar, panels and messages. */

import { drawing } from "./dom.js";

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
  keep: { line: "M6.5 3.5h11v17L12 16.3l-5.5 4.2z" },
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
 * @param {keyof ICONS} name
 * @returns {SVGElement} the icon, hidden from assistive technology
 */
export function icon(name) {
  const kinds = Object.entries(ICONS[name]);
  return drawing(24, "stage-icon", ...kinds.map(([kind, d]) => ({ d, class: `stage-icon-${kind}` })));
}
