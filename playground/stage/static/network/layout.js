/** Where everything of the network stands, and what lies under a point. Pure geometry in CSS pixels. */

import { chooseSources } from "./model.js";

export const MAX_DRAWN = 10; // units drawn of one hidden layer before the rest is folded
const MAX_INPUTS_DRAWN = 13; // likewise of the inputs: they have names, and the columns of a table are looked for
const MIN_PITCH = 48; // distance of columns below which the network scrolls sideways
const TIGHT = { pitch: 64, size: 28 }; // columns nearer than this have smaller units, so that links can be told apart
const HEADER = { plain: 56, noted: 72, bows: 14 }; // height over the units, without and with notes on the layers; more for skips
const FOOTER = 10;
const UNITS = 400; // height for the units where nothing else is said
const MIN_PITCH_Y = { tall: 41, low: 32 }; // distance of units; the smaller one where there is little height
const SIDE = { input: 46, output: 26, classes: 72 };
const MAX_INPUT_SIDE = { pixels: 112, share: 0.2 }; // room left of the inputs for their names, at most
const CHARACTER = 6.6; // typical width of a letter of a name

/**
 * @typedef {{layer: number, unit: number, x: number, y: number, size: number}} Node  center and edge length
 * @typedef {{layer: number, unit: number, source: number, x0: number, y0: number, x1: number, y1: number,
 *   bend: number}} Link  a horizontal S curve from the right edge of a source to the left of a unit
 */

/** How many units of a column are drawn before the rest is folded. @param {import("./model.js").Column} column */
export function mostDrawn(column) {
  return { input: MAX_INPUTS_DRAWN, hidden: MAX_DRAWN, output: column.size }[column.kind];
}

/**
 * Place columns, units, biases and badges.
 * @param {import("./model.js").Column[]} columns
 * @param {number[][]} drawn units to draw, per column
 * @param {{width: number, height?: number, expanded: Set<number>, classes: boolean, roomy: boolean,
 *   inputs?: string[]}} options
 *   `height`: for the units; `classes`: names stand right of the outputs; `roomy`: leave space for printed numbers;
 *   `inputs`: names that stand left of the inputs
 */
export function placeNetwork(columns, drawn, { width, height: units = UNITS, expanded, classes, roomy, inputs = [] }) {
  const noted = columns.some((column) => column.norm || column.dropout || column.pieces > 1);
  const header =
    (noted ? HEADER.noted : HEADER.plain) +
    (roomy ? 12 : 0) +
    (columns.some((column) => column.skips) ? HEADER.bows : 0);
  const rows = Math.max(
    3,
    ...columns.map((column, index) =>
      expanded.has(column.layer) ? MAX_DRAWN : drawn[index].length + (folded(column, drawn[index]) ? 1 : 0),
    ),
  );
  const least = units < UNITS ? MIN_PITCH_Y.low : MIN_PITCH_Y.tall;
  const pitchY = Math.min(84, Math.max(roomy ? 58 : least, units / rows));
  const tall = Math.round(Math.min(44, pitchY - (roomy ? 30 : pitchY < MIN_PITCH_Y.tall ? 8 : 11)));
  const crowded = columns.length > 1 + (width - 110) / TIGHT.pitch;
  const size = crowded ? Math.min(tall, TIGHT.size) : tall;
  const height = Math.round(header + rows * pitchY + FOOTER + (roomy ? 14 : 0));
  const left = inputSide(inputs, width) + size / 2;
  const right = (classes ? SIDE.classes : SIDE.output) + size / 2;
  const blocks = columns.map((column, index) =>
    expanded.has(column.layer) ? expandedBlock(drawn[index].length, header, height) : null,
  );
  const extra = blocks.reduce((sum, block) => sum + (block ? block.width - size : 0), 0);
  const gaps = Math.max(1, columns.length - 1);
  const pitchX = Math.max(MIN_PITCH + (roomy ? 16 : 0), (width - left - right - extra) / gaps);
  const total = Math.max(width, Math.ceil(left + right + extra + gaps * pitchX));
  let x = left;
  const middle = header + (rows * pitchY) / 2;
  const placed = columns.map((column, index) => {
    const block = blocks[index];
    const wide = block ? block.width : size;
    const center = x + (wide - size) / 2;
    const nodes = block
      ? block.place(column.layer, drawn[index], center)
      : placeColumn(column.layer, drawn[index], center, middle, pitchY, size);
    x += pitchX + (wide - size);
    const hidden = column.size - drawn[index].length;
    const last = nodes[nodes.length - 1];
    const badge =
      hidden > 0 || block ? { x: center, y: block ? height - FOOTER - 6 : last.y + pitchY * 0.82, hidden } : null;
    return { layer: column.layer, x: center, width: wide, nodes, badge, byUnit: indexNodes(nodes) };
  });
  return { width: total, height, size, pitchX, pitchY, header, columns: placed, links: [] };
}

/** Pixels left of the inputs: enough for their names, up to a share of the width. */
function inputSide(inputs, width) {
  const longest = Math.max(
    0,
    ...inputs.map((name) =>
      [...name].reduce(
        (sum, letter) => sum + ((letter > "\u1100" && letter < "\u1200") || letter > "\u2e80" ? 2 : 1),
        0,
      ),
    ),
  );
  const most = Math.min(MAX_INPUT_SIDE.pixels, MAX_INPUT_SIDE.share * width);
  return Math.max(SIDE.input, Math.min(most, longest * CHARACTER + 14));
}

function folded(column, drawn) {
  return column.size > drawn.length;
}

function indexNodes(nodes) {
  return new Map(nodes.map((node) => [node.unit, node]));
}

function placeColumn(layer, units, x, middle, pitch, size) {
  const top = middle - ((units.length - 1) * pitch) / 2;
  return units.map((unit, place) => ({ layer, unit, x, y: top + place * pitch, size }));
}

/** An opened column: small squares in several sub-columns over the whole height. */
function expandedBlock(count, header, height) {
  const cell = count > 30 ? 26 : 34;
  const room = height - header - FOOTER - 26;
  const perColumn = Math.max(1, Math.floor(room / cell));
  const across = Math.ceil(count / perColumn);
  return {
    width: across * cell,
    place: (layer, units, center) =>
      units.map((unit, place) => ({
        layer,
        unit,
        size: cell - 7,
        x: center + (Math.floor(place / perColumn) - (across - 1) / 2) * cell,
        y: header + (place % perColumn) * cell + cell / 2,
      })),
  };
}

/**
 * The links to draw: all of a small pair of columns, the strongest into each unit of a large one.
 * @returns {Link[]}
 */
export function placeLinks(columns, layout, parameters, emphasised = null) {
  const links = [];
  for (let index = 1; index < columns.length; index += 1) {
    const column = columns[index];
    const before = layout.columns[index - 1];
    const sources = before.nodes.map((node) => node.unit);
    const nodes = layout.columns[index].nodes;
    const pairs = sources.length * nodes.length;
    const limit =
      pairs <= 64 ? sources.length : Math.max(2, Math.round((layout.pitchX < TIGHT.pitch ? 20 : 30) / nodes.length));
    for (const node of nodes) {
      const kept = keepAll(emphasised, node) ? sources : chooseSources(column, node.unit, sources, parameters, limit);
      for (const source of kept) links.push(linkBetween(before.byUnit.get(source), node, source, sources));
    }
    if (emphasised?.layer === index - 1 && limit < sources.length) {
      addOutgoing(links, before.byUnit.get(emphasised.unit), nodes, sources);
    }
  }
  return links;
}

function keepAll(emphasised, node) {
  return emphasised?.layer === node.layer && emphasised.unit === node.unit;
}

function addOutgoing(links, source, nodes, sources) {
  if (!source) return;
  const known = new Set(
    links.filter((link) => link.layer === source.layer + 1 && link.source === source.unit).map((link) => link.unit),
  );
  for (const node of nodes) {
    if (!known.has(node.unit)) links.push(linkBetween(source, node, source.unit, sources));
  }
}

function linkBetween(from, to, source, sources) {
  const place = sources.length > 1 ? sources.indexOf(source) / (sources.length - 1) - 0.5 : 0;
  const x0 = from.x + from.size / 2;
  const x1 = to.x - to.size / 2;
  return {
    layer: to.layer,
    unit: to.unit,
    source,
    x0,
    y0: from.y,
    x1,
    y1: to.y + place * to.size * 0.55,
    bend: Math.max(12, (x1 - x0) * 0.45),
  };
}

/** Point of a link at `t` in [0, 1]. */
export function pointOn(link, t) {
  const u = 1 - t;
  const a = u * u * u,
    b = 3 * u * u * t,
    c = 3 * u * t * t,
    d = t * t * t;
  return {
    x: a * link.x0 + b * (link.x0 + link.bend) + c * (link.x1 - link.bend) + d * link.x1,
    y: (a + b) * link.y0 + (c + d) * link.y1,
  };
}

/** Centre of the small square that stands for a unit's bias. */
export function biasPlace(node) {
  return { x: node.x - node.size / 2 - 2, y: node.y + node.size / 2 - 2 };
}

/**
 * What lies under a point: a bias, a unit, or the nearest link within `reach` pixels.
 * @returns {{kind: "unit"|"bias"|"link", layer: number, unit: number, source?: number}|null}
 */
export function hitTest(layout, x, y, reach = 6) {
  for (const column of layout.columns) {
    for (const node of column.nodes) {
      if (column.layer > 0) {
        const bias = biasPlace(node);
        const near = node.size < 24 ? 4 : Math.max(6, reach);
        if (Math.abs(x - bias.x) <= near && Math.abs(y - bias.y) <= near) {
          return { kind: "bias", layer: node.layer, unit: node.unit };
        }
      }
      const half = node.size / 2 + 2;
      if (Math.abs(x - node.x) <= half && Math.abs(y - node.y) <= half) {
        return { kind: "unit", layer: node.layer, unit: node.unit };
      }
    }
  }
  /** @type {ReturnType<typeof hitTest>} */
  let best = null;
  let nearest = reach;
  for (const link of layout.links) {
    if (x < link.x0 - reach || x > link.x1 + reach) continue;
    if (y < Math.min(link.y0, link.y1) - reach || y > Math.max(link.y0, link.y1) + reach) continue;
    const distance = distanceTo(link, x, y);
    if (distance < nearest) {
      nearest = distance;
      best = { kind: "link", layer: link.layer, unit: link.unit, source: link.source };
    }
  }
  return best;
}

function distanceTo(link, x, y) {
  let nearest = Infinity;
  let previous = pointOn(link, 0);
  for (let step = 1; step <= 16; step += 1) {
    const next = pointOn(link, step / 16);
    nearest = Math.min(nearest, toSegment(x, y, previous, next));
    previous = next;
  }
  return nearest;
}

function toSegment(x, y, from, to) {
  const dx = to.x - from.x,
    dy = to.y - from.y;
  const length = dx * dx + dy * dy || 1;
  const t = Math.max(0, Math.min(1, ((x - from.x) * dx + (y - from.y) * dy) / length));
  return Math.hypot(x - from.x - t * dx, y - from.y - t * dy);
}

/** Unit to move to from `node` with an arrow key, or null at the edge. */
export function neighbour(layout, node, key) {
  const column = layout.columns[node.layer];
  const place = column.nodes.findIndex((other) => other.unit === node.unit);
  if (key === "ArrowUp") return column.nodes[place - 1] || null;
  if (key === "ArrowDown") return column.nodes[place + 1] || null;
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
  const target =
    key === "Home"
      ? layout.columns[0]
      : key === "End"
        ? layout.columns[layout.columns.length - 1]
        : layout.columns[node.layer + step];
  if (!target) return null;
  const at = column.nodes[place] || { y: 0 };
  return target.nodes.reduce(
    (best, other) => (!best || Math.abs(other.y - at.y) < Math.abs(best.y - at.y) ? other : best),
    null,
  );
}
