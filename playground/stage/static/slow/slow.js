/** "One step, slowly": walk through one mini-batch, forward, loss, backward, update, with every number. */

import { significant } from "../shell/numbers.js";
import { activeAround, el, setText } from "../shell/dom.js";
import { button } from "../network/popover.js";
import { weightReference } from "../network/draw.js";
import { strongestIndex } from "../network/model.js";
import { layerName, sourceName, unitName } from "../network/words.js";
import { drawNumbers } from "./draw.js";
import { changeLines, forwardLines, gradientLines, lossLines, weighs } from "./formulas.js";
import { PHASES, largest, readTrace, stagesOf, strongestLink } from "./trace.js";

const AUTO_EVERY = 3200; // milliseconds between stages when they advance by themselves

/**
 * @param {object} view the network view
 * @returns {object} the panel's element, and what the view asks while the mode is on
 */
export function createSlow(view) {
  const { store } = view;
  const panel = buildPanel(store, {
    back: () => go(at - 1),
    next,
    auto: () => setAuto(!timer),
    close,
    phase: goPhase,
    row: setRow,
  });
  let active = false;
  let trace = null;
  let stages = [];
  let at = 0;
  let row = 0;
  let chosen = null;
  let timer = 0;
  let loading = false;
  let wanted = ""; // the phase that was asked for before the numbers had come
  let goBack = null; // what had the focus before
  let seen = false; // a frame that shows the traced step has come

  const stage = () => stages[at];

  function close() {
    store.emit("slow", false);
  }

  function start() {
    active = true;
    goBack = activeAround(panel.element);
    chosen = null;
    panel.element.hidden = false;
    panel.next.focus({ preventScroll: true });
    const block = view.root.offsetHeight + 220 > window.innerHeight ? "start" : "nearest";
    view.root.scrollIntoView({ block, behavior: store.reducedMotion ? "auto" : "smooth" });
    load();
  }

  function stop() {
    active = false;
    setAuto(false);
    trace = null;
    if (goBack && goBack.isConnected && panel.element.contains(activeAround(panel.element))) goBack.focus();
    panel.element.hidden = true;
  }

  function load() {
    if (loading) return;
    loading = true;
    wanted = "";
    trace = null;
    panel.busy(store.t("network.slow.loading"));
    store
      .send("trace")
      .then((reply) => {
        if (reply?.type === "error") throw new Error(reply.message);
        if (!active) return;
        const found = readTrace(reply, view.columns, view.scene.n_parameters);
        if (!found) throw new Error(store.t("network.slow.unfit"));
        trace = found;
        seen = false;
        stages = stagesOf(view.columns);
        row = Math.min(row, trace.shown - 1);
        panel.rows(trace.shown, row);
        goPhase(wanted);
      })
      .catch((error) => {
        setAuto(false);
        panel.busy(error.message);
      })
      .finally(() => {
        loading = false;
        view.redraw();
      });
  }

  function next() {
    if (!trace || at >= stages.length - 1) load();
    else go(at + 1);
  }

  function go(place) {
    if (!trace) return;
    at = Math.max(0, Math.min(stages.length - 1, place));
    render();
  }

  function goPhase(phase) {
    if (loading) wanted = phase;
    go(stages.findIndex((candidate) => candidate.phase === phase));
  }

  function setRow(value) {
    row = value;
    if (trace) render();
  }

  function setAuto(on) {
    window.clearInterval(timer);
    timer = on ? window.setInterval(next, AUTO_EVERY) : 0;
    panel.auto.setAttribute("aria-pressed", String(on));
  }

  /** What the formula is about: what was clicked when it fits the stage, else something telling. */
  function selected() {
    if (!trace || !view.layout) return null;
    const { kind, layer } = stage();
    if (kind === "done" || kind === "loss") return null;
    const { links, columns: placed } = view.layout;
    if (kind === "gradient" || kind === "change") {
      const values = kind === "change" ? trace.updates : trace.gradients;
      if (chosen && chosen.layer > 0 && (layer < 0 || chosen.layer === layer)) return chosen;
      return strongestLink(
        links,
        layer,
        (link) => values[strongestIndex(view.columns[link.layer], link.unit, link.source, values)],
      );
    }
    if (chosen?.layer === layer) return { kind: "unit", layer, unit: chosen.unit };
    return placed[layer] && placed[layer].nodes[0] ? { kind: "unit", layer, unit: placed[layer].nodes[0].unit } : null;
  }

  function lines() {
    const { kind } = stage();
    const target = selected();
    if (kind === "input") return view.scene.inputs.flatMap((_, unit) => forwardLines(view, trace, 0, unit, row));
    if (kind === "loss") return lossLines(view, trace, row);
    if (!target) return [];
    if (kind === "gradient") return gradientLines(view, trace, target, row);
    if (kind === "change") return changeLines(view, trace, target);
    return forwardLines(view, trace, target.layer, target.unit, row);
  }

  function subject() {
    const target = selected();
    if (!target || stage().kind === "input") return "";
    if (target.kind === "link") {
      return store.t("network.tooltip.link", {
        source: sourceName(view, target.layer, target.source),
        unit: unitName(view, target.layer, target.unit),
      });
    }
    const name = unitName(view, target.layer, target.unit);
    return target.kind === "bias" || ["gradient", "change"].includes(stage().kind)
      ? store.t("network.slow.bias_of", { unit: name })
      : name;
  }

  function caption() {
    const { kind, layer } = stage();
    const column = layer >= 0 ? view.columns[layer] : null;
    let name = kind;
    if (kind === "layer" && column.pieces > 1) name = "layer_maxout";
    if (kind === "loss") name = `loss_${view.scene.task}`;
    if (kind === "gradient" && column.kind === "output") name = "gradient_output";
    return store.t(`network.slow.caption.${name}`, {
      step: trace.step,
      count: trace.size,
      row: row + 1,
      layer: column ? layerName(store, column) : "",
      activation: column ? column.activationLabel : "",
      target: targetText(),
      scores: trace.scores[row].map((s) => significant(s)).join(", "),
      loss: significant(trace.loss, 4),
      rate: significant(trace.learning_rate),
      norm: column && layer > 0 ? significant(trace.norms[layer - 1]) : "",
    });
  }

  function targetText() {
    const y = trace.batch.y[row];
    const { task, class_names: names } = view.scene;
    if (task === "regression" || !names || !names.length) return `y = ${significant(y)}`;
    const name = names[Math.round(y)];
    return name === String(Math.round(y)) ? `y = ${name}` : `${name} (y = ${Math.round(y)})`;
  }

  function notes() {
    const { phase, kind, layer } = stage();
    const { experiment } = view.scene;
    const column = layer > 0 ? view.columns[layer] : null;
    const found = [];
    if (kind === "input" && experiment.mixup > 0) found.push("mixup");
    if (kind === "input" && experiment.input_noise > 0) found.push("input_noise");
    if (kind === "layer" && column.norm) found.push(column.norm);
    if (kind === "layer" && column.dropout > 0) found.push("dropout");
    if (kind === "layer" && experiment.dropconnect > 0) found.push("dropconnect");
    if (kind === "layer" && column.skips) found.push(column.dropRate > 0 ? "stochastic_depth" : "skip");
    if (kind === "gradient" && view.columns[layer + 1] && view.columns[layer + 1].skips) found.push("skip_back");
    if (phase === "loss" && experiment.label_smoothing > 0) found.push("label_smoothing");
    if (phase === "loss" && weighs(view.scene)) found.push("class_weighting");
    if (kind === "change" && trace.clipped_norm < trace.gradient_norm * 0.999) found.push("clipping");
    if (kind === "change" && trace.finite === false) found.push("overflow");
    if (kind === "change" && experiment.weight_decay > 0) found.push("weight_decay");
    return found.map((name) =>
      store.t(`network.slow.note.${name}`, {
        before: significant(trace.gradient_norm),
        after: significant(trace.clipped_norm),
        rate: column ? Math.round((name === "stochastic_depth" ? column.dropRate : column.dropout) * 100) : "",
      }),
    );
  }

  /** Every number that the stage puts on the picture, as text for assistive technology. */
  function numbersAsText() {
    const { phase, layer } = stage();
    if (phase === "forward" && layer >= 0) {
      return view.layout
        ? view.layout.columns[layer].nodes.map(
            ({ unit }) => `${unitName(view, layer, unit)}: ${forwardLines(view, trace, layer, unit, row).at(-1)}`,
          )
        : [];
    }
    if (phase === "backward" && view.layout) {
      return view.layout.links
        .filter((link) => link.layer === layer)
        .slice(0, 40)
        .map(
          (link) =>
            `${store.t("network.tooltip.link", {
              source: sourceName(view, layer, link.source),
              unit: unitName(view, layer, link.unit),
            })}: ${significant(trace.gradients[strongestIndex(view.columns[layer], link.unit, link.source, trace.gradients)])}`,
        );
    }
    return [];
  }

  function render() {
    panel.show({
      step: store.t("network.slow.step", { step: trace.step, place: at + 1, count: stages.length }),
      phase: stage().phase,
      caption: caption(),
      subject: subject(),
      lines: lines(),
      notes: notes(),
      values: numbersAsText(),
      first: at === 0,
      last: at === stages.length - 1,
    });
    view.reveal(stage().layer);
    view.redraw();
  }

  function styles() {
    const { phase, kind, layer } = trace ? stage() : { phase: "none", kind: "", layer: 0 };
    return view.columns.map((column) => {
      if (!column.weight || !trace) return null;
      const weights = (values, dim) => ({ values, reference: weightReference(column), zero: 1e-6, dim });
      if (phase === "forward") return weights(trace.used, column.layer !== layer);
      if (phase === "loss") return weights(trace.before, true);
      if (kind === "done") return weights(trace.after, false);
      if (phase === "backward" && column.layer < layer) return weights(trace.before, true);
      const values = kind === "change" ? trace.updates : trace.gradients;
      const most = largest(column, values);
      return {
        values,
        reference: (most || 1) * 0.8,
        zero: most * 1e-4,
        dim: phase === "backward" && column.layer > layer + 1,
      };
    });
  }

  function dropped() {
    if (!trace || !trace.layers.some((layer) => layer.kept || layer.block_kept === false)) return null;
    const struck = trace.layers.flatMap((layer, place) =>
      layer.kept && layer.block_kept !== false
        ? layer.kept[row].map((kept) => (kept ? 0 : 1))
        : new Array(view.columns[place + 1].size).fill(layer.block_kept === false ? 2 : 0),
    );
    return Uint8Array.from(struck);
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select")) return;
    const act = { ArrowRight: next, ArrowLeft: () => go(at - 1), Escape: close }[event.key];
    if (!act || event.shiftKey) return;
    event.preventDefault();
    act();
  }

  /** Another step was taken or the run was reset: the trace is of the past. */
  function onFrame() {
    if (!active || !trace || loading) return;
    const { step } = store.frame;
    if (step === trace.step) seen = true;
    else if (seen) close();
  }

  panel.element.addEventListener("keydown", onKey);
  const off = store.on("frame", onFrame);

  return {
    element: panel.element,
    start,
    stop,
    styles,
    dropped,
    selected,
    parameters: () => (trace ? trace.before : null),
    select(target) {
      chosen = target;
      if (trace) render();
    },
    draw(context, picture) {
      if (trace) drawNumbers(context, picture, { trace, stage: stage(), row });
    },
    onScene() {
      if (trace && !readTrace({ trace }, view.columns, view.scene.n_parameters)) close();
    },
    destroy() {
      off();
      setAuto(false);
    },
  };
}

function buildPanel(store, act) {
  const element = el("section", {
    class: "network-slow",
    "aria-label": store.t("network.slow.title"),
    hidden: "",
    "data-testid": "slow-panel",
    "data-arrows": "",
  });
  const head = el("div", { class: "network-slow-head" });
  const step = el("span", { class: "network-slow-step" });
  const rowLabel = el("label", { class: "network-slow-row", text: store.t("network.slow.row") });
  const select = el("select");
  select.addEventListener("change", () => act.row(Number(select.value)));
  rowLabel.append(select);
  head.append(
    el("strong", { text: store.t("network.slow.title") }),
    step,
    rowLabel,
    button("network-icon", "×", store.t("network.slow.close"), act.close),
  );
  const phases = el("ol", { class: "network-slow-phases" });
  const chips = PHASES.map((phase) => {
    const item = el("li");
    const chip = button("", store.t(`network.slow.phase.${phase}`), "", () => act.phase(phase));
    item.append(chip);
    phases.append(item);
    return chip;
  });
  const caption = el("p", { class: "network-slow-caption", "aria-live": "polite" });
  const subject = el("div", { class: "network-slow-subject" });
  const formula = el("div", { class: "network-slow-formula" });
  const notes = el("div", { class: "network-slow-notes" });
  const values = el("ul", { class: "network-hidden" });
  const buttons = el("div", { class: "network-editor-row" });
  const back = button("", store.t("network.slow.back"), "", act.back);
  const next = button("network-primary", store.t("network.slow.next"), "", act.next);
  const auto = button("", store.t("network.slow.auto"), "", act.auto);
  auto.setAttribute("aria-pressed", "false");
  back.dataset.testid = "slow-back";
  next.dataset.testid = "slow-next";
  buttons.append(back, next, auto, el("span", { class: "network-slow-keys", text: store.t("network.slow.keys") }));
  element.append(head, phases, caption, subject, formula, notes, values, buttons);
  const list = (parent, tag, texts) => parent.replaceChildren(...texts.map((text) => el(tag, { text })));
  return {
    element,
    next,
    auto,
    busy(text) {
      setText(caption, text);
      subject.textContent = "";
      for (const part of [formula, notes, values]) part.replaceChildren();
    },
    rows(count, current) {
      select.replaceChildren(
        ...Array.from({ length: count }, (_, place) => new Option(String(place + 1), String(place))),
      );
      select.value = String(current);
    },
    show(told) {
      setText(step, told.step);
      chips.forEach((chip, place) =>
        chip.setAttribute("aria-current", PHASES[place] === told.phase ? "step" : "false"),
      );
      setText(caption, told.caption);
      setText(subject, told.subject);
      list(formula, "div", told.lines);
      list(notes, "p", told.notes);
      list(values, "li", told.values);
      back.disabled = told.first;
      setText(next, store.t(told.last ? "network.slow.next_batch" : "network.slow.next"));
    },
  };
}
