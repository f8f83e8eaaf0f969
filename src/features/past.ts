import type { Analytics } from "../storage/analytics.ts";
import type { EventLog } from "../storage/event-log.ts";
import type { Records } from "../storage/records.ts";

/** One shop's past, to be read as of a moment. Who gathers from it never sees beyond that moment. */
export interface Past {
  readonly shop: string;
  readonly log: EventLog;
  readonly records: Records;
  readonly analytics: Analytics;
}
