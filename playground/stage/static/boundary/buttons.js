/** Buttons and marks of the boundary's controls. */

import { drawing, el } from "../shell/dom.js";

/** Outlines of 16×16 icons. */
const ICONS = {
  zoom: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4",
  shrink: "M6 2v4H2M14 6h-4V2M10 14v-4h4M2 10h4v4",
  film: "M2 4h8.5v8H2zM10.5 7 14 4.8v6.4L10.5 9",
  paint: "M13.5 2.5 7 9M6 9.5c1 .2 1.6.9 1.5 2-.1 1.6-1.8 2.6-5 2 1.2-.6 1-1.3 1.2-2.3.2-1.1 1.2-1.9 2.3-1.7z",
  spray: "M3 3h.1M6 2h.1M4 6h.1M9 4h.1M7 7h.1M12 3h.1M11 7h.1M3 10h.1M7 11h.1M10 11h.1M13 10h.1M5 14h.1M9 14h.1",
  erase: "M6 13.5h8M3 10.5 9.5 3 13.5 6.5 7.5 13.5H5.5z",
  undo: "M6 3 2.5 6.5 6 10M3 6.5h6.5a4 4 0 0 1 0 8H7",
  clear: "M3 4.5h10M6.5 4.5V2.5h3v2M4.5 4.5l.7 9h5.6l.7-9",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
};

/** An icon of the table above, hidden from assistive technology. */
const icon = (name) => drawing(16, "boundary-icon", { d: ICONS[name] });

/**
 * A button with an icon, words, or both.
 * @param {{label: string, icon?: string, words?: boolean, class?: string, pressed?: boolean, testid?: string,
 *   title?: string}} options
 *   `words` shows the label beside the icon; a button without an icon always shows it
 * @param {(event: MouseEvent) => void} [onClick]
 */
export function button(options, onClick = undefined) {
  const shows = options.words || !options.icon;
  const node = el("button", {
    type: "button",
    class: `boundary-button ${options.class ?? ""}`.trim(),
    title: options.title ?? (shows ? null : options.label),
    "aria-label": shows ? null : options.label,
    "aria-pressed": options.pressed === undefined ? null : String(options.pressed),
    "data-testid": options.testid,
    on: { click: onClick },
  });
  if (options.icon) node.append(icon(options.icon));
  if (shows) node.append(el("span", { text: options.label }));
  return node;
}

/** Set a toggle's state for eyes and assistive technology. */
export const press = (node, on) => node.setAttribute("aria-pressed", String(Boolean(on)));

/**
 * A picture of a point's mark for legends and buttons.
 * @param {"train" | "validation" | "test" | "ring" | "line"} kind
 */
export function markIcon(kind) {
  const round = { train: "4.5", ring: "5.5" }[kind];
  const outlines = {
    validation: "M8 2.5 13.2 12 2.8 12z",
    test: "M8 2.5 13.5 8 8 13.5 2.5 8z",
    line: "M1.5 12C5 3 9 14 14.5 4",
  };
  const shape = round ? { tag: "circle", cx: "8", cy: "8", r: round } : { d: outlines[kind] };
  return drawing(16, `boundary-mark boundary-mark-${kind}`, shape);
}
