/** Functions that the techniques' forms use and JavaScript lacks. */

/** The error function to 1.5e-7 (Abramowitz & Stegun 1964, equation 7.1.26). */
export function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const p = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  const y = 1 - p * Math.exp(-x * x);
  return x < 0 ? -y : y;
}

/** ln(1 + e^x) without overflow. */
export function softplus(x) {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
