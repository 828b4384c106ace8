/** Words of a canvas in lines, as a canvas breaks none itself. */

/**
 * @param {string} text
 * @param {number} width of a line, in the unit of `measure`
 * @param {(text: string) => number} measure
 * @returns {string[]} none for no text; a word that is wider stands in a line of its own
 */
export function wrapped(text, width, measure) {
  const lines = [];
  for (const word of text.split(" ").filter(Boolean)) {
    const longer = lines.length ? `${lines[lines.length - 1]} ${word}` : word;
    if (lines.length && measure(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
