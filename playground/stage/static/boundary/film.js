/** A film of the plot: what is drawn while it runs, with a line that says where the run is, as one video file. */

import { wrapped } from "./wrapping.js";

/** Kinds of video that browsers record, the best first. */
const KINDS = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm", "video/mp4"];
/** Seconds after which a film ends by itself, frames a second at most, and bits a second: 30 MB at the most. */
const MOST_SECONDS = 60;
const FRAMES = 30;
const BITS = 4_000_000;
/** Height of the line over the plot, in CSS pixels. */
const HEAD = 30;
/** Height of a line of the note under it, and how many there are at most. */
const NOTE = 16;
const NOTES = 3;

/** The kind of video that this browser can record; undefined where it can't. */
export const filmKind = () => KINDS.find((kind) => globalThis.MediaRecorder?.isTypeSupported(kind));

/** The ending of a file of this kind. */
export const filmEnding = (kind) => (kind.startsWith("video/mp4") ? "mp4" : "webm");

/**
 * Create the place of a film.
 * @param {HTMLCanvasElement} canvas the plot as it is seen
 * @param {{line: () => {text: string, note: string, ink: string, surface: string, font: string}, began: () => void,
 *   ended: (film: Blob | null) => void}} ask `line`: what stands over the plot now, and as a `note` what the plot leaves
 *   out; `ended` gets null where recording failed
 * @returns {{readonly on: boolean, toggle: () => void, add: () => void, destroy: () => void}} `add`: the plot was drawn
 */
export function createFilm(canvas, { line, began, ended }) {
  let recorder = null;
  let sheet = null;
  let timer = 0;
  let foot = 0;

  function add() {
    if (!recorder) return;
    const context = sheet.getContext("2d");
    const scale = sheet.width / canvas.clientWidth;
    const { text, note, ink, surface, font } = line();
    context.fillStyle = surface;
    context.fillRect(0, 0, sheet.width, sheet.height);
    context.drawImage(canvas, 0, HEAD * scale, sheet.width, sheet.height - (HEAD + foot) * scale);
    context.fillStyle = ink;
    context.textBaseline = "middle";
    context.font = `600 ${14 * scale}px ${font}`;
    const room = sheet.width - 24 * scale;
    context.fillText(text, 12 * scale, (HEAD / 2) * scale, room);
    if (!foot) return;
    context.font = `${12 * scale}px ${font}`;
    const top = sheet.height - (foot - NOTE / 2) * scale;
    wrapped(note, room, (words) => context.measureText(words).width)
      .slice(0, NOTES)
      .forEach((words, k) => context.fillText(words, 12 * scale, top + k * NOTE * scale, room));
  }

  function begin() {
    const scale = canvas.width / canvas.clientWidth;
    const even = (pixels) => 2 * Math.round(pixels / 2); // as video wants it
    foot = line().note ? NOTE * NOTES : 0;
    sheet = document.createElement("canvas");
    sheet.width = even(canvas.width);
    sheet.height = even(canvas.height + (HEAD + foot) * scale);
    const pieces = [];
    const mine = new MediaRecorder(sheet.captureStream(FRAMES), { mimeType: filmKind(), videoBitsPerSecond: BITS });
    mine.addEventListener("dataavailable", ({ data }) => data.size && pieces.push(data));
    mine.addEventListener("error", () => stop());
    mine.addEventListener("stop", () => ended(pieces.length ? new Blob(pieces, { type: mine.mimeType }) : null));
    recorder = mine;
    add();
    mine.start(1000);
    timer = window.setTimeout(stop, 1000 * MOST_SECONDS);
    began();
  }

  function stop() {
    clearTimeout(timer);
    const mine = recorder;
    recorder = null;
    if (mine?.state === "recording") mine.stop();
    for (const track of mine?.stream.getTracks() ?? []) track.stop();
  }

  return {
    get on() {
      return recorder !== null;
    },
    toggle: () => (recorder ? stop() : begin()),
    add,
    destroy: stop,
  };
}
