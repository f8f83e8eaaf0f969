import type { CollectListener } from "../collect/collect.ts";
import { type Lately, openLately } from "./lately.ts";

/** How long what stands before any model took lately, batch by batch, as it was done. */
export interface StageTimes {
  /** To validate a batch of events or items that was sent or imported. */
  readonly checked: Lately | null;
  /** From then until the batch was durable. */
  readonly stored: Lately | null;
  /** To bring the tables up to the log, where there was something to bring. */
  readonly projected: Lately | null;
}

/** Is told by those who do the work, and asked by who shows it. */
export interface StageBook {
  readonly listener: CollectListener;
  /** @unit ms */
  projected(shop: string, ms: number): void;
  of(shop: string): StageTimes;
}

export function openStageBook(): StageBook {
  const checked = openLately();
  const stored = openLately();
  const projected = openLately();
  return {
    listener: {
      timed(shop, { checkedMs, storedMs }) {
        checked.add(shop, checkedMs);
        if (storedMs !== null) stored.add(shop, storedMs);
      },
    },
    projected: projected.add,
    of: (shop) => ({
      checked: checked.of(shop),
      stored: stored.of(shop),
      projected: projected.of(shop),
    }),
  };
}
