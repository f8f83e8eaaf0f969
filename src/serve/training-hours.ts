import { z } from "zod";
import type { Platform } from "../platform.ts";

/** How often a shop's recommender is trained by itself: as the server's settings say, or the shop's own. */
export interface TrainingHours {
  /** From one training to the next that goes on from the version in service; 0: never. @unit hours */
  readonly everyHours: number;
  /** From one training that learns everything anew to the next; 0: never. @unit hours */
  readonly fullEveryHours: number;
}

/** Null: as the server's settings say. */
export type OwnTrainingHours = { readonly [Name in keyof TrainingHours]: number | null };

const KIND = "training-hours";
const ID = "recommend";
const HOURS_MOST = 8_760;
const hours = z.number().min(0).max(HOURS_MOST).nullable();

export const trainingHoursSchema: z.ZodType<OwnTrainingHours, unknown> = z
  .strictObject({
    everyHours: hours.describe(
      "To the next training that goes on; 0: never; null: as the server's",
    ),
    fullEveryHours: hours.describe(
      "To the next training that learns everything anew; 0: never; null: as the server's",
    ),
  })
  .meta({ id: "TrainingHours" });

const asTheServer: OwnTrainingHours = { everyHours: null, fullEveryHours: null };

export async function ownTrainingHours(
  { storage: { records } }: Platform,
  shop: string,
): Promise<OwnTrainingHours> {
  return (await records.get<OwnTrainingHours>(shop, KIND, ID))?.value ?? asTheServer;
}

export async function trainingHours(platform: Platform, shop: string): Promise<TrainingHours> {
  const own = await ownTrainingHours(platform, shop);
  const { everyHours, fullEveryHours } = platform.config.train;
  return {
    everyHours: own.everyHours ?? everyHours,
    fullEveryHours: own.fullEveryHours ?? fullEveryHours,
  };
}

export async function setTrainingHours(
  { storage: { records } }: Platform,
  shop: string,
  own: OwnTrainingHours,
): Promise<void> {
  await records.write(shop, [{ put: own, kind: KIND, id: ID }]);
}
