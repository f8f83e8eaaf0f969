import { linear } from "../../../tensor/layers/linear.ts";
import type { Body } from "./body.ts";
import { segmentedLstm } from "./recurrence.ts";

/**
 * Long short-term memory in two layers, the second half as wide: LSTM(64), dropout, LSTM(32), as the
 * textbooks' classifiers of shoppers are built (`purchase-classifier.ts`), here asked for the next item.
 * Source: Hochreiter & Schmidhuber 1997. No use for `heads`, distances and `blocks`.
 * O(rows length hidden (width + hidden)), one place after the other.
 * @shape x [rows, length, width], result as x
 */
export const lstm: Body = (scope, x, { hidden, width, dropout }, { segments }) => {
  const wide = segmentedLstm(scope.child("wide"), x, segments, hidden);
  const half = Math.ceil(hidden / 2);
  const kept = scope.dropout(wide, dropout);
  const narrow = segmentedLstm(scope.child("narrow"), kept, segments, half);
  return linear(scope.child("output"), narrow, { width });
};
