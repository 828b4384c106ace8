/** Paints a wall: every network's map with its curve, framed by its loss, the axes and the scale of the losses. */

import { makePalette } from "../boundary/palette.js";
import { brief } from "../shell/numbers.js";
import { apart, middle, shadeOf, ticks } from "./places.js";

/** Viridis (van der Walt & Smith 2015), as Vega's scheme of that name: told apart by colour-blind people, and in grey. */
const VIRIDIS = [
  "#440154", "#482475", "#414487", "#355f8d", "#2a788e", "#21918c", "#22a884", "#44bf70", "#7ad151", "#bddf26",
  "#fde725",
]; // prettier-ignore
/** Of a network that has diverged. */
const GONE = "#8a8f98";
const DIVERGED = 2;
/** Pixels of height from which a tile has a curve beside its map, and from which it has one below. */
const BESIDE_FROM = 14;
const BELOW_FROM = 30;
/** A tile that is so many times as wide as high has its curve beside the map. */
const BESIDE = 1.4;

/**
 * The colour of a loss.
 * @param {number} share from 0 (the lowest, dark) to 1
 * @returns {string}
 */
export function shade(share) {
  return VIRIDIS[Math.min(VIRIDIS.length - 1, Math.max(0, Math.round(share * (VIRIDIS.length - 1))))];
}

/**
 * Where map and curve of a tile are.
 * @param {number} width
 * @param {number} height
 * @returns {{map: number[], curve: number[]|null}} left, top, width and height within the tile
 */
export function partsOf(width, height) {
  if (width >= BESIDE * height && height >= BESIDE_FROM) {
    return { map: [0, 0, height, height], curve: [height, 0, width - height, height] };
  }
  if (height < BELOW_FROM) return { map: [0, 0, width, height], curve: null };
  const mapHeight = 0.7 * height;
  return { map: [0, 0, width, mapHeight], curve: [0, mapHeight, width, height - mapHeight] };
}

/**
 * @param {HTMLCanvasElement} canvas
 */
export function createPainter(canvas) {
  const context = canvas.getContext("2d");
  const atlas = document.createElement("canvas");
  const atlasContext = atlas.getContext("2d");

  /** All maps into one picture, a column of them: one copy to the screen's memory instead of hundreds. */
  function fillAtlas(scene, arrays, palette) {
    const [count, size] = arrays.map.shape;
    if (atlas.width !== size || atlas.height !== size * count) {
      atlas.width = size;
      atlas.height = size * count;
    }
    const image = atlasContext.createImageData(size, size * count);
    const pixels = new Uint32Array(image.data.buffer);
    const { map, confidence } = arrays;
    if (confidence) {
      const colours = palette.confidences(scene.classes, true);
      for (let i = 0; i < pixels.length; i += 1) pixels[i] = colours[256 * map[i] + confidence[i]];
    } else {
      const colours = palette.levels(0, 1, true);
      for (let i = 0; i < pixels.length; i += 1) pixels[i] = colours[map[i]];
    }
    atlasContext.putImageData(image, 0, 0);
    return size;
  }

  function curve(values, count, i, part, colour, line) {
    const [x, y, w, h] = part;
    context.beginPath();
    let begun = false;
    let points = 0;
    while (points < count && values[i * count + points]) points += 1;
    for (let k = 0; k < points; k += 1) {
      const px = x + 1 + (k / (count - 1)) * (w - 2);
      const py = y + h - 1 - ((values[i * count + k] - 1) / 254) * (h - 2);
      if (begun) context.lineTo(px, py);
      else context.moveTo(px, py);
      begun = true;
    }
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.stroke();
  }

  return {
    /**
     * @param {object} picture
     * @param {object} picture.scene the newest scene
     * @param {object} picture.frame the newest frame, null before
     * @param {import("../shell/theme.js").Theme} picture.theme
     * @param {import("./places.js").Area} picture.area
     * @param {number[]} picture.range lowest and highest loss of the colours
     * @param {number} picture.chosen the network that is pointed at, −1 for none
     * @param {number[]|null} picture.selection corners in pixels: left, top, right, bottom
     * @param {string[]} picture.titles of both axes
     * @param {string} picture.scale title of the scale
     * @param {number} picture.ratio pixels of the screen for one of the page
     */
    paint({ scene, frame, theme, area, range, chosen, selection, titles, scale, ratio }) {
      const palette = makePalette(theme);
      const width = canvas.width / ratio;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.fillStyle = palette.surface;
      context.fillRect(0, 0, width, canvas.height / ratio);
      axes(scene, area, palette, titles);
      if (!frame?.arrays.map) return;
      legend(area, palette, range, scale);
      const size = fillAtlas(scene, frame.arrays, palette);
      const { tileWidth, tileHeight } = area;
      const edge = Math.max(1.5, Math.min(tileWidth, tileHeight) * 0.07);
      const parts = partsOf(tileWidth - 2 * edge, tileHeight - 2 * edge);
      const { loss, status, curves } = frame.arrays;
      const points = curves.shape[1];
      context.imageSmoothingEnabled = true;
      const draw = (/** @type {number} */ i) => {
        const [x, y] = middle(area, scene.places[i]);
        const [left, top] = [x - tileWidth / 2, y - tileHeight / 2];
        const gone = status[i] === DIVERGED;
        context.fillStyle = gone ? GONE : shade(shadeOf(loss[i], range[0], range[1]));
        context.fillRect(left, top, tileWidth, tileHeight);
        context.fillStyle = palette.surface;
        context.fillRect(left + edge, top + edge, tileWidth - 2 * edge, tileHeight - 2 * edge);
        /** @type {(part: number[]) => [number, number, number, number]} */
        const place = (part) => [left + edge + part[0], top + edge + part[1], part[2], part[3]];
        const [mx, my, mw, mh] = place(parts.map);
        context.globalAlpha = gone ? 0.35 : 1;
        context.drawImage(atlas, 0, i * size, size, size, mx, my, mw, mh);
        context.globalAlpha = 1;
        if (parts.curve) curve(curves, points, i, place(parts.curve), palette.ink, theme.type > 1 ? 2 : 1.25);
        if (gone) cross(mx, my, mw, mh, palette.ink);
        // A hairline, as the darkest shade is that of a dark page and the lightest that of a light one.
        if (i === frame.best) outline(left, top, tileWidth, tileHeight, 2.5, palette.ink, []);
        else outline(left, top, tileWidth, tileHeight, 0.75, palette.muted, []);
      };
      scene.places.forEach((_, i) => draw(i));
      if (frame.best !== null && frame.best !== undefined) {
        draw(frame.best);
        star(middle(area, scene.places[frame.best]), area, palette);
      }
      if (chosen >= 0 && chosen < scene.places.length) {
        if (chosen !== frame.best) draw(chosen);
        const [x, y] = middle(area, scene.places[chosen]);
        outline(x - tileWidth / 2, y - tileHeight / 2, tileWidth, tileHeight, 3, theme.primary, []);
      }
      if (selection) {
        const [left, top, right, bottom] = selection;
        context.fillStyle = "rgba(128, 128, 128, 0.25)";
        context.fillRect(left, top, right - left, bottom - top);
        outline(left, top, right - left, bottom - top, 2, palette.ink, [6, 4]);
      }
    },
  };

  function outline(left, top, width, height, line, colour, dash) {
    context.setLineDash(dash);
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.strokeRect(left, top, width, height);
    context.setLineDash([]);
  }

  function cross(x, y, w, h, colour) {
    context.strokeStyle = colour;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(x + w * 0.25, y + h * 0.25);
    context.lineTo(x + w * 0.75, y + h * 0.75);
    context.moveTo(x + w * 0.75, y + h * 0.25);
    context.lineTo(x + w * 0.25, y + h * 0.75);
    context.stroke();
  }

  /** The best network, also for those who see no colours. */
  function star([x, y], area, palette) {
    const size = Math.max(11, Math.min(22, area.tileHeight * 0.5)) * Math.sqrt(palette.type);
    context.font = `${size}px sans-serif`;
    context.textAlign = "right";
    context.textBaseline = "top";
    context.lineWidth = 3;
    context.strokeStyle = palette.surface;
    context.fillStyle = palette.ink;
    const place = /** @type {[number, number]} */ ([x + area.tileWidth / 2 - 1, y - area.tileHeight / 2 + 1]);
    context.strokeText("★", ...place);
    context.fillText("★", ...place);
  }

  function axes(scene, area, palette, titles) {
    const [left, right, bottom, top] = scene.box;
    const columns = scene.arrangement === "grid" ? Math.sqrt(scene.places.length) : 0;
    const font = Math.round(12 * palette.type);
    context.font = `${font}px system-ui, sans-serif`;
    context.fillStyle = palette.muted;
    const wide = Math.max(2, Math.min(6, Math.floor(area.width / (70 * palette.type))));
    const high = Math.max(2, Math.min(6, Math.floor(area.height / (45 * palette.type))));
    context.textBaseline = "top";
    const below = ticks(scene.sides[0], left, right, wide, columns);
    const rates = apart(below.map(({ value }) => value));
    below.forEach(({ share }, i) => {
      context.textAlign = "center";
      const [x] = middle(area, [share, 0]);
      context.fillText(rates[i], x, area.top + area.height + 3);
    });
    context.textAlign = "right";
    context.textBaseline = "middle";
    const beside = ticks(scene.sides[1], bottom, top, high, columns);
    const others = apart(beside.map(({ value }) => value));
    beside.forEach(({ share }, i) => {
      const [, y] = middle(area, [0, share]);
      context.fillText(others[i], area.left - 4, y);
    });
    context.fillStyle = palette.ink;
    context.textAlign = "center";
    context.textBaseline = "top";
    context.fillText(titles[0], area.left + area.width / 2, area.top + area.height + 5 + font);
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    context.fillText(`↑ ${titles[1]}`, 2, font);
  }

  function legend(area, palette, range, title) {
    const [low, high] = range;
    const font = Math.round(12 * palette.type);
    context.font = `${font}px system-ui, sans-serif`;
    const length = Math.min(110, area.width * 0.2);
    const ends = [brief(low, 2), `≥ ${brief(high, 2)}`];
    const right = area.left + area.width;
    context.textBaseline = "alphabetic";
    context.fillStyle = palette.muted;
    context.textAlign = "right";
    context.fillText(ends[1], right, font);
    const end = right - context.measureText(ends[1]).width - 4;
    const step = length / VIRIDIS.length;
    VIRIDIS.forEach((colour, i) => {
      context.fillStyle = colour;
      context.fillRect(end - length + i * step, font * 0.25, Math.ceil(step), font * 0.75);
    });
    context.fillStyle = palette.muted;
    context.fillText(ends[0], end - length - 4, font);
    context.fillText(title, end - length - 8 - context.measureText(ends[0]).width, font);
  }
}
