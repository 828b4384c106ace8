/**
 * Binary frames of the live server.
 *
 * Little endian: `u32 header_bytes`, the header as UTF-8 JSON (padded with spaces so that the payload
 * starts on a multiple of 8), then the arrays that the header lists as `name: [dtype, shape, offset]`.
 */

/** Typed-array constructor and item size by the dtype names of the header. */
const DTYPES = {
  u1: [Uint8Array, 1],
  f4: [Float32Array, 4],
  f8: [Float64Array, 8],
};

/** Columns of a row of the `history` array, in order. */
export const HISTORY_COLUMNS = [
  "epoch",
  "step",
  "loss_train",
  "loss_test",
  "accuracy_train",
  "accuracy_test",
  "learning_rate",
  "loss_validation",
  "accuracy_validation",
  "penalty",
];

/**
 * @typedef {(Uint8Array|Float32Array|Float64Array) & {shape: number[]}} Shaped a typed array in row-major
 *   order that carries its shape
 * @typedef {{header: Object<string, *>, arrays: Object<string, Shaped>}} DecodedFrame
 */

/**
 * Read one binary frame.
 * @param {ArrayBuffer} buffer
 * @returns {DecodedFrame} header fields (without `arrays`) and the arrays, as views where alignment allows
 * @throws {RangeError} when the buffer is shorter than its header says, or a dtype is unknown
 */
export function decodeFrame(buffer) {
  if (buffer.byteLength < 4) throw new RangeError("frame: shorter than its length field");
  const headerBytes = new DataView(buffer).getUint32(0, true);
  const payload = 4 + headerBytes;
  if (payload > buffer.byteLength) {
    throw new RangeError(`frame: header of ${headerBytes} bytes in ${buffer.byteLength} bytes`);
  }
  const { arrays: listed = {}, ...header } = JSON.parse(
    new TextDecoder().decode(new Uint8Array(buffer, 4, headerBytes)),
  );
  /** @type {Object<string, Shaped>} */
  const arrays = {};
  for (const [name, [dtype, shape, offset]] of Object.entries(listed)) {
    arrays[name] = readArray(buffer, name, dtype, shape, payload + offset);
  }
  return { header, arrays };
}

function readArray(buffer, name, dtype, shape, start) {
  if (!(dtype in DTYPES)) throw new RangeError(`frame: array ${name} has unknown dtype ${dtype}`);
  const [Type, size] = DTYPES[dtype];
  const length = shape.reduce((product, n) => product * n, 1);
  const end = start + length * size;
  if (start < 0 || end > buffer.byteLength) throw new RangeError(`frame: array ${name} exceeds the frame`);
  const aligned = start % size === 0;
  const array = aligned ? new Type(buffer, start, length) : new Type(buffer.slice(start, end));
  array.shape = shape;
  return array;
}

/**
 * Read one message of the fallback transport: a text as it is, a frame in base64 after "b64:".
 * @param {string} message
 * @param {(buffer: ArrayBuffer) => *} [decode] reads a frame
 * @returns {{text: object}|{frame: DecodedFrame}}
 */
export function decodeMessage(message, decode = decodeFrame) {
  if (!message.startsWith("b64:")) return { text: JSON.parse(message) };
  const bytes = Uint8Array.from(atob(message.slice(4)), (character) => character.charCodeAt(0));
  return { frame: decode(bytes.buffer) };
}

/**
 * Merge a chunk of history rows into the rows kept so far.
 * @param {number[][]} rows rows so far, each in the order of HISTORY_COLUMNS
 * @param {Shaped} chunk shape (k, 10)
 * @param {{start: number, reset: boolean}} place where the chunk belongs
 * @returns {number[][]} the new rows; a new list when they were replaced, else the same one, extended
 */
export function mergeHistory(rows, chunk, place) {
  const [count, columns] = chunk.shape;
  const kept = place.reset ? [] : rows;
  kept.length = Math.min(kept.length, place.reset ? 0 : place.start);
  for (let i = 0; i < count; i += 1) {
    kept.push(Array.from(chunk.subarray(i * columns, (i + 1) * columns)));
  }
  return kept;
}
