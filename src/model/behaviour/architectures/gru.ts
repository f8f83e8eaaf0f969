import { linear } from "../../../tensor/layers/linear.ts";
import type { Body } from "./body.ts";
import { segmentedGru } from "./recurrence.ts";

/**
 * A state that is handed from action to action and decides by its gates what it keeps. Sources: Hidasi et
 * al. 2016 and 2018 (GRU4Rec: next item of a session, many negatives). Left out: its pairwise losses (all
 * architectures learn by the same softmax) and batches of sessions side by side (rows are packed
 * instead). No use for `heads` and distances.
 * O(rows length hidden (width + hidden)) for each layer, one place after the other.
 * @shape x [rows, length, width], result as x
 */
export const gru: Body = (scope, x, { blocks, hidden, width, dropout }, { segments }) => {
  let states = x;
  for (let layer = 0; layer < blocks; layer++) {
    const own = scope.child(`layer${layer}`);
    states = own.dropout(segmentedGru(own, states, segments, hidden), dropout);
  }
  return linear(scope.child("output"), states, { width });
};
