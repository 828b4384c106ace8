/** Skip connections: a bow over each residual layer, from the column before it to its own. */

const BOW = 18; // pixels that a bow's controls lie over its ends
const TIP = 4.5;

/**
 * The bows of a network.
 * @param {import("./model.js").Column[]} columns
 * @param {{columns: {x: number, nodes: {x: number, y: number, size: number}[]}[]}} layout
 * @returns {{layer: number, x0: number, y0: number, x1: number, y1: number, top: number}[]}
 */
export function placeSkips(columns, layout) {
  return columns
    .filter((column) => column.skips)
    .map(({ layer }) => {
      const [from, to] = [layout.columns[layer - 1], layout.columns[layer]];
      const [y0, y1] = [from, to].map(({ nodes }) => Math.min(...nodes.map((node) => node.y - node.size / 2)) - 4);
      return { layer, x0: from.x, y0, x1: to.x, y1, top: Math.min(y0, y1) - BOW };
    });
}

/** Draw the bows; the one past a block that was left out is strong, as all that passes goes along it. */
export function drawSkips(context, { columns, layout, palette, playingDropout }) {
  for (const bow of placeSkips(columns, layout)) {
    const alone = Boolean(playingDropout) && leftOut(playingDropout, bow.layer);
    const third = (bow.x1 - bow.x0) / 4;
    context.strokeStyle = context.fillStyle = alone ? palette.text : palette.muted;
    context.lineWidth = alone ? 2.5 : 1.25;
    context.beginPath();
    context.moveTo(bow.x0 + 3, bow.y0);
    context.bezierCurveTo(bow.x0 + third, bow.top, bow.x1 - third, bow.top, bow.x1 - 3, bow.y1 - TIP);
    context.stroke();
    context.beginPath();
    context.moveTo(bow.x1 - 3 - TIP, bow.y1 - TIP);
    context.lineTo(bow.x1 - 3 + TIP, bow.y1 - TIP);
    context.lineTo(bow.x1 - 3, bow.y1 + 2);
    context.fill();
  }
}

/** What the last step left out of a unit: 0 nothing, 1 the unit (dropout), 2 its block (stochastic depth). */
export function lossOf({ dropped, hidden, columns }, layer, unit) {
  return layer > 0 && layer <= hidden ? dropped[columns[layer].first - columns[0].size + unit] : 0;
}

/** Whether the last step left out a layer's block. */
export function leftOut(playing, layer) {
  return lossOf(playing, layer, 0) === 2;
}
