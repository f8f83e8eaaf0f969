import { dropoutPoolSize, poolName } from "../graph/network.ts";
import { createRandom } from "../random.ts";
import type { ProgramMemory } from "./trainer-memory.ts";

/**
 * Masks of dropout: pools of values that are 0 by the rate and 1 / (1 - rate) otherwise, drawn once,
 * of which each site reads a window at a place drawn anew at every step. The place depends on the
 * seed and the step alone, so that a training taken up again sees the same masks.
 */
export function fillPools({ program, inputs }: ProgramMemory, seed: number): void {
  for (const rate of new Set(program.dropout.map((site) => site.rate))) {
    const random = createRandom(seed).split(poolName(rate));
    const pool = inputs.get(poolName(rate))?.data as Float32Array;
    const kept = 1 / (1 - rate);
    for (let at = 0; at < pool.length; at++) pool[at] = random.uniform() < rate ? 0 : kept;
  }
}

/** Draws where each site's mask begins, for every turn of the step. */
export function drawOffsets({ program, inputs }: ProgramMemory, seed: number, step: number): void {
  const offsets = inputs.get("dropout.offsets")?.data;
  if (offsets === undefined) return;
  const random = createRandom(seed).split(`dropout ${step}`);
  const sites = program.dropout.length;
  for (let at = 0; at < offsets.length; at++) {
    offsets[at] = random.int(dropoutPoolSize - program.dropout[at % sites].size + 1);
  }
}
