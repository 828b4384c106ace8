/** The network's drawing as a file, SVG or PNG, with the names that stand over it on the page. */

import { createAtlas, paletteOf } from "./atlas.js";
import { drawNetwork } from "./draw.js";
import { createVector } from "./vector.js";
import { layerName, notesOf } from "./words.js";

/** Pixels of a PNG for one of the page's. */
const SCALE = 2;
const LETTERS = 11;

/**
 * @param {string} kind `svg` or `png`
 * @param {object} picture what `drawNetwork` draws
 * @param {{store: import("../shell/store.js").Store, scene: object, columns: object[],
 *   units: (Uint8Array & {shape: number[]})|null}} view
 *   `units`: the maps of all units
 * @param {import("../shell/theme.js").Theme} theme
 * @returns {Promise<Blob>}
 */
export function networkFile(kind, picture, view, theme) {
  const { width, height } = picture.layout;
  const palette = paletteOf(theme);
  const atlas = createAtlas();
  if (view.units) atlas.update(view.units, palette.table);
  const shown = { ...picture, palette, atlas, emphasised: null, selected: null, focused: null };
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width * SCALE, height * SCALE];
  const context = canvas.getContext("2d");
  if (kind === "svg") {
    const pen = createVector(width, height, context, cutter());
    draw(pen, shown, view);
    const sheet = theme.clear ? "" : `<rect width="100%" height="100%" fill="${palette.background}"/>\n`;
    return Promise.resolve(new Blob([pen.text().replace(">", `>${sheet}`)], { type: "image/svg+xml" }));
  }
  context.scale(SCALE, SCALE);
  draw(context, shown, view);
  if (!theme.clear) {
    context.globalCompositeOperation = "destination-over";
    context.fillStyle = palette.background;
    context.fillRect(0, 0, width, height);
  }
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("canvas.toBlob"))), "image/png"),
  );
}

function draw(context, picture, { store, scene, columns }) {
  drawNetwork(context, picture);
  const { palette, layout } = picture;
  context.globalAlpha = 1;
  context.fillStyle = palette.text;
  context.textBaseline = "middle";
  const write = (text, x, y, align, bold = false) => {
    context.font = `${bold ? 600 : 400} ${LETTERS * palette.type}px ${palette.font}`;
    context.textAlign = align;
    context.fillText(text, x, y);
  };
  const [inputs, outputs] = [layout.columns[0], layout.columns.at(-1)];
  for (const node of inputs.nodes) write(scene.inputs[node.unit], node.x - node.size / 2 - 6, node.y, "right");
  if (scene.task === "multiclass") {
    for (const node of outputs.nodes) write(scene.class_names[node.unit], node.x + node.size / 2 + 6, node.y, "left");
  }
  layout.columns.forEach((placed, index) => {
    const column = columns[index];
    write(column.kind === "hidden" ? column.activationLabel : layerName(store, column), placed.x, 12, "center", true);
    write(String(column.size), placed.x, 27, "center");
    write(notesOf(store, column).join(" · "), placed.x, 42, "center");
    if (placed.badge?.hidden) write(`+${placed.badge.hidden}`, placed.badge.x, placed.badge.y, "center");
  });
}

/** Cuts a part out of an image, as an address that holds it. */
function cutter() {
  const tile = document.createElement("canvas");
  return (image, x, y, width, height) => {
    [tile.width, tile.height] = [Math.ceil(width), Math.ceil(height)];
    tile.getContext("2d").drawImage(image, x, y, width, height, 0, 0, tile.width, tile.height);
    return tile.toDataURL("image/png");
  };
}
