import { problem } from "../../errors.ts";
import type { Predictor, Slots } from "./predictor.ts";

/**
 * A model that can be changed while it serves. Idea: each run counts itself on the predictor it began
 * with; a predictor that was replaced is released when its last run has ended.
 */
export interface ServedModel {
  /** @throws problem `not-ready` after `release`, else as `Predictor.run` */
  run(feeds: Slots): Promise<Slots>;
  /** From now on `next` serves, and is owned here. Done when the old one is released. */
  swap(next: Predictor): Promise<void>;
  /** Twice is once. Done when the last run has ended. */
  release(): Promise<void>;
}

interface Serving {
  readonly predictor: Predictor;
  running: number;
  /** Called when the last run has ended, once nothing new begins. */
  drained: (() => void) | undefined;
}

export function createServedModel(first: Predictor): ServedModel {
  let serving: Serving | undefined = served(first);
  let closing: Promise<void> | undefined;
  return {
    run: async (feeds) => {
      const mine = serving;
      if (mine === undefined) throw problem("not-ready", "the model is released");
      mine.running++;
      try {
        return await mine.predictor.run(feeds);
      } finally {
        mine.running--;
        if (mine.running === 0) mine.drained?.();
      }
    },
    swap: async (next) => {
      const old = serving;
      if (old === undefined) {
        await next.release();
        throw problem("not-ready", "the model is released");
      }
      serving = served(next);
      await retire(old);
    },
    release: async () => {
      const old = serving;
      serving = undefined;
      closing ??= old === undefined ? undefined : retire(old);
      await closing;
    },
  };
}

const served = (predictor: Predictor): Serving => ({ predictor, running: 0, drained: undefined });

async function retire(old: Serving): Promise<void> {
  if (old.running > 0) {
    await new Promise<void>((resolve) => {
      old.drained = resolve;
    });
  }
  await old.predictor.release();
}
