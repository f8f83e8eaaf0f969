import type { Collect } from "../../../collect/collect.ts";
import type { EventInput } from "../../../collect/event.ts";
import { problem } from "../../../errors.ts";
import { logSize } from "../../../features/log-size.ts";
import type { Past } from "../../../features/past.ts";
import type { JobControl } from "../../../storage/jobs.ts";
import type { PredictModel } from "../fit.ts";
import type { Lent } from "../oracles.ts";
import type { PredictionsRecorded, RecordOrder } from "../predict.ts";
import { pageOf } from "./pages.ts";
import { type Asking, predictionEvent } from "./recorded.ts";

/** Shoppers asked about at once: what is held in memory, and lost when the work is broken off. */
const PAGE = 2_000;

export interface RecordParts {
  readonly collect: Collect;
  readonly past: Past;
  readonly lent: Lent;
  /** Events that the log takes at once. */
  readonly eventsPerBatch: number;
}

/** O(shop's events + shoppers x cost of an answer). @unit asOf epoch ms */
export async function recordPredictions(
  { collect, past, lent, eventsPerBatch }: RecordParts,
  { segments }: RecordOrder,
  asOf: number,
  control: JobControl,
): Promise<PredictionsRecorded> {
  const asking = askingOf(lent, asOf);
  const { shoppers } = await logSize(past, asOf, asOf);
  const sum = { asked: 0, recorded: 0, before: 0, withheld: 0 };
  let after: string | null = "";
  while (after !== null) {
    if (control.signal.aborted) throw problem("cancelled", `${sum.recorded} predictions stay`);
    const page = await pageOf(lent, past, asOf, { after, limit: PAGE });
    const wanted = page.rows.filter(
      ({ segment }) => segments.length === 0 || segments.includes(segment),
    );
    const events = wanted.map((row) => predictionEvent(row, asking));
    for (let from = 0; from < events.length; from += eventsPerBatch) {
      const taken = await write(collect, past.shop, events.slice(from, from + eventsPerBatch));
      sum.recorded += taken.accepted;
      sum.before += taken.duplicates;
      sum.withheld += taken.withheld;
    }
    sum.asked += page.rows.length;
    after = page.next;
    // Whom nothing may be learned of is counted there, and not asked about.
    const total = after === null ? sum.asked : Math.max(shoppers, sum.asked);
    control.progress({ stage: "recording", done: sum.asked, total, unit: "shoppers" });
  }
  return { model: lent.version, asOf, ...sum };
}

async function write(collect: Collect, shop: string, events: readonly EventInput[]) {
  const taken = await collect.events(shop, events);
  const [refused] = taken.rejected;
  if (refused !== undefined) throw problem(refused.code, refused.detail);
  return taken;
}

function askingOf({ oracle, version }: Lent, asOf: number): Asking {
  const { chances, value }: PredictModel = oracle.model;
  const days = new Map(
    chances.flatMap(({ head }) => (head.days === null ? [] : [[head.name, head.days] as const])),
  );
  return { model: version, asOf, days, valueDays: value?.days ?? null };
}
