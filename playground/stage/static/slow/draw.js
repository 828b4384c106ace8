/** The numbers of a traced step on the picture of the network. */

import { significant } from "../shell/numbers.js";
import { drawPlate } from "../network/draw.js";
import { biasPlace, pointOn } from "../network/layout.js";
import { biasIndex, strongestIndex } from "../network/model.js";

/**
 * @param {CanvasRenderingContext2D} context
 * @param {object} picture see drawNetwork
 * @param {{trace: object, stage: object, row: number}} walk
 */
export function drawNumbers(context, picture, { trace, stage, row }) {
  const { layout, columns, palette } = picture;
  const reached = stage.phase === "forward" ? stage.layer : columns.length - 1;
  const values = (layer, unit) =>
    layer === 0
      ? trace.batch.x[row][unit]
      : layer <= trace.layers.length
        ? trace.layers[layer - 1].h[row][unit]
        : trace.scores[row][unit];
  if (stage.phase === "forward" || stage.phase === "loss") {
    for (const column of layout.columns.slice(0, reached + 1)) {
      for (const node of column.nodes) {
        if (node.size < 22) continue;
        const strong = column.layer === stage.layer;
        drawPlate(context, palette, significant(values(column.layer, node.unit)), node.x, node.y + node.size / 2 + 8, {
          strong,
        });
        const entry = column.layer > 0 ? trace.layers[column.layer - 1] : null;
        if (strong && entry && columns[column.layer].pieces === 1) {
          drawPlate(context, palette, `z ${significant(entry.z[row][node.unit])}`, node.x, node.y - node.size / 2 - 8);
        }
      }
    }
  }
  if (stage.phase === "backward" || stage.kind === "change") drawOnLinks(context, picture, trace, stage);
  if (stage.phase === "backward") drawNorms(context, picture, trace, stage);
}

function drawOnLinks(context, { layout, columns, palette }, trace, stage) {
  const values = stage.kind === "change" ? trace.updates : trace.gradients;
  const places = new Map();
  for (const link of layout.links) {
    if (stage.kind !== "change" && link.layer !== stage.layer) continue;
    const list = places.get(link.layer);
    if (list) list.push(link);
    else places.set(link.layer, [link]);
  }
  for (const [layer, links] of places) {
    if (links.length > roomFor(layout.pitchX)) continue;
    const column = layout.columns[layer];
    const before = layout.columns[layer - 1];
    for (const link of links) {
      const place = before.nodes.findIndex((node) => node.unit === link.source);
      const at = pointOn(link, printedAt(place, before.nodes.length));
      drawPlate(
        context,
        palette,
        significant(values[strongestIndex(columns[layer], link.unit, link.source, values)], 2),
        at.x,
        at.y,
        { size: 9 },
      );
    }
    for (const node of column.nodes) {
      if (node.size < 22 || !columns[layer].bias) continue;
      const { x, y } = biasPlace(node);
      drawPlate(context, palette, significant(values[biasIndex(columns[layer], node.unit)], 2), x, y + 12, { size: 9 });
    }
  }
}

/** How many links between two columns can carry their numbers without covering each other. */
function roomFor(pitch) {
  if (pitch > 140) return 20;
  return pitch > 100 ? 12 : 4;
}

/** Where on its link a number stands: staggered by source, so that crossing links keep theirs apart. */
function printedAt(place, count) {
  if (count === 1) return 0.5;
  const span = count === 2 ? 0.24 : 0.42;
  return 0.5 - span / 2 + (span * place) / (count - 1);
}

/** The norm of each layer's gradient, under its column, as far as the walk back has come. */
function drawNorms(context, { layout, palette }, trace, stage) {
  for (const column of layout.columns.slice(stage.layer)) {
    const norm = trace.norms[column.layer - 1];
    if (norm === undefined || norm === null) continue;
    drawPlate(context, palette, `‖∇‖ ${significant(norm)}`, column.x, layout.height - 9, {
      strong: column.layer === stage.layer,
    });
  }
}
