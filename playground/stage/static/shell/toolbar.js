/** The toolbar: transport buttons, speed, stop-at-epoch, and the readout of the run. */

import { activeAround, el, setAttribute, setText } from "./dom.js";
import { icon } from "./icons.js";
import { decimal, learningRate, percent, whole } from "./numbers.js";

/**
 * The slider position closest to a speed.
 * @param {(number|null)[]} speeds the slider's positions in steps a second; the last one, null, is unbounded
 * @param {number|null} speed steps a second; null is unbounded
 * @returns {number} an index of `speeds`
 */
export function speedPosition(speeds, speed) {
  if (speed === null || speed === undefined) return speeds.length - 1;
  const distance = (s) => (s === null ? Infinity : Math.abs(Math.log(s / speed)));
  return speeds.reduce((best, s, i) => (distance(s) < distance(speeds[best]) ? i : best), 0);
}

/**
 * Build the toolbar.
 * @param {HTMLElement} element
 * @param {import("./store.js").Store} store
 * @param {{act: Object<string, () => void>}} actions what each button does, by name: play (or pause), step,
 *   epoch, reset, redraw, slow, fullscreen, help; without `slow` there is no such button
 * @param {{readout?: boolean}} [options] `readout`: with the figures of the run
 * @returns {{destroy: () => void}}
 */
export function createToolbar(element, store, { act }, { readout: shows = true } = {}) {
  const t = (key, values) => store.t(`stage.toolbar.${key}`, values);
  const buttons = {};
  const button = (name, key, withText = false) => {
    const label = t(name);
    const made = el("button", {
      type: "button",
      class: `stage-button${name === "play" ? " stage-button-primary" : ""}`,
      "data-testid": name,
      "aria-label": label,
      "aria-keyshortcuts": key,
      title: key ? `${label} (${store.t(`stage.keys.${name}`)})` : label,
      on: { click: () => act[name]() },
    });
    made.append(icon(name));
    if (withText) made.append(el("span", { class: "stage-button-text", text: label }));
    buttons[name] = made;
    return made;
  };

  const speed = createSpeed(store, t);
  const stopAt = createStopAt(store, t);
  const readout = createReadout(store);
  element.replaceChildren(
    el(
      "div",
      { class: "stage-tools", role: "toolbar", "aria-label": t("label") },
      el(
        "div",
        { class: "stage-group" },
        button("play", "Space", true),
        button("step", "ArrowRight", true),
        button("epoch", "Shift+ArrowRight", true),
      ),
      el("div", { class: "stage-group" }, button("reset", "R"), button("redraw", "Shift+R")),
      el("div", { class: "stage-group stage-settings" }, speed.element, stopAt.element),
      el(
        "div",
        { class: "stage-group stage-group-end" },
        ...(act.slow ? [button("slow", null)] : []),
        button("fullscreen", "F"),
        button("help", "?"),
      ),
    ),
    ...(shows ? [readout.element] : []),
  );
  buttons.slow?.setAttribute("aria-pressed", "false");
  const playText = buttons.play.querySelector(".stage-button-text");

  function showStatus() {
    const playing = store.frame?.status === "playing";
    const name = playing ? "pause" : "play";
    if (buttons.play.dataset.shows === name) return;
    buttons.play.dataset.shows = name;
    buttons.play.replaceChild(icon(name), buttons.play.firstChild);
    setText(playText, t(name));
    setAttribute(buttons.play, "aria-label", t(name));
    setAttribute(buttons.play, "title", `${t(name)} (${store.t("stage.keys.play")})`);
  }

  const offs = [
    store.on("frame", () => {
      showStatus();
      readout.show();
    }),
    store.on("scene", () => {
      speed.show();
      stopAt.show();
      readout.show();
    }),
    store.on("slow", (on) => buttons.slow && setAttribute(buttons.slow, "aria-pressed", String(Boolean(on)))),
  ];
  showStatus();
  speed.show();
  stopAt.show();
  readout.show();
  return { destroy: () => offs.forEach((off) => off()) };
}

function createSpeed(store, t) {
  const { speeds } = store.data.limits;
  const input = el("input", {
    type: "range",
    class: "stage-range",
    min: 0,
    max: speeds.length - 1,
    step: 1,
    value: speeds.length - 1,
    "aria-label": t("speed"),
    "data-testid": "speed",
  });
  const value = el("span", { class: "stage-speed-value stage-number" });
  let held = false;

  function describe() {
    const chosen = speeds[Number(input.value)];
    setText(value, chosen === null ? t("unbounded") : t("per_second", { count: whole(chosen) }));
    setAttribute(input, "aria-valuetext", value.textContent);
  }
  input.addEventListener("input", () => {
    held = true;
    describe();
  });
  input.addEventListener("change", () => {
    held = false;
    store
      .send("speed", { steps_per_second: speeds[Number(input.value)] })
      .catch((error) => store.emit("notice", { message: error.message, level: "error" }));
  });
  const element = el(
    "label",
    { class: "stage-field", title: t("speed_help") },
    el("span", { class: "stage-field-name", text: t("speed") }),
    input,
    value,
  );
  return {
    element,
    show() {
      if (!held && store.scene && "speed" in store.scene) {
        input.value = String(speedPosition(speeds, store.scene.speed));
      }
      describe();
    },
  };
}

function createStopAt(store, t) {
  const most = store.data.limits.stop_at;
  const input = el("input", {
    type: "number",
    class: "stage-input stage-number",
    min: 1,
    max: most,
    step: 1,
    inputmode: "numeric",
    placeholder: "∞",
    "aria-label": t("stop_at"),
    "data-testid": "stop-at",
  });
  const apply = () => {
    const epoch = input.value.trim() === "" ? null : Math.round(Number(input.value));
    if (epoch !== null && !(epoch >= 1 && epoch <= most)) {
      store.emit("notice", { message: t("stop_at_range", { most: whole(most) }), level: "error" });
      show();
      return;
    }
    store.send("stop_at", { epoch }).catch((error) => store.emit("notice", { message: error.message, level: "error" }));
  };
  input.addEventListener("change", apply);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") input.blur();
  });
  function show() {
    const focused = activeAround(input) === input;
    if (!focused) input.value = store.scene?.stop_at ?? "";
  }
  return {
    element: el(
      "label",
      { class: "stage-field", title: t("stop_at_help") },
      el("span", { class: "stage-field-name", text: t("stop_at") }),
      input,
    ),
    show,
  };
}

function createReadout(store) {
  const t = (key, values) => store.t(`stage.status.${key}`, values);
  const values = {};
  const item = (name, wide = false) => {
    values[name] = el("dd", { class: "stage-number" });
    return el(
      "div",
      { class: `stage-item stage-item-${name}${wide ? " stage-item-wide" : ""}` },
      el("dt", { text: t(name), title: t(`${name}_help`) }),
      values[name],
    );
  };
  const accuracy = [item("accuracy_train"), item("accuracy_validation"), item("accuracy_test")];
  const losses = [item("loss_train"), item("loss_validation"), item("loss_test")];
  const element = el(
    "dl",
    { class: "stage-readout" },
    item("epoch"),
    item("step"),
    ...losses,
    ...accuracy,
    item("learning_rate"),
    item("steps_per_second"),
    item("engine", true),
  );
  return {
    element,
    show() {
      const frame = store.frame ?? {};
      const regression = store.scene?.task === "regression";
      [true, Number.isFinite(frame.loss_validation), store.scene?.tested ?? true].forEach((there, k) => {
        losses[k].classList.toggle("stage-hidden", !there);
        accuracy[k].classList.toggle("stage-hidden", regression || !there);
      });
      setText(values.epoch, whole(frame.epoch));
      setText(values.step, whole(frame.step));
      setText(values.loss_train, decimal(frame.loss_train));
      setText(values.loss_validation, decimal(frame.loss_validation));
      setText(values.loss_test, decimal(frame.loss_test));
      setText(values.accuracy_train, percent(frame.accuracy_train));
      setText(values.accuracy_validation, percent(frame.accuracy_validation));
      setText(values.accuracy_test, percent(frame.accuracy_test));
      setText(values.learning_rate, learningRate(frame.learning_rate));
      setText(values.steps_per_second, whole(frame.steps_per_second));
      const engine = frame.engine ?? store.scene?.engine;
      const device = frame.device ?? store.scene?.device;
      setText(values.engine, engine ? `${engine} · ${device}` : "–");
    },
  };
}
