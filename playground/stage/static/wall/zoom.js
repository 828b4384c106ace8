/** How a wall shows that a search is refined: a rectangle grows to the whole picture, and a small plan tells where. */

/** Milliseconds in which it grows. */
const GROWING = 450;
/** Milliseconds after which a rectangle that brought no new wall counts as refused. */
const PATIENCE = 8000;

export function createZoom() {
  let kept = null;
  return {
    /**
     * Keep the picture of the coarse search.
     * @param {HTMLCanvasElement} canvas
     * @param {number[]} corners of the rectangle: left, top, right, bottom
     */
    keep(canvas, corners) {
      const picture = document.createElement("canvas");
      picture.width = canvas.width;
      picture.height = canvas.height;
      picture.getContext("2d").drawImage(canvas, 0, 0);
      kept = { picture, corners, asked: performance.now(), began: 0 };
    },

    /** The fine search hangs there: the rectangle begins to grow. */
    begin() {
      if (kept) kept.began = performance.now();
    },

    /**
     * Draw the rectangle over the picture.
     * @param {HTMLCanvasElement} canvas
     * @param {import("./places.js").Area} area
     * @param {number} ratio pixels of the screen for one of the page
     * @param {string} colour of its frame
     * @returns {boolean} whether it grows on
     */
    draw(canvas, area, ratio, colour) {
      if (!kept) return false;
      const share = kept.began ? (performance.now() - kept.began) / GROWING : 0;
      if (share >= 1 || performance.now() - kept.asked > PATIENCE) {
        kept = null;
        return false;
      }
      const [left, top, right, bottom] = kept.corners;
      const eased = share * share * (3 - 2 * share);
      const to = [area.left, area.top, area.left + area.width, area.top + area.height];
      const [x1, y1, x2, y2] = kept.corners.map((from, i) => from + (to[i] - from) * eased);
      const context = canvas.getContext("2d");
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      const [x, y, w, h] = [left, top, right - left, bottom - top].map((value) => value * ratio);
      context.drawImage(kept.picture, x, y, w, h, x1, y1, x2 - x1, y2 - y1);
      context.strokeStyle = colour;
      context.lineWidth = 2;
      context.strokeRect(x1, y1, x2 - x1, y2 - y1);
      return true;
    },
  };
}

/**
 * The plane with the rectangles that the search has gone through, from coarse to fine.
 * @param {HTMLCanvasElement} canvas
 * @param {number[][]} boxes
 * @param {import("../shell/theme.js").Theme} theme
 */
export function drawInset(canvas, boxes, theme) {
  canvas.hidden = !boxes.length;
  const context = canvas.getContext("2d");
  const { width, height } = canvas;
  context.clearRect(0, 0, width, height);
  context.strokeStyle = theme.muted;
  context.lineWidth = 2;
  context.strokeRect(1, 1, width - 2, height - 2);
  boxes.forEach(([left, right, bottom, top], i) => {
    context.strokeStyle = i === boxes.length - 1 ? theme.primary : theme.text;
    const size = [Math.max(3, (right - left) * (width - 2)), Math.max(3, (top - bottom) * (height - 2))];
    context.strokeRect(1 + left * (width - 2), 1 + (1 - top) * (height - 2), size[0], size[1]);
  });
}
