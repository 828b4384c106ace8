/** Every unit's map over the input plane in one picture, coloured through a lookup table. */

const ACROSS = 16; // tiles in one row of the atlas

/**
 * Colours of a theme in the forms that drawing needs.
 * @param {import("../shell/theme.js").Theme} theme
 */
export function paletteOf(theme) {
  const table = new Uint32Array(256);
  for (let value = 0; value < 256; value += 1) {
    const [red, green, blue] = theme.diverging((value - 127.5) / 127.5);
    table[value] = (255 << 24) | (blue << 16) | (green << 8) | red; // little endian RGBA
  }
  const css = (t) => `rgb(${theme.diverging(t).join(" ")})`;
  return {
    table,
    positive: css(1),
    negative: css(-1),
    neutral: css(0),
    text: theme.text,
    muted: theme.muted,
    background: theme.background,
    surface: theme.surface,
    border: theme.border,
    font: theme.font,
    dark: theme.dark,
    type: theme.type,
  };
}

/** A picture of all unit maps; `update` repaints it, `draw` copies one map. */
export function createAtlas() {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  let image = null;
  let pixels = null;
  let tile = 0;
  let count = 0;

  function fit(units, edge) {
    const rows = Math.ceil(units / ACROSS);
    if (image && tile === edge && image.height === rows * edge) {
      count = units;
      return;
    }
    tile = edge;
    count = units;
    canvas.width = ACROSS * edge;
    canvas.height = rows * edge;
    image = context.createImageData(canvas.width, canvas.height);
    pixels = new Uint32Array(image.data.buffer);
  }

  return {
    get count() {
      return count;
    },

    /**
     * Repaint from `units`, uint8 (n, t, t), 127.5 = 0.
     * @param {Uint8Array & {shape: number[]}} units
     * @param {Uint32Array} table colour of each value
     */
    update(units, table) {
      const [n, edge] = units.shape;
      fit(n, edge);
      const stride = ACROSS * edge;
      let from = 0;
      for (let unit = 0; unit < n; unit += 1) {
        let row = Math.floor(unit / ACROSS) * edge * stride + (unit % ACROSS) * edge;
        for (let y = 0; y < edge; y += 1, row += stride) {
          for (let x = 0; x < edge; x += 1, from += 1) pixels[row + x] = table[units[from]];
        }
      }
      context.putImageData(image, 0, 0);
    },

    clear() {
      count = 0;
    },

    /** Copy the map of one unit into a square; false when there is none yet. */
    draw(target, index, x, y, size) {
      if (index >= count) return false;
      const inset = 0.5; // half a pixel, so that smoothing does not bleed in the neighbours
      target.drawImage(
        canvas,
        (index % ACROSS) * tile + inset,
        Math.floor(index / ACROSS) * tile + inset,
        tile - 2 * inset,
        tile - 2 * inset,
        x,
        y,
        size,
        size,
      );
      return true;
    },
  };
}
