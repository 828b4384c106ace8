/** What a line says of where a run stands. */

import { decimal, percent, whole } from "../shell/numbers.js";

/**
 * Epoch, loss and accuracy: of the test part, or of the training part where there is no other.
 * @param {(key: string, values?: object) => string} t texts of the list of runs
 * @param {object} run
 * @returns {string}
 */
export function facts(t, run) {
  const missing = (value) => value === null || value === undefined;
  const [part, its] = missing(run.loss_test) && !missing(run.loss_train) ? ["train", "_train"] : ["test", ""];
  const [loss, accuracy] = [run[`loss_${part}`], run[`accuracy_${part}`]];
  const values = { epoch: whole(run.epoch), loss: decimal(loss) };
  if (missing(accuracy)) return t(`facts${its}`, values);
  return t(`facts_accuracy${its}`, { ...values, accuracy: percent(accuracy) });
}
