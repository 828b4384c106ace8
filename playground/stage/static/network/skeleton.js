/** The elements of the network view: a scrolling plane with the canvas, a layer for popovers, a status line. */

import { el } from "../shell/dom.js";
import { createScrollCue } from "./scroll.js";

/**
 * @param {object} view the network view
 * @returns {{root: HTMLElement, scroll: HTMLElement, plane: HTMLElement, canvas: HTMLCanvasElement,
 *   popovers: HTMLElement, status: HTMLElement, names: {update(): void}, cue: {update(): void}}}
 */
export function buildSkeleton(view) {
  const { store } = view;
  const root = el("section", { class: "network", "aria-label": store.t("network.label"), "data-testid": "network" });
  const frame = el("div", { class: "network-frame" });
  const scroll = el("div", { class: "network-scroll" });
  const plane = el("div", { class: "network-plane" });
  const canvas = el("canvas", { class: "network-canvas", "aria-hidden": "true" });
  const popovers = el("div", { class: "network-popovers" });
  const status = el("div", { class: "network-status", role: "status" });
  const labels = el("div", { class: "network-names", "aria-hidden": "true" });
  plane.append(canvas, labels);
  scroll.append(plane);
  frame.append(scroll, popovers);
  root.append(frame, status);
  const cue = createScrollCue(store, frame, scroll);
  const names = {
    /** Names beside the inputs and, with several classes, beside the outputs. */
    update() {
      const { layout, scene, columns } = view;
      const beside = view.expanded.has(0) ? [] : layout.columns[0].nodes; // an opened column leaves no room for names
      const entries = beside.map((node) => [node, scene.inputs[node.unit], "network-name-input"]);
      if (scene.task === "multiclass") {
        for (const node of layout.columns[columns.length - 1].nodes) {
          entries.push([node, scene.class_names[node.unit], "network-name-output"]);
        }
      }
      labels.replaceChildren(
        ...entries.map(([node, text, className]) => {
          const label = el("span", { class: `network-name ${className}`, text, title: text });
          const edge = node.x + (className.endsWith("input") ? -1 : 1) * (node.size / 2 + 6);
          label.style.left = `${edge}px`;
          label.style.top = `${node.y}px`;
          if (className.endsWith("input")) label.style.maxWidth = `${edge}px`;
          return label;
        }),
      );
    },
  };
  return { root, scroll, plane, canvas, popovers, status, names, cue };
}
