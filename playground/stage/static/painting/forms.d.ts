/** What the server makes of the techniques' forms (playground/stage/forms.py). */

type Params = Record<string, number>;
type Numbers = Float32Array;

export interface Forms {
  features: Record<string, (x1: number, x2: number) => number>;
  activations: Record<
    string,
    (p: Params) => (from: Numbers, at: number, into: Numbers, to: number, n: number, learned: number) => void
  >;
  normalizations: Record<
    string,
    {
      running: boolean;
      make: (p: Params) => (
        values: Numbers,
        at: number,
        n: number,
        gamma: number,
        beta: number,
        mean: number | Float64Array,
        variance: number | Float64Array,
      ) => void;
    }
  >;
  skips: Record<
    string,
    (p: Params) => (inputs: Numbers, from: number, outputs: Numbers, to: number, n: number, kept: number) => void
  >;
  probabilities: Record<string, (p: Params) => (s: number) => number>;
  parts: Record<string, (p: Params) => (s: number, top: number) => number>;
}

export const FORMS: Forms;
