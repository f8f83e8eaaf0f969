import { assert } from "../../../assert.ts";
import type { Student } from "../fit-behaviour.ts";
import type { NetworkShape } from "../network.ts";
import type { Fitted } from "./compress.ts";

/**
 * A student of half the blocks, to be trained like any model: it learns what really came next and, for as
 * much, what its teacher held for likely. It begins as every other block of its teacher, with the
 * teacher's items; so it reads items by their ids, whatever the teacher's were composed of. Sources:
 * Hinton et al. 2015 (soft targets); Sanh et al. 2019 (every other block).
 */
export interface StudentPlan {
  readonly shape: NetworkShape;
  readonly student: Student;
}

/** Bodies made of blocks, one upon the other, of which every other can be left out. */
export const hasBlocks = ({ architecture = "transformer" }: NetworkShape): boolean =>
  architecture === "transformer" || architecture === "hstu" || architecture === "gru";

const SHARE = 0.5;
/** Of no use without content. */
const OF_CONTENT: readonly string[] = ["features", "rarity"];

export function studentOf({ shape, parameters }: Fitted, temperature: number): StudentPlan {
  assert(shape.blocks >= 2, "a teacher has two blocks or more");
  const { content: _, ...byIds } = shape;
  const blocks = Math.floor(shape.blocks / 2);
  const teacher = { shape: byIds, parameters, temperature, share: SHARE };
  const begin = [...parameters].flatMap(([name, values]) => {
    const own = nameInHalf(name, blocks);
    return own === undefined ? [] : [[own, values] as const];
  });
  return { shape: { ...byIds, blocks }, student: { teacher, begin: new Map(begin) } };
}

/** What a parameter of the teacher is called in the student; undefined where it has none of it. */
function nameInHalf(name: string, blocks: number): string | undefined {
  if (OF_CONTENT.includes(name)) return undefined;
  const [, layer, number, rest] = /^(block|layer)(\d+)(\..*)$/.exec(name) ?? [];
  if (number === undefined) return name;
  const at = Number(number);
  return at % 2 === 0 && at / 2 < blocks ? `${layer}${at / 2}${rest}` : undefined;
}
