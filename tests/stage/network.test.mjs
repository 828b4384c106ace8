/** The network view's plain modules, under Node: `node --test`. */

import assert from "node:assert/strict";
import { test } from "node:test";

const at = (name) => new URL(`../../playground/stage/static/${name}`, import.meta.url).href;
const { chooseSources, chooseUnits, columnsOf, importance, parametersOf, shownInputs, strongestIndex } = await import(
  at("network/model.js")
);
const { MAX_DRAWN, biasPlace, hitTest, mostDrawn, neighbour, placeLinks, placeNetwork, pointOn } = await import(
  at("network/layout.js")
);
const { lossOf, placeSkips } = await import(at("network/skips.js"));
const { stagesOf } = await import(at("slow/trace.js"));
const { strength, weightReference } = await import(at("network/draw.js"));
const { paletteOf } = await import(at("network/atlas.js"));
const words = await import(at("network/words.js"));

/** A scene with layers of these sizes, parameters in the server's order. */
function sceneOf(sizes, { pieces = 1, norm = "none" } = {}) {
  let offset = 0;
  const slice = (size) => {
    offset += size;
    return { offset: offset - size, size };
  };
  const layers = sizes.slice(1).map((units, place) => {
    const hidden = place < sizes.length - 2;
    const rows = units * (hidden ? pieces : 1);
    const layer = {
      units,
      pieces: hidden ? pieces : 1,
      activation: hidden ? "tanh" : "",
      dropout: 0,
      norm: hidden ? norm : "none",
      weight: { ...slice(rows * sizes[place]), rows, cols: sizes[place] },
      bias: slice(rows),
    };
    if (hidden && norm !== "none") Object.assign(layer, { gamma: slice(rows), beta: slice(rows) });
    return layer;
  });
  return { inputs: Array.from({ length: sizes[0] }, (_, i) => `x${i + 1}`), layers, n_parameters: offset };
}

function placed(sizes, { width = 640, height, expanded = [] } = {}) {
  const columns = columnsOf(sceneOf(sizes));
  const open = new Set(expanded);
  const drawn = columns.map((column) => {
    const all = column.kind !== "hidden" || open.has(column.layer);
    return Array.from({ length: all ? column.size : Math.min(MAX_DRAWN, column.size) }, (_, unit) => unit);
  });
  const layout = placeNetwork(columns, drawn, { width, height, expanded: open, classes: false, roomy: false });
  return { columns, layout };
}

test("many inputs are folded like hidden units, outputs never are", () => {
  const most = (sizes) => columnsOf(sceneOf(sizes)).map(mostDrawn);
  assert.deepEqual(most([64, 32, 10]), [13, MAX_DRAWN, 10]);
});

test("names of the inputs get room, up to a share of the width", () => {
  const columns = columnsOf(sceneOf([2, 4, 1]));
  const drawn = columns.map((column) => [...Array(column.size).keys()]);
  const left = (inputs, width) =>
    placeNetwork(columns, drawn, { width, expanded: new Set(), classes: false, roomy: false, inputs }).columns[0].x;
  assert.ok(left(["flavanoids", "x2"], 560) >= left(["x1", "x2"], 560) + 25);
  assert.ok(left(["a very long name of an input", "x2"], 300) <= 60 + 22);
});

test("a bow leads over each residual layer, between the headers and the units", () => {
  const scene = sceneOf([2, 4, 4, 3, 3, 1]);
  scene.layers[1].skips = scene.layers[3].skips = true;
  const columns = columnsOf(scene);
  const drawn = columns.map((column) => [...Array(column.size).keys()]);
  const options = { width: 640, expanded: new Set(), classes: false, roomy: false };
  const layout = placeNetwork(columns, drawn, options);
  const bows = placeSkips(columns, layout);
  assert.deepEqual(
    bows.map(({ layer }) => layer),
    [2, 4],
  );
  for (const { layer, x0, x1, y0, y1, top } of bows) {
    assert.deepEqual([x0, x1], [layout.columns[layer - 1].x, layout.columns[layer].x]);
    const highest = (place) => layout.columns[place].nodes[0].y - layout.columns[place].nodes[0].size / 2;
    assert.ok(y0 < highest(layer - 1) && y1 < highest(layer) && top < Math.min(y0, y1));
  }
  const plain = placeNetwork(columnsOf(sceneOf([2, 4, 4, 3, 3, 1])), drawn, options);
  assert.ok(layout.header >= plain.header + 10); // room for the bows
});

test("a unit may be left out by itself or with its layer", () => {
  const columns = columnsOf(sceneOf([2, 2, 2, 1]));
  const playing = { dropped: Uint8Array.of(0, 1, 2, 2), hidden: 2, columns };
  assert.deepEqual(
    [0, 1].map((unit) => lossOf(playing, 1, unit)),
    [0, 1],
  );
  assert.deepEqual(
    [0, 1].map((unit) => lossOf(playing, 2, unit)),
    [2, 2],
  );
  assert.equal(lossOf(playing, 0, 0) + lossOf(playing, 3, 0), 0);
});

test("columns know their place in the arrays of the frames", () => {
  const columns = columnsOf(sceneOf([2, 4, 3, 1], { norm: "batch_norm" }));
  assert.deepEqual(
    columns.map(({ kind }) => kind),
    ["input", "hidden", "hidden", "output"],
  );
  assert.deepEqual(
    columns.map(({ first }) => first),
    [0, 2, 6, 9],
  );
  const roles = parametersOf(columns[1], 3).map(({ role, index }) => [role, index]);
  // 8 weights, then 4 biases, 4 gammas, 4 betas; unit 3 is the last of each
  assert.deepEqual(roles, [
    ["bias", 11],
    ["weight", 6],
    ["weight", 7],
    ["gamma", 15],
    ["beta", 19],
  ]);
});

test("a maxout link shows the piece with the largest weight", () => {
  const [, hidden] = columnsOf(sceneOf([2, 2, 1], { pieces: 3 }));
  const parameters = new Float32Array(18);
  parameters[3 * 2 + 1] = 0.5; // unit 1, piece 0, source 1
  parameters[5 * 2 + 1] = -2; // unit 1, piece 2, source 1
  assert.equal(strongestIndex(hidden, 1, 1, parameters), 11);
});

test("importance is the norm of the outgoing weights", () => {
  const columns = columnsOf(sceneOf([1, 2, 2]));
  // 2 weights and 2 biases into the hidden layer, then rows (3, 0) and (4, 1)
  const norms = importance(columns[1], columns[2], [9, 9, 9, 9, 3, 0, 4, 1, 0, 0]);
  assert.deepEqual([...norms], [5, 1]);
});

test("drawn units change only for a clearly more important one, and never lose the pinned one", () => {
  const norms = [1, 2, 3, 4, 5];
  const first = chooseUnits(norms, [], 3);
  assert.deepEqual(first, [2, 3, 4]);
  assert.deepEqual(chooseUnits([1, 3.5, 3, 4, 5], first, 3), [2, 3, 4]);
  assert.deepEqual(chooseUnits([1, 9, 3, 4, 5], first, 3), [1, 3, 4]);
  assert.deepEqual(chooseUnits(norms, first, 3, [0]), [0, 3, 4]);
});

test("a pair of large columns keeps the strongest links, a small pair all of them", () => {
  const [, , column] = columnsOf(sceneOf([1, 4, 1]));
  const parameters = new Float32Array(13);
  parameters.set([0.1, -3, 2, 0.2], 8);
  assert.deepEqual(chooseSources(column, 0, [0, 1, 2, 3], parameters, 2), [1, 2]);
  const { columns, layout } = placed([2, ...Array(8).fill(64), 1]);
  const links = placeLinks(columns, layout, new Float32Array(40000).fill(0.1));
  const perPair = columns.slice(1).map(({ layer }) => links.filter((link) => link.layer === layer).length);
  assert.ok(Math.max(...perPair) <= 40, `${perPair}`);
  assert.equal(placeLinks(...Object.values(placed([2, 4, 2, 1])), new Float32Array(25)).length, 18);
});

test("every drawn unit, bias and link is found under the pointer", () => {
  const { columns, layout } = placed([2, 4, 2, 1]);
  layout.links = placeLinks(columns, layout, new Float32Array(25));
  for (const { nodes } of layout.columns) {
    for (const node of nodes) {
      const { layer, unit } = node;
      assert.deepEqual(hitTest(layout, node.x, node.y), { kind: "unit", layer, unit });
      if (layer === 0) continue;
      const bias = biasPlace(node);
      assert.deepEqual(hitTest(layout, bias.x, bias.y), { kind: "bias", layer, unit });
    }
  }
  const link = layout.links.at(-1);
  const { x, y } = pointOn(link, 0.5);
  const { layer, unit, source } = link;
  assert.deepEqual(hitTest(layout, x, y), { kind: "link", layer, unit, source });
  assert.equal(hitTest(layout, 1, 1), null);
});

test("units never overlap, in narrow, deep and opened networks", () => {
  for (const [sizes, options] of [
    [[2, 4, 2, 1], { width: 330 }],
    [[10, ...Array(8).fill(64), 10], { width: 600 }],
    [[2, 64, 64, 1], { width: 600, expanded: [1, 2] }],
    [[2, 64, 64, 1], { width: 600, height: 240, expanded: [1] }],
    [[2, 8, 64, 1], { width: 480, height: 240 }],
  ]) {
    const { layout } = placed(sizes, options);
    const nodes = layout.columns.flatMap((column) => column.nodes);
    for (const [place, a] of nodes.entries()) {
      assert.ok(a.x - a.size / 2 >= 0 && a.x + a.size / 2 <= layout.width && a.y + a.size / 2 <= layout.height);
      for (const b of nodes.slice(place + 1)) {
        assert.ok(Math.max(Math.abs(a.x - b.x), Math.abs(a.y - b.y)) >= (a.size + b.size) / 2, JSON.stringify([a, b]));
      }
    }
  }
});

test("arrow keys lead to the nearest unit and stop at the edge", () => {
  const { layout } = placed([2, 4, 2, 1]);
  const node = layout.columns[1].nodes[3];
  assert.equal(neighbour(layout, node, "ArrowDown"), null);
  assert.equal(neighbour(layout, node, "ArrowUp").unit, 2);
  assert.deepEqual(
    ["ArrowLeft", "ArrowRight", "Home", "End"].map((key) => {
      const next = neighbour(layout, node, key);
      return [next.layer, next.unit];
    }),
    [
      [0, 1],
      [2, 1],
      [0, 1],
      [3, 0],
    ],
  );
});

test("the slow step walks forward, loss, back and update", () => {
  const stages = stagesOf(columnsOf(sceneOf([2, 4, 2, 1]))).map(({ kind, layer }) => `${kind} ${layer}`);
  assert.deepEqual(stages, [
    "input 0",
    "layer 1",
    "layer 2",
    "score 3",
    "loss 3",
    "gradient 3",
    "gradient 2",
    "gradient 1",
    "change -1",
    "done -1",
  ]);
});

/** A view with texts as their keys and values. */
function viewOf(scene, frame = null) {
  const t = (key, values) => (values ? `${key} ${Object.values(values).join(" ")}` : key);
  return {
    store: { t, frame },
    scene,
    columns: columnsOf(scene),
    stats: null,
    dropped: null,
    pinned: null,
    slow: null,
  };
}

test("units, layers and links have names and sentences", () => {
  const scene = { ...sceneOf([2, 3, 2, 1]), task: "binary", class_names: ["0", "1"] };
  const parameters = Float32Array.from({ length: scene.n_parameters }, (_, k) => k / 10);
  const view = viewOf(scene, { arrays: { parameters } });
  assert.equal(words.layerName(view.store, view.columns[2]), "network.layer.hidden 2");
  assert.equal(words.unitSymbol(view, 1, 1), "h⁽¹⁾₂");
  assert.equal(words.unitSymbol(viewOf(sceneOf([2, 3, 1])), 1, 1), "h₂");
  assert.equal(words.unitSymbol(view, 3, 0), "s");
  assert.equal(words.unitName(view, 0, 1), "network.unit.input x2");
  assert.equal(words.sourceName(view, 2, 0), "network.unit.short 1 1");
  assert.equal(words.unitState(view, 1, 0), "alive");
  // The first unit's bias stands behind the 3 × 2 weights of its layer.
  assert.equal(words.unitLabel(view, 1, 0), "network.unit.hidden 1 1, network.unit.bias 0.60");
  assert.deepEqual(words.tooltipLines(view, { kind: "link", layer: 1, unit: 1, source: 1 }), [
    "network.tooltip.link x2 network.unit.hidden 1 2",
    "network.tooltip.weight 0.300",
    "network.tooltip.edit",
  ]);
  assert.deepEqual(
    words.tooltipLines(view, { kind: "layer", layer: 2, unit: 0 }).at(-1),
    "network.tooltip.parameters 6 2",
  );
});

test("a unit that is left out, dead or pinned says so", () => {
  const view = viewOf({ ...sceneOf([2, 2, 1]), task: "binary", class_names: ["0", "1"] });
  view.dropped = Uint8Array.of(1, 2);
  assert.equal(words.unitState(view, 1, 0), "dropped");
  assert.equal(words.unitState(view, 1, 1), "left_out");
  view.dropped = null;
  view.stats = new Float32Array(5 * 4);
  view.stats[2 * 4 + 3] = 1;
  view.pinned = { layer: 1, unit: 0 };
  assert.equal(
    words.unitLabel(view, 1, 0),
    "network.unit.hidden 1 1, network.unit.mean 0, network.state.dead, network.state.pinned",
  );
});

test("links are as strong as their weights are large for the number of inputs", () => {
  assert.equal(weightReference({ weight: { cols: 4 } }), 2);
  assert.equal(weightReference({ weight: { cols: 10_000 } }), 0.8);
  assert.equal(strength(0, 2), 0);
  assert.equal(strength(-1, 2), strength(1, 2));
  assert.ok(strength(1, 2) < strength(2, 2) && strength(100, 2) <= 1);
});

test("the maps' colours are packed for the canvas", () => {
  const { table, positive } = paletteOf({ diverging: (x) => (x < 0 ? [1, 2, 3] : [4, 5, 6]) });
  assert.equal(table[0].toString(16), "ff030201");
  assert.equal(positive, "rgb(4 5 6)");
});

test("the inputs that span the map are drawn even where the rest is folded", () => {
  const axis = (k) => Array.from({ length: 64 }, (_, i) => (i === k ? 1 : 0));
  const scene = { columns: axis(0).map(String), plane: { kind: "columns", across: axis(63), down: axis(20) } };
  const drawn = chooseUnits(new Float64Array(64), [], 13, shownInputs(scene));
  assert.equal(drawn.length, 13);
  assert.ok(drawn.includes(63) && drawn.includes(20));
  assert.deepEqual(shownInputs({ ...scene, plane: { ...scene.plane, kind: "components" } }), []);
  assert.deepEqual(shownInputs({ columns: ["a", "b"], plane: { kind: "columns", across: [1, 0], down: [0, 1] } }), []);
});
