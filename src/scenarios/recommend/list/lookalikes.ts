import { LRUCache } from "lru-cache";
import type { Looks } from "../../../features/looks/looks.ts";

/**
 * Newcomers by their looks: how much each looks like a group that is gone by. Beside the likeness of
 * what they say of themselves, and added to it, so that an item without a picture is where it was.
 * What is found is kept: of pictures that change only they are compared again.
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
  const placeOf = new Map(
    Array.from(freshest, (at, place): [string, number] => [groups[at] as string, place]),
  );
  /** Likeness of the freshest to a group; 0 without a picture. */
  const kept = new LRUCache<string, Float32Array>({ max: GROUPS_KEPT });
  const refresh = (): void => {
    if (changes === looks.changes) return;
    const changed = looks.changedSince(changes);
    changes = looks.changes;
    if (changed === undefined) kept.clear();
    for (const group of changed ?? []) {
      kept.delete(group);
      const place = placeOf.get(group);
      if (place === undefined) continue;
      for (const [other, likeness] of kept.entries()) {
        likeness[place] = looks.likeness(other, group);
      }
    }
  };
  const likenessTo = (group: string): Float32Array => {
    const found = kept.get(group);
    if (found !== undefined) return found;
    const made = Float32Array.from(freshest, (at) => looks.likeness(group, groups[at] as string));
    kept.set(group, made);
    return made;
  };
  return {
    addInto(group, weight, out) {
      refresh();
      if (looks.versionOf(group) === undefined) return;
      const likeness = likenessTo(group);
      for (let place = 0; place < freshest.length; place++) {
        const at = freshest[place] as number;
        out[at] = (out[at] as number) + weight * LOOKS_WEIGHT * (likeness[place] as number);
      }
    },
  };
}
