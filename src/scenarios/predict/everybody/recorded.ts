import { z } from "zod";
import type { EventInput } from "../../../collect/event.ts";
import { hashedEventId } from "../../../collect/event-id.ts";
import { readEvent } from "../../../collect/stored-event.ts";
import type { Past } from "../../../features/past.ts";
import type { PredictRow, RecordedModel } from "../predict.ts";
import { type ChanceName, chanceNames, type SegmentName, segmentNames } from "../schema.ts";

/**
 * Predictions on record: what a version expected of a person at a moment, written to the log as an event
 * of that person, so that it can be held against what came, and is erased and let go of with the rest.
 */
export interface RecordedPrediction {
  /** Whose it is now. */
  readonly person: string;
  /** The moment of the prediction. @unit epoch ms */
  readonly at: number;
  readonly segment: SegmentName;
  readonly chances: readonly RecordedChance[];
  /** Null where the version had not learned it, or the shop has no prices. */
  readonly value: {
    /** @unit days */
    readonly days: number;
    readonly expectedMinor: number;
    readonly currency: string;
  } | null;
}

export interface RecordedChance {
  readonly head: ChanceName;
  /** @unit days */
  readonly days: number;
  /** 0..1, to six digits. */
  readonly probability: number;
}

/** What is the same for everybody who is asked about at once. */
export interface Asking {
  readonly model: string;
  /** @unit epoch ms */
  readonly asOf: number;
  /** How far each head looks ahead. @unit days */
  readonly days: ReadonlyMap<ChanceName, number>;
  /** @unit days; null where value was not learned */
  readonly valueDays: number | null;
}

/** The same version, person and moment give the same event id: recording twice changes nothing. */
export function predictionEvent(row: PredictRow, asking: Asking): EventInput {
  const { model, asOf, days, valueDays } = asking;
  const heads = chanceNames.filter((head) => row.chances[head] !== undefined && days.has(head));
  const { person, segment, expectedMinor, currency } = row;
  return {
    eventId: hashedEventId("prediction", `${model} ${asOf} ${person}`),
    // Nothing is claimed about who is who: the person is named by the one id there is.
    anonymous: person,
    at: asOf,
    name: "prediction",
    properties: {
      model,
      segment,
      heads,
      days: heads.map((head) => days.get(head)),
      chances: heads.map((head) => Number((row.chances[head] as number).toFixed(6))),
      ...(valueDays === null || expectedMinor === null || currency === null
        ? {}
        : { valueDays, expectedMinor, currency }),
    },
  };
}

/** As `predictionEvent` writes it; what was sent by others may be anything. */
const propertiesSchema = z.object({
  segment: z.enum(segmentNames),
  heads: z.array(z.enum(chanceNames)),
  days: z.array(z.number().positive()),
  chances: z.array(z.number().min(0).max(1)),
  valueDays: z.number().positive().optional(),
  expectedMinor: z.number().min(0).optional(),
  currency: z.string().optional(),
});

/** The latest first. O(rows of `actions`). */
export function recordedModels({ shop, analytics }: Past): Promise<readonly RecordedModel[]> {
  return analytics.rows<RecordedModel>(
    `SELECT coalesce(model, '') AS model, count(*) AS recorded, min(at_ms) AS "firstAt",
       max(at_ms) AS "lastAt"
     FROM actions WHERE shop = ? AND name = 'prediction' AND line = 0 AND person IS NOT NULL
     GROUP BY ALL ORDER BY "lastAt" DESC, model`,
    [shop],
  );
}

export interface RecordedSearch {
  /** Of one version; null of all. */
  readonly model: string | null;
  /** Recorded before this moment. @unit epoch ms */
  readonly before: number;
  readonly most: number;
}

const FIND_AT_ONCE = 500;

/**
 * Predictions of before a moment. Their ids are hashes, so that the first of them by id, where there are
 * more than are wanted, are drawn by lot and always the same. O(rows of `actions` + found).
 */
export async function readPredictions(
  { shop, analytics, log }: Past,
  { model, before, most }: RecordedSearch,
): Promise<readonly RecordedPrediction[]> {
  const found = await analytics.rows<{ event_id: string }>(
    `SELECT event_id FROM actions
     WHERE shop = $1 AND name = 'prediction' AND line = 0 AND person IS NOT NULL AND measure
       AND at_ms < $2 AND ($3 IS NULL OR coalesce(model, '') = $3)
     ORDER BY event_id LIMIT $4`,
    [shop, before, model, most],
  );
  const predictions: RecordedPrediction[] = [];
  for (let from = 0; from < found.length; from += FIND_AT_ONCE) {
    const ids = found.slice(from, from + FIND_AT_ONCE).map(({ event_id }) => event_id);
    for (const row of await log.find(shop, ids)) {
      const read = row.person === null ? undefined : predictionOf(row.person, readEvent(row));
      if (read !== undefined) predictions.push(read);
    }
  }
  return predictions;
}

function predictionOf(
  person: string,
  { at, properties }: ReturnType<typeof readEvent>,
): RecordedPrediction | undefined {
  const parsed = propertiesSchema.safeParse(properties);
  if (!parsed.success) return undefined;
  const { segment, heads, days, chances, valueDays, expectedMinor, currency } = parsed.data;
  if (days.length !== heads.length || chances.length !== heads.length) return undefined;
  return {
    ...{ person, at, segment },
    chances: heads.map((head, place) => ({
      head,
      days: days[place] as number,
      probability: chances[place] as number,
    })),
    value:
      valueDays === undefined || expectedMinor === undefined || currency === undefined
        ? null
        : { days: valueDays, expectedMinor, currency },
  };
}
