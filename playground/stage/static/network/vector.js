/** A canvas's context that writes SVG: what draws the network on the page draws the file too. */

const escaped = (text) =>
  String(text).replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);
const brief = (value) => String(Math.round(value * 100) / 100);
const ANCHORS = { left: "start", center: "middle", right: "end" };

/**
 * The part of `CanvasRenderingContext2D` that the network's drawing uses.
 * @param {number} width of the picture
 * @param {number} height
 * @param {CanvasRenderingContext2D} ruler measures text
 * @param {(image: CanvasImageSource, x: number, y: number, width: number, height: number) => string} cut the address of
 *   a part of an image
 */
export function createVector(width, height, ruler, cut) {
  const parts = [];
  let path = [];
  let dash = [];
  const add = (tag, attributes, text = null) => {
    const told = Object.entries(attributes)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => ` ${name}="${escaped(typeof value === "number" ? brief(value) : value)}"`)
      .join("");
    parts.push(text === null ? `<${tag}${told}/>` : `<${tag}${told}>${escaped(text)}</${tag}>`);
  };
  const opacity = () => (pen.globalAlpha === 1 ? null : pen.globalAlpha);
  const lines = () => ({
    fill: "none",
    stroke: pen.strokeStyle,
    "stroke-width": pen.lineWidth,
    "stroke-dasharray": dash.length ? dash.join(" ") : null,
    opacity: opacity(),
  });
  const go = (letter, ...places) => path.push(letter + places.map(brief).join(" "));
  const pen = {
    strokeStyle: "#000",
    fillStyle: "#000",
    lineWidth: 1,
    lineCap: "butt",
    globalAlpha: 1,
    font: "10px sans-serif",
    textAlign: "left",
    textBaseline: "alphabetic",
    imageSmoothingEnabled: true,
    clearRect: () => parts.splice(0),
    setLineDash: (pattern) => (dash = pattern),
    beginPath: () => (path = []),
    moveTo: (x, y) => go("M", x, y),
    lineTo: (x, y) => go("L", x, y),
    bezierCurveTo: (...places) => go("C", ...places),
    stroke: () => add("path", { d: path.join(""), ...lines() }),
    fill: () => add("path", { d: path.join(""), fill: pen.fillStyle, opacity: opacity() }),
    fillRect: (x, y, w, h) => add("rect", { x, y, width: w, height: h, fill: pen.fillStyle, opacity: opacity() }),
    strokeRect: (x, y, w, h) => add("rect", { x, y, width: w, height: h, ...lines() }),
    drawImage: (image, sx, sy, sw, sh, x, y, w, h) =>
      add("image", { href: cut(image, sx, sy, sw, sh), x, y, width: w, height: h, opacity: opacity() }),
    measureText: (text) => {
      ruler.font = pen.font;
      return ruler.measureText(text);
    },
    fillText: (text, x, y) => {
      const [, weight, size, family] = /^(\d+ )?([\d.]+)px (.*)$/.exec(pen.font) ?? [null, null, "10", "sans-serif"];
      const style = { "font-family": family, "font-size": Number(size), "font-weight": weight?.trim() };
      const middle = pen.textBaseline === "middle" ? "central" : null;
      const placing = { "text-anchor": ANCHORS[pen.textAlign], "dominant-baseline": middle };
      add("text", { x, y, fill: pen.fillStyle, ...style, ...placing, opacity: opacity() }, text);
    },
    /** The file. */
    text: () =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="${brief(width)}" height="${brief(height)}" ` +
      `viewBox="0 0 ${brief(width)} ${brief(height)}">${parts.join("\n")}</svg>\n`,
  };
  return pen;
}
