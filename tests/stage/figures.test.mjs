/** Figures that are saved: their themes, and the network as SVG, under Node: `node --test`. */

import assert from "node:assert/strict";
import { test } from "node:test";

const at = (name) => new URL(`../../playground/stage/static/${name}`, import.meta.url).href;
const { inLook, LOOKS } = await import(at("shell/looks.js"));
const { coloursOf, DEFAULTS, vegaConfig } = await import(at("shell/theme.js"));
const { createVector } = await import(at("network/vector.js"));
const { drawNetwork } = await import(at("network/draw.js"));
const { paletteOf } = await import(at("network/atlas.js"));

const dark = coloursOf({ ...DEFAULTS, "background-color": "#0e1117", "text-color": "#fafafa" });
const page = { ...dark, primary: "#fff", font: '"Source Sans", sans-serif', classes: [], type: 1 };

test("a saved figure is as on the page, light, dark, or without a sheet, whatever the page is", () => {
  assert.equal(inLook(page, "page"), page);
  const looks = Object.fromEntries(LOOKS.map((look) => [look, inLook(page, look)]));
  assert.deepEqual(
    LOOKS.map((look) => looks[look].dark),
    [true, false, true, false],
  );
  assert.equal(vegaConfig(looks.transparent).background, null);
  assert.equal(vegaConfig(looks.light).background, "rgba(255, 255, 255, 1)");
  assert.deepEqual(looks.light.diverging(0), coloursOf(DEFAULTS).diverging(0));
  assert.equal(looks.dark.font, page.font);
});

test("the network's drawing is written as SVG", () => {
  const node = (layer, unit, x, y) => ({ layer, unit, x, y, size: 30 });
  const nodes = [[node(0, 0, 40, 60)], [node(1, 0, 200, 60)]];
  const layout = {
    width: 240,
    height: 120,
    pitchX: 160,
    columns: nodes.map((of, layer) => ({ layer, nodes: of })),
    links: [{ layer: 1, unit: 0, source: 0, x0: 55, y0: 60, x1: 185, y1: 60, bend: 40 }],
  };
  const weight = { offset: 0, size: 1, rows: 1, cols: 1 };
  const columns = [
    { layer: 0, first: 0, size: 1, kind: "input" },
    { layer: 1, first: 1, size: 1, kind: "output", pieces: 1, weight, bias: { offset: 1, size: 1 } },
  ];
  const palette = paletteOf(inLook(page, "light"));
  const pen = createVector(240, 120, null, () => "data:image/png;base64,AA==");
  const atlas = { draw: (target, index, x, y, size) => (target.drawImage({}, 0, 0, 9, 9, x, y, size, size), true) };
  const styles = [null, { values: [2, -1], reference: 1, zero: 0 }];
  drawNetwork(pen, { layout, columns, palette, atlas, styles, stats: null, emphasised: null, selected: null });
  pen.font = '600 11px "Source Sans", sans-serif';
  pen.textAlign = "right";
  pen.fillText("<x₁> & y", 20, 60);
  const svg = pen.text();
  assert.match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="240" height="120" viewBox="0 0 240 120">/);
  assert.equal(svg.match(/<image /g).length, 2, "a map in each unit");
  assert.ok(svg.includes(`d="M55 60C95 60 145 60 185 60" fill="none" stroke="${palette.positive}"`));
  assert.ok(svg.includes(`fill="${palette.negative}"`), "the bias");
  assert.ok(svg.includes('text-anchor="end"'));
  assert.ok(svg.includes('font-family="&quot;Source Sans&quot;, sans-serif"'));
  assert.ok(svg.includes(">&lt;x₁&gt; &amp; y</text>"));
  assert.ok(!svg.includes("NaN") && !svg.includes("undefined"));
});
