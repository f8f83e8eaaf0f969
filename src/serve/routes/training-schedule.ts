import { z } from "zod";
import type { Platform } from "../../platform.ts";
import { type Route, route } from "../http/route.ts";
import {
  type OwnTrainingHours,
  ownTrainingHours,
  setTrainingHours,
  type TrainingHours,
  trainingHours,
  trainingHoursSchema,
} from "../training-hours.ts";
import { type NextTrainings, nextTrainings, trainingsSeen } from "../training-schedule.ts";

interface ScheduleAnswer extends TrainingHours, NextTrainings {
  readonly own: OwnTrainingHours;
  /** What must be before any is due. */
  readonly waitsFor: "version" | "trial" | null;
}

const moment = z.number().nullable();
const scheduleSchema: z.ZodType<ScheduleAnswer> = z
  .object({
    everyHours: z.number().describe("In force: to the next training that goes on; 0: never"),
    fullEveryHours: z.number().describe("In force: to the next that learns all anew; 0: never"),
    own: trainingHoursSchema.describe("The shop's own; null: as the server's settings say"),
    onwardAt: moment.describe("When one that goes on is due; a moment that is past: at once"),
    fullAt: moment.describe("When one that learns everything anew is due"),
    waitsFor: z
      .enum(["version", "trial"])
      .nullable()
      .describe("`version`: the first training is the shop's to ask for; `trial`: its end"),
  })
  .meta({ id: "TrainingSchedule" });

const every = { tag: "models", scope: "secret", shop: "required" } as const;

export const trainingScheduleRoutes: readonly Route[] = [
  route({
    ...every,
    method: "GET",
    path: "/v1/train/schedule",
    id: "getTrainingSchedule",
    summary: "How often the recommender is trained by itself, and when next",
    answer: scheduleSchema,
    run: ({ platform, shop }) => scheduleOf(platform, shop),
  }),
  route({
    ...every,
    method: "PUT",
    path: "/v1/train/schedule",
    id: "setTrainingSchedule",
    summary: "Change how often the recommender is trained by itself",
    about: "For this shop alone; the server looks every minute for what is due.",
    body: trainingHoursSchema,
    answer: scheduleSchema,
    run: async ({ platform, shop, body }) => {
      await setTrainingHours(platform, shop, body);
      return scheduleOf(platform, shop);
    },
  }),
];

async function scheduleOf(platform: Platform, shop: string): Promise<ScheduleAnswer> {
  const [own, hours, seen] = await Promise.all([
    ownTrainingHours(platform, shop),
    trainingHours(platform, shop),
    trainingsSeen(platform, shop),
  ]);
  const waits = seen.canary === undefined ? null : "trial";
  const waitsFor = seen.inService === undefined ? "version" : waits;
  return { ...hours, own, ...nextTrainings(seen, hours), waitsFor };
}
