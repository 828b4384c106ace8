/** Small pictures of numbers: a canvas with a pixel for each. */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} height
 * @param {number} width
 * @param {(place: number) => ArrayLike<number>} colourOf red, green and blue, 0 to 255, of a pixel counted row by row
 */
export function paintTile(canvas, height, width, colourOf) {
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let i = 0; i < height * width; i += 1) {
    const [red, green, blue] = Array.from(colourOf(i));
    image.data.set([red, green, blue, 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
}
