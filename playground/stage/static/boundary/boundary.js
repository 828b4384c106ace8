/**
 * The big plot: the network's decision over the input plane (or its curve over one input), the points, and
 * what can be done with them: inspect, paint, enlarge, save.
 */

import { brief } from "../shell/numbers.js";
import { setText } from "../shell/dom.js";
import { press } from "./buttons.js";
import { createFilm, filmEnding, filmKind } from "./film.js";
import { createLegend, drawLegendItem, legendItems } from "./legend.js";
import { mapModel } from "./map.js";
import { drawCross, drawTarget } from "./marks.js";
import { makePalette } from "./palette.js";
import { composeImage, Picture } from "./picture.js";
import { listen } from "./pointer.js";
import { makePlot, plotHeight } from "./scale.js";
import { buildSkeleton, showState } from "./skeleton.js";
import { focusName, plotTitle, readout, summary } from "./words.js";
import { createSlice } from "./slice.js";
import { createZoom } from "./zoom.js";
import { createInspector } from "./inspect.js";
import { createPainter } from "./paint.js";
import { hasPart, markRadius, nearestPoint, PARTS } from "./points.js";
import { roomOf } from "../shell/room.js";
import { saveAs } from "../shell/save-menu.js";
import { watchSight } from "../shell/sight.js";

/** Widest plot of a compact view, narrowest at all, and width of a downloaded one, in CSS pixels. */
const WIDEST = 600;
const NARROWEST = 160;
const DOWNLOAD = 640;
/** Cells a side of the map in full size, where the usual ones would show. */
const FINE_GRID = 120;
/** Milliseconds between two changes of the text summary. */
const SUMMARY = 1000;

/** Whether the network sees one input alone, so that a curve says more than a map. */
function isCurve(scene) {
  if (scene?.columns?.length === 1) return scene.task === "regression";
  if (scene?.columns?.length > 2) return false;
  const features = scene?.experiment?.features ?? [];
  return scene?.task === "regression" && features.length > 0 && features.every((f) => /x1/.test(f) && !/x2/.test(f));
}

/** A range with a little room at both ends, so that marks at the ends can be seen whole. */
const widened = ([low, high]) => [low - 0.05 * (high - low || 1), high + 0.05 * (high - low || 1)];

/**
 * @param {HTMLElement} element
 * @param {import("../shell/store.js").Store} store
 * @param {{compact?: boolean}} [options] `compact`: the plot with few controls, for many side by side; the store's
 *   event `veil` shows or hides where several networks disagree
 * @returns {{destroy: () => void}}
 */
export function createBoundaryView(element, store, { compact = false } = {}) {
  const t = (key, values) => store.t(key, values);
  const state = {
    smooth: true,
    train: true,
    validation: true,
    test: true,
    wrong: !compact,
    contour: true,
    veil: false,
  };
  const now = {
    width: 0,
    height: 0,
    scale: 1,
    plot: null,
    view: null,
    model: null,
    meaning: "",
    hover: null,
    raf: 0,
    dirty: true,
  };
  let palette = makePalette(store.theme);
  let lastSummary = -Infinity;
  let messageTimer = 0;

  const parts = buildSkeleton(store, state, {
    toggle(name, value = !state[name]) {
      state[name] = value;
      now.view = null;
      refresh();
    },
    paint: () => togglePaint(),
    zoom: () => zoom.toggle(),
    download,
    film: () => film.toggle(),
    unfocus: () => store.send("focus", { layer: null }).catch((error) => warn(error.message)),
  });
  parts.root.classList.toggle("boundary-compact", compact);
  element.append(parts.root);
  const context = parts.canvas.getContext("2d", { alpha: true });
  const pen = parts.overlay.getContext("2d");
  const picture = new Picture();
  const legend = createLegend(parts.legend, t);
  const say = (message) => setText(parts.live, message);
  const zoom = createZoom(element, parts.root, (on) => {
    const usual = store.scene?.grid ?? FINE_GRID;
    if (usual < FINE_GRID && !store.painter?.able)
      store.send("grid", { size: on ? FINE_GRID : usual }).catch((error) => warn(error.message));
    refresh();
    layout();
    parts.zoom.focus({ preventScroll: true });
    parts.root.scrollIntoView({ block: "nearest" });
  });
  const painter = createPainter({
    store,
    toolbar: parts.tools,
    plot: () => now.plot,
    view,
    onPoints: () => {
      now.view = null;
      painter.update();
      invalidate();
    },
    onOverlay: () => drawOverlay(),
    say,
    warn,
  });
  const film = createFilm(parts.canvas, {
    line: () => ({
      text: titleLine(),
      note: store.scene.plane_note ?? "",
      ink: palette.ink,
      surface: palette.surface,
      font: fontOf(),
    }),
    began() {
      showFilm(true);
      say(t("boundary.film.began"));
    },
    ended(made) {
      showFilm(false);
      if (made) save(made, filmEnding(made.type));
      else warn(t("boundary.film.failed"));
    },
  });
  parts.film.hidden = compact || !filmKind();
  const slice = createSlice({
    store,
    element: parts.slice,
    fixed: compact,
    warn,
    onMove(origin) {
      const { plane } = store.scene;
      store.scene = { ...store.scene, plane: { ...plane, origin, told: plane.told ?? plane.origin } };
      store.emit("plane");
    },
  });
  const inspector = createInspector({
    store,
    element: parts.inspection,
    onChange: () => drawOverlay(),
    onHold: (point) => slice.hold(point),
    say,
  });

  function warn(message) {
    setText(parts.message, message);
    clearTimeout(messageTimer);
    messageTimer = setTimeout(() => setText(parts.message, ""), 8000);
  }

  function togglePaint() {
    painter.toggle();
    if (painter.on) inspector.close();
    refresh();
  }

  // --- what is shown ---------------------------------------------------------------------------------

  const curve = () => isCurve(store.scene);

  /** The points as they are to be drawn; made anew only after a change. */
  function view() {
    if (now.view) return now.view;
    const { scene } = store;
    const points = scene?.points ?? { x1: [], x2: [], y: [], part: [] };
    const hidesPoints = curve() && now.model?.focus;
    now.view = {
      points,
      hidden: painter.queue.hidden(points),
      added: hidesPoints ? [] : painter.queue.added,
      shows: PARTS.map((part) => state[part] && !hidesPoints),
      regression: scene?.task === "regression",
      range: scene?.target_range,
      curve: curve(),
    };
    return now.view;
  }

  /** Take over the newest map; one that this page paints is computed here, so only to be drawn. */
  function takeMap() {
    const arrays = store.frame?.arrays;
    const before = now.model;
    const pixels = (now.plot?.size ?? now.width) * now.scale;
    const painted = store.painter?.map({ pixels, curve: curve() });
    const newest = painted ?? arrays;
    if (!newest?.map) return; // what is shown stays until there is another
    const isNew = newest.map !== before?.map || (before.confidence && newest.confidence !== before.confidence);
    if (!isNew) return;
    now.model = mapModel(store.scene, store.frame, painted);
    if (Boolean(before?.focus) !== Boolean(now.model?.focus)) now.view = null;
    if (String(before?.focus) !== String(now.model?.focus) || !before !== !now.model) refresh();
  }

  const wrong = () => {
    if (store.scene.draft || store.scene.task === "regression") return null;
    const found = store.painter?.wrong() ?? store.frame?.arrays?.wrong;
    return found?.length === store.scene.points.x1.length ? found : null;
  };

  /** How far the networks behind a mean map are apart: the largest standard deviation is `most`. */
  function disagreement() {
    const values = store.frame?.arrays?.disagreement;
    const most = store.frame?.disagreement_range?.[1] ?? 0;
    return values && values.length === now.model?.map.length ? { values, most } : null;
  }

  /** Controls, legend and words after a change that is not just another frame. */
  function refresh() {
    const { scene } = store;
    if (!scene) return;
    const regression = scene.task === "regression";
    const absent = PARTS.filter((part) => part !== "train" && !hasPart(scene, part));
    const paintable = (scene.columns?.length ?? 2) === 2;
    if (painter.on && !paintable) painter.toggle();
    showState(parts, state, { painting: painter.on, zoomed: zoom.on, regression, curve: curve(), absent, paintable });
    slice.update(scene);
    const title = plotTitle(scene, curve(), t);
    parts.root.setAttribute("aria-label", title);
    parts.overlay.setAttribute("aria-label", title);
    legend.update({ scene, palette, model: now.model, curve: curve(), ...state });
    const focus = now.model?.focus;
    parts.banner.hidden = !focus;
    if (focus) setText(parts.bannerText, focusName(focus, scene, t));
    painter.update();
    const style = parts.root.style;
    style.setProperty("--boundary-negative", palette.diverging(0));
    style.setProperty("--boundary-positive", palette.diverging(1));
    invalidate();
  }

  const fontOf = () => store.theme.font ?? "system-ui, sans-serif";

  function content() {
    const { scene } = store;
    const focused = now.model?.focus;
    const y = curve() ? widened(now.model?.range ?? scene.target_range) : scene.domain[1];
    const domain = [scene.domain[0], y];
    const units = curve() && !focused ? scene.target_scale : null;
    const changed = [domain, units].join();
    if (!now.plot || now.plot.width !== now.width || now.plot.shows !== changed) {
      now.plot = { ...makePlot(now.width, domain, palette.type), width: now.width, units, shows: changed };
    }
    const rows = scene.columns?.length === 1 && scene.task !== "regression" ? scene.class_names : null;
    const upwards = rows ? t("boundary.axis_class") : scene.x_names[1];
    const vertical = curve() ? (focused ? focusName(focused, scene, t) : t("boundary.axis_y")) : upwards;
    return {
      plot: now.plot,
      palette,
      model: now.model,
      view: view(),
      wrong: state.wrong && !focused ? wrong() : null, // a unit's map is no prediction
      veil: state.veil && !focused ? disagreement() : null,
      smooth: state.smooth,
      contour: state.contour,
      curve: curve(),
      names: { x: scene.x_names[0], y: vertical, rows },
      font: fontOf(),
    };
  }

  // --- drawing ---------------------------------------------------------------------------------------

  function invalidate() {
    now.dirty = true;
    if (!now.raf) now.raf = requestAnimationFrame(draw);
  }

  function draw() {
    now.raf = 0;
    if (!store.scene || now.width === 0) return;
    if (!sight.seen && store.frame?.status === "playing") return; // drawn once it is in sight again
    if (now.scale !== (window.devicePixelRatio || 1)) return layout();
    if (now.dirty) {
      now.dirty = false;
      takeMap();
      picture.draw(context, now.width, now.height, now.scale, content());
      film.add();
    }
    drawOverlay();
  }

  /** Marks that follow the pointer, the cursor and the inspected place. */
  function drawOverlay() {
    if (!now.plot) return;
    const { plot, hover } = now;
    const cursor = pointer.cursor();
    pen.setTransform(now.scale, 0, 0, now.scale, 0, 0);
    pen.clearRect(0, 0, now.width, now.height);
    if (inspector.target) drawTarget(pen, palette, plot, inspector.target, curve() ? store.scene.points.y : null);
    if (cursor) drawCross(pen, palette, ...cursor, 11);
    const brush = hover ?? cursor;
    if (brush && painter.on) painter.draw(pen, palette, ...brush);
    setText(
      parts.under,
      brush ? readout({ plot, model: now.model, scene: store.scene, curve: curve(), t }, ...brush) : "",
    );
  }

  /** Size the canvases for the room there is, and draw at once so that nothing flickers. */
  function layout() {
    const room = parts.plot.clientWidth;
    if (room === 0) return;
    const others = parts.main.offsetHeight - parts.plot.offsetHeight + 40;
    const most = zoom.on ? zoom.room(others) : compact ? WIDEST : roomOf(store).boundary;
    const width = Math.max(NARROWEST, Math.floor(Math.min(room, most)));
    const scale = window.devicePixelRatio || 1;
    if (width !== now.width || scale !== now.scale) {
      Object.assign(now, { width, height: plotHeight(width, palette.type), scale });
      parts.surface.style.width = `${width}px`;
      parts.surface.style.height = `${now.height}px`;
      for (const canvas of [parts.canvas, parts.overlay]) {
        canvas.width = Math.round(width * scale);
        canvas.height = Math.round(now.height * scale);
      }
      now.dirty = true;
      cancelAnimationFrame(now.raf);
      draw();
    }
  }

  // --- what can be done ------------------------------------------------------------------------------

  const pointer = listen(parts.overlay, {
    plot: () => now.plot,
    painter,
    hover(place) {
      now.hover = place;
      if (!now.raf) now.raf = requestAnimationFrame(draw);
    },
    onCursor: () => drawOverlay(),
    announce: () => say(parts.under.textContent),
    inspect: inspectAt,
    escape() {
      if (zoom.on) zoom.close();
      else if (painter.on) togglePaint();
      else if (inspector.target) inspector.close();
      else return false;
      return true;
    },
  });

  function inspectAt(px, py) {
    const { points, domain } = store.scene;
    const found = nearestPoint(now.plot, view(), px, py, markRadius(now.plot.size, points.x1.length) + 5);
    if (found >= 0) return inspector.open({ x1: points.x1[found], x2: points.x2[found], point: found });
    const u = (px - now.plot.left) / now.plot.size;
    const v = curve() ? 0.5 : (py - now.plot.top) / now.plot.size;
    const x1 = domain[0][0] + u * (domain[0][1] - domain[0][0]);
    inspector.open({ x1, x2: domain[1][1] - v * (domain[1][1] - domain[1][0]), point: null });
  }

  /** What the plot shows and where the run is, in a line. */
  function titleLine() {
    const { scene, frame } = store;
    const focus = now.model?.focus;
    const part = hasPart(scene, "test") ? "test" : "train";
    return [
      focus ? focusName(focus, scene, t) : plotTitle(scene, curve(), t),
      t("boundary.epoch", { n: frame?.epoch ?? 0 }),
      t(`boundary.loss_${part}`, { value: brief(frame?.[`loss_${part}`]) }),
    ].join(" · ");
  }

  function showFilm(on) {
    press(parts.film, on);
    const label = t(on ? "boundary.control.film_stop" : "boundary.control.film");
    parts.film.title = label;
    parts.film.setAttribute("aria-label", label);
  }

  /** Hand a picture or a film to the visitor as a file. */
  const save = (blob, ending) => saveAs(blob, `boundary-epoch-${store.frame?.epoch ?? 0}.${ending}`);

  async function download(ending, theme) {
    const { scene } = store;
    const shown = content();
    const colours = theme === store.theme ? palette : makePalette(theme);
    const plot = makePlot(DOWNLOAD, shown.plot.domain, colours.type);
    const title = titleLine();
    const items = legendItems({ scene, palette: colours, model: now.model, ...state }, t);
    const blob = await composeImage(
      { ...shown, plot, palette: colours },
      DOWNLOAD,
      plotHeight(DOWNLOAD, colours.type),
      { title, items, note: scene.plane_note ?? "" },
      drawLegendItem(colours),
    );
    save(blob, ending);
  }

  function summarise() {
    const moment = performance.now();
    if (moment - lastSummary < SUMMARY && store.frame?.status === "playing") return;
    if (store.frame) lastSummary = moment;
    setText(parts.text, summary(store.scene, store.frame, wrong(), t));
  }

  // --- events ----------------------------------------------------------------------------------------

  function onScene() {
    now.view = null;
    const { task, domain } = store.scene;
    const meaning = JSON.stringify([task, domain]);
    if (now.meaning !== meaning) now.model = null;
    now.meaning = meaning;
    takeMap();
    painter.queue.settle();
    layout();
    refresh();
    summarise();
  }

  function onFrame() {
    if (!store.scene) return;
    parts.root.classList.toggle("boundary-diverged", store.frame.status === "diverged");
    summarise();
    invalidate();
  }

  function onTheme() {
    palette = makePalette(store.theme);
    refresh();
  }

  const observer = new ResizeObserver(layout);
  observer.observe(parts.plot);
  const sight = watchSight(parts.plot, () => {
    if (now.dirty) invalidate();
  });
  const offs = [store.on("scene", onScene), store.on("frame", onFrame), store.on("theme", onTheme)];
  const onVeil = (on) => {
    state.veil = Boolean(on);
    invalidate();
  };
  offs.push(store.on("resize", layout), store.on("veil", onVeil), store.on("plane", invalidate));
  if (store.scene) onScene();
  return {
    destroy() {
      offs.forEach((off) => off());
      observer.disconnect();
      sight.destroy();
      cancelAnimationFrame(now.raf);
      clearTimeout(messageTimer);
      zoom.close();
      painter.destroy();
      film.destroy();
      inspector.destroy();
      parts.root.remove();
    },
  };
}
