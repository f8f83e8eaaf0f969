import { z } from "zod";
import { type CatalogueGaps, catalogueGaps } from "../../features/catalogue-gaps.ts";
import type { Platform } from "../../platform.ts";
import type { Job } from "../../storage/jobs.ts";
import type { ShopStatus } from "../shop-status.ts";

/** What somebody should look at, worst first: which kind, how much of it, and where it begins. */
export interface Attention {
  readonly code: AttentionCode;
  /** `act`: shoppers are served worse because of it; `look`: they may be. */
  readonly level: "act" | "look";
  /** Items, rows, deliveries, places, days, hours or bytes, as the code says. */
  readonly count: number;
  /** Ids of items, of jobs or of deliveries; a few of them where there are many. */
  readonly examples: readonly string[];
}

const attentionCodes = [
  "no-items",
  "no-events",
  "silent-hours",
  "no-model",
  "old-model-days",
  "quarantined",
  "job-failed",
  "webhook-parked",
  "wrong-in-lists",
  "without-picture",
  "without-price",
  "out-of-stock",
  "disk-free-bytes",
] as const;
export type AttentionCode = (typeof attentionCodes)[number];

export const attentionSchema: z.ZodType<Attention> = z
  .object({
    code: z.enum(attentionCodes),
    level: z.enum(["act", "look"]),
    count: z
      .number()
      .describe("Items, rows, deliveries, places, days, hours or bytes, as the code says"),
    examples: z.array(z.string()).describe("Ids of items, jobs or deliveries; at most 5"),
  })
  .meta({ id: "Attention" });

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A shop without any event for so long is cut off, or asleep. @unit hours */
const SILENT_HOURS = 24;
/** What a model of more days ago does not know yet is worth a training. @unit days */
const MODEL_DAYS = 7;
const DISK_FREE_BYTES = 2 ** 30;
const EXAMPLES_MOST = 5;
const JOBS_LOOKED_AT = 100;

/** @param parked deliveries by webhook that were given up */
export async function attentionOf(
  platform: Platform,
  status: ShopStatus,
  parked: readonly { readonly id: string }[],
): Promise<readonly Attention[]> {
  const { catalogues, looks, storage, clock } = platform;
  const [gaps, quarantined, jobs, disk] = await Promise.all([
    Promise.all([catalogues.of(status.shop), looks.of(status.shop)]).then(([catalogue, seen]) =>
      catalogueGaps(catalogue, seen),
    ),
    storage.records.count(status.shop, "quarantine"),
    storage.jobs.list(status.shop, JOBS_LOOKED_AT),
    storage.disk(),
  ]);
  const failed = failedLast(jobs);
  const { wrong, wrongItem } = platform.recommend.held(status.shop);
  const all = [
    ...ofStatus(status, clock()),
    one("quarantined", "act", quarantined),
    one("job-failed", "act", failed.length, failed),
    one(
      "webhook-parked",
      "act",
      parked.length,
      parked.map(({ id }) => id),
    ),
    one("wrong-in-lists", "act", wrong, wrongItem === null ? [] : [wrongItem]),
    ...ofGaps(gaps),
    one("disk-free-bytes", "act", disk.freeBytes < DISK_FREE_BYTES ? disk.freeBytes + 1 : 0),
  ];
  const found = all.filter(({ count }) => count > 0);
  return [...found.filter(({ level }) => level === "act"), ...found.filter(isMild)];
}

const isMild = ({ level }: Attention): boolean => level === "look";

const one = (
  code: AttentionCode,
  level: Attention["level"],
  count: number,
  examples: readonly string[] = [],
): Attention => ({ code, level, count, examples: examples.slice(0, EXAMPLES_MOST) });

function ofStatus(status: ShopStatus, now: number): Attention[] {
  const { items, events, lastEventAt, trainedAt } = status;
  const silentHours = lastEventAt === null ? 0 : Math.floor((now - lastEventAt) / HOUR_MS);
  const modelDays = trainedAt === null ? 0 : Math.floor((now - trainedAt) / DAY_MS);
  return [
    one("no-items", "act", items === 0 ? 1 : 0),
    one("no-events", "act", events === 0 ? 1 : 0),
    one("silent-hours", "act", silentHours >= SILENT_HOURS ? silentHours : 0),
    one("no-model", "act", trainedAt === null && events > 0 ? 1 : 0),
    one("old-model-days", "look", modelDays > MODEL_DAYS ? modelDays : 0),
  ];
}

const ofGaps = ({ withoutPicture, withoutPrice, outOfStock }: CatalogueGaps): Attention[] => [
  one("without-price", "look", withoutPrice.count, withoutPrice.examples),
  one("without-picture", "look", withoutPicture.count, withoutPicture.examples),
  one("out-of-stock", "look", outOfStock.count, outOfStock.examples),
];

/** Of each kind the newest job that ended, where it failed. O(jobs). */
function failedLast(jobs: readonly Job[]): string[] {
  const seen = new Set<string>();
  const failed: string[] = [];
  for (const { id, kind, state } of jobs) {
    if (seen.has(kind) || (state !== "done" && state !== "failed")) continue;
    seen.add(kind);
    if (state === "failed") failed.push(id);
  }
  return failed;
}
