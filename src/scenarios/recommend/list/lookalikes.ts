import { LRUCache } from "lru-cache";
import type { Looks } from "../../../features/looks/looks.ts";

/**
 * Newcomers by their looks: how much each looks like a group that is gone by. Beside the likeness of
 * what they say of themselves, and added to it, so that an item without a picture is where it was.
 * What one group is found to look like is kept until a picture changes.
 */
export interface Lookalikes {
  /** out += weight times the likeness of each newcomer's picture to the group's. @shape out [newcomers] */
  addInto(group: string, weight: number, out: Float32Array): void;
}

/**
 * Of a likeness by text that is 1 at most. In a set of groceries whose wider class is known, all weights
 * from 1/8 to 1 choose equally well and larger ones worse: see algorithms/pictures/pictures.bench.ts.
 */
export const LOOKS_WEIGHT = 1;

const GROUPS_KEPT = 500;

/**
 * Of the freshest newcomers: of a whole catalogue without events not all are walked.
 * @shape groups [newcomers], freshest: their numbers, newest first
 */
export function openLookalikes(
  looks: Looks,
  groups: readonly string[],
  freshest: Int32Array,
): Lookalikes {
  let changes = -1;
  let pictured = new Int32Array(0);
  const kept = new LRUCache<string, Float32Array>({ max: GROUPS_KEPT });
  const refresh = (): void => {
    if (changes === looks.changes) return;
    changes = looks.changes;
    kept.clear();
    pictured = freshest.filter((at) => looks.versionOf(groups[at] as string) !== undefined);
  };
  const likenessTo = (group: string): Float32Array => {
    const found = kept.get(group);
    if (found !== undefined) return found;
    const made = Float32Array.from(pictured, (at) => looks.likeness(group, groups[at] as string));
    kept.set(group, made);
    return made;
  };
  return {
    addInto(group, weight, out) {
      refresh();
      if (pictured.length === 0 || looks.versionOf(group) === undefined) return;
      const likeness = likenessTo(group);
      for (let place = 0; place < pictured.length; place++) {
        const at = pictured[place] as number;
        out[at] = (out[at] as number) + weight * LOOKS_WEIGHT * (likeness[place] as number);
      }
    },
  };
}
