/**
 * How numbers are written, everywhere: a true minus sign, a dash for none, powers of ten as such. `decimal` keeps the
 * decimals, for columns that stand still; `significant` keeps the first digits, for numbers that are compared; `brief`
 * leaves out what says nothing, for axes and places.
 */

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
/** From here on powers of ten are written out. */
const LARGE = 1e5;
const SMALL = 1e-3;

/**
 * @param {number} value
 * @param {number} decimals of its head
 * @returns {string} such as 2.5×10⁻⁵
 */
function power(value, decimals) {
  const [head, tail] = value.toExponential(decimals).split("e");
  const raised = Array.from(String(Math.abs(Number(tail))), (digit) => RAISED[Number(digit)]).join("");
  return `${head}×10${Number(tail) < 0 ? "⁻" : ""}${raised}`;
}

/**
 * @param {number|null|undefined} value
 * @param {number} small absolute values below it, but zero, are written as a power
 * @param {number} decimals of such a power's head
 * @param {(value: number) => string} write writes all others
 * @returns {string}
 */
function written(value, small, decimals, write) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const extreme = size >= LARGE || (size > 0 && size < small);
  return (extreme ? power(value, decimals) : write(value)).replace("-", "−");
}

/**
 * @param {number|null|undefined} value
 * @param {number} [digits] decimals
 * @returns {string}
 */
export function decimal(value, digits = 3) {
  return written(value, 10 ** -digits, 1, (v) => v.toFixed(digits));
}

/**
 * @param {number|null|undefined} value
 * @param {number} [digits] of them about as many; one less below 1
 * @returns {string}
 */
export function significant(value, digits = 3) {
  return written(value, SMALL, Math.max(0, digits - 2), (v) => {
    if (v === 0) return "0";
    const tens = Math.floor(Math.log10(Math.abs(v)));
    return v.toFixed(tens >= 0 ? Math.max(0, digits - 1 - tens) : digits - 2 - tens);
  });
}

/**
 * @param {number|null|undefined} value
 * @param {number} [digits] significant ones at most
 * @param {number} [small] below it powers of ten are written out
 * @returns {string} without trailing zeros
 */
export function brief(value, digits = 3, small = SMALL) {
  return written(value, small, 1, (v) => String(Number(v.toPrecision(digits))));
}

/**
 * @param {number|null|undefined} rate of learning: 0.0003 stays that
 * @returns {string}
 */
export const learningRate = (rate) => brief(rate, 3, 1e-6);

/**
 * @param {number|null|undefined} share from 0 to 1
 * @returns {string} as per cent; 100.0 only for all of it
 */
export function percent(share) {
  if (share === null || share === undefined || Number.isNaN(share)) return "–";
  const tenths = share < 1 ? Math.min(999, Math.round(1000 * share)) : Math.round(1000 * share);
  return `${(tenths / 10).toFixed(1)} %`;
}

/**
 * A whole number with thousands separated.
 * @param {number|null|undefined} value
 * @returns {string}
 */
export function whole(value) {
  return value === null || value === undefined ? "–" : Math.round(value).toLocaleString("en-US");
}
