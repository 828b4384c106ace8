/** The boundary's elements: controls, canvases, legend, panels. */

import { button, markIcon, press } from "./buttons.js";
import { createSaveMenu } from "../shell/save-menu.js";
import { el } from "../shell/dom.js";

let created = 0;

/**
 * @param {import("../shell/store.js").Store} store
 * @param {object} state toggles: `smooth`, `train`, `validation`, `test`, `wrong`, `contour`
 * @param {{toggle: (name: string, on?: boolean) => void, paint: () => void, zoom: () => void,
 *   download: (kind: string, theme: import("../shell/theme.js").Theme) => Promise<void>,
 *   film: () => void, unfocus: () => void}} act
 */
export function buildSkeleton(store, state, act) {
  const t = (key, values) => store.t(key, values);
  const id = `boundary-summary-${(created += 1)}`;
  const toggles = {};
  const toggle = (name, label, mark) => {
    const node = button({ label, pressed: state[name], class: "boundary-toggle", testid: `boundary-${name}` }, () =>
      act.toggle(name),
    );
    if (mark) node.prepend(markIcon(mark));
    toggles[name] = node;
    return node;
  };
  const smooth = button({ label: t("boundary.control.smooth"), pressed: state.smooth, testid: "boundary-smooth" }, () =>
    act.toggle("smooth", true),
  );
  const bands = button({ label: t("boundary.control.bands"), pressed: !state.smooth, testid: "boundary-bands" }, () =>
    act.toggle("smooth", false),
  );
  const paint = button(
    { label: t("boundary.control.paint"), icon: "paint", words: true, pressed: false, testid: "boundary-paint" },
    act.paint,
  );
  const zoom = button(
    { label: t("boundary.control.zoom"), icon: "zoom", pressed: false, testid: "boundary-zoom" },
    act.zoom,
  );
  const download = createSaveMenu(store, {
    label: t("boundary.control.download"),
    kinds: ["png"],
    save: act.download,
    class: "boundary-save",
    testid: "boundary-download",
  });
  const film = button(
    { label: t("boundary.control.film"), icon: "film", pressed: false, testid: "boundary-film" },
    act.film,
  );
  const mode = el(
    "div",
    { class: "boundary-group", role: "group", "aria-label": t("boundary.control.colours") },
    smooth,
    bands,
  );
  const contour = toggle("contour", t("boundary.control.contour"), "line");
  const shows = el(
    "div",
    { class: "boundary-group", role: "group", "aria-label": t("boundary.control.show") },
    toggle("train", t("boundary.legend.train"), "train"),
    toggle("validation", t("boundary.legend.validation"), "validation"),
    toggle("test", t("boundary.legend.test"), "test"),
    toggle("wrong", t("boundary.legend.wrong"), "ring"),
  );
  const actions = el("div", { class: "boundary-group boundary-actions" }, paint, zoom, film, download);
  const controls = el("div", { class: "boundary-controls" }, mode, contour, actions);

  const canvas = el("canvas", { class: "boundary-canvas", "aria-hidden": "true" });
  const overlay = el("canvas", {
    class: "boundary-overlay-canvas",
    tabindex: 0,
    role: "application",
    "aria-describedby": id,
    "aria-roledescription": t("boundary.role"),
    "data-arrows": true,
    "data-testid": "boundary-canvas",
  });
  const bannerText = el("span");
  const back = button({ label: t("boundary.focus.back"), icon: "close" }, act.unfocus);
  const banner = el("div", { class: "boundary-banner", "data-testid": "boundary-focus" }, bannerText, back);
  banner.hidden = true;
  const surface = el("div", { class: "boundary-surface" }, canvas, overlay, banner);
  const plot = el("div", { class: "boundary-plot" }, surface);

  const tools = el("div", { class: "boundary-tools", role: "toolbar", "aria-label": t("boundary.paint.toolbar") });
  const message = el("p", { class: "boundary-message", role: "alert" });
  const hint = el("p", { class: "boundary-hidden", text: t("boundary.keys") });
  const text = el("p", { class: "boundary-hidden", id, "data-testid": "boundary-summary" });
  const live = el("p", {
    class: "boundary-hidden",
    role: "status",
    "aria-live": "polite",
    "data-testid": "boundary-live",
  });
  const under = el("p", { class: "boundary-readout", "aria-hidden": "true" });
  const slice = el("div", { class: "boundary-slice" });
  slice.hidden = true;
  const legend = el("div", { class: "boundary-legend" });
  const inspection = el("section", {
    class: "boundary-inspect",
    "aria-label": t("boundary.inspect.label"),
    "data-testid": "inspection",
  });
  const main = el(
    "div",
    { class: "boundary-main" },
    controls,
    tools,
    message,
    plot,
    under,
    slice,
    shows,
    legend,
    text,
    hint,
    live,
  );
  const root = el("section", { class: "boundary", "data-testid": "boundary" }, main, inspection);
  return {
    root,
    main,
    plot,
    surface,
    canvas,
    overlay,
    banner,
    bannerText,
    tools,
    message,
    text,
    live,
    under,
    slice,
    legend,
    inspection,
    paint,
    film,
    zoom,
    toggles,
    smooth,
    bands,
    shows,
  };
}

/** Bring the buttons in line with the state. */
export function showState(parts, state, { painting, zoomed, regression, curve, absent, paintable }) {
  press(parts.smooth, state.smooth);
  press(parts.bands, !state.smooth);
  for (const [name, node] of Object.entries(parts.toggles)) press(node, state[name]);
  parts.toggles.wrong.hidden = regression;
  for (const part of ["validation", "test"]) parts.toggles[part].hidden = absent.includes(part);
  parts.toggles.contour.hidden = curve;
  parts.smooth.parentElement.hidden = curve;
  parts.paint.hidden = !paintable;
  press(parts.paint, painting);
  press(parts.zoom, zoomed);
  parts.root.classList.toggle("boundary-painting", painting);
  parts.root.classList.toggle("boundary-zoomed", zoomed);
}
