import type { Past } from "../../features/past.ts";
import { moneyNote } from "../../features/tables.ts";
import type { Timelines } from "../../features/timelines.ts";
import { timelinesAsOf } from "../../features/timelines-as-of.ts";

/** A pause that ends a session where events carry no session id. @unit minutes */
export const SESSION_GAP_MINUTES = 30;

/**
 * What everybody did until a moment. What is learned is learned from moments within it, whose own future
 * lies before `asOf` too; nothing at or after `asOf` is read.
 */
export async function gather(past: Past, asOf: number): Promise<Timelines> {
  const { currency } = await moneyNote(past, asOf);
  return timelinesAsOf(past, asOf, {
    of: "everybody",
    currency,
    sessionGapMinutes: SESSION_GAP_MINUTES,
  });
}
