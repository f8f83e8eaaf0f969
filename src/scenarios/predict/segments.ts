import type { Timelines } from "../../features/timelines.ts";
import type { Stretch } from "./counted.ts";
import { PURCHASE } from "./heads.ts";
import type { SegmentName } from "./schema.ts";

const DAY_MS = 86_400_000;
const NEW_DAYS = 14;
const SLIPPING_DAYS = 45;
const GONE_DAYS = 120;

/**
 * Nothing heard for 120 days is gone, for 45 slipping; else by orders: two or more are regular, one is a
 * first buyer, none a looker, or a newcomer in the first 14 days. O(to - from).
 */
export function segmentOf({ times, names }: Timelines, { from, to, now }: Stretch): SegmentName {
  if (to <= from) return "unknown";
  const silentDays = (now - (times[to - 1] as number)) / DAY_MS;
  if (silentDays > GONE_DAYS) return "gone";
  if (silentDays > SLIPPING_DAYS) return "slipping";
  let orders = 0;
  for (let at = from; at < to; at++) if (names[at] === PURCHASE) orders++;
  if (orders > 1) return "regular";
  if (orders === 1) return "first_buyer";
  return (now - (times[from] as number)) / DAY_MS <= NEW_DAYS ? "newcomer" : "looker";
}
