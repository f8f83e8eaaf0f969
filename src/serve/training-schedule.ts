import type { Config } from "../config.ts";
import { isProblem } from "../errors.ts";
import type { ModelVersion } from "../model/registry.ts";
import type { Platform } from "../platform.ts";
import type { Job } from "../storage/jobs.ts";
import { trainWorkSchema } from "./jobs.ts";

/**
 * Keeps the recommender of every shop up to date by itself: now and then a training that goes on from the
 * version in service, more seldom one that learns everything anew. A shop's first training is its own to
 * ask for, and while a version is on trial what is in service stays. What was tried counts, whether it came into service or not, so that a training that is refused
 * is not repeated all day.
 */
export interface TrainingSchedule {
  /** Looks at every shop, and asks for what is due. Problems of one shop keep no other from its turn. */
  look(): Promise<void>;
  stop(): void;
}

const LOOK_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Jobs of a shop that are looked back on. */
const JOBS_SEEN = 200;
const SCENARIO = "recommend";

/** @param warn hears what kept a shop from its turn */
export function openTrainingSchedule(
  platform: Platform,
  warn: (error: unknown) => void,
): TrainingSchedule {
  const { config, clock, storage, shops } = platform;
  const look = async (): Promise<void> => {
    for (const { id } of await shops.list()) await lookAt(id).catch(warn);
  };
  const lookAt = async (shop: string): Promise<void> => {
    const seen = await seenOf(platform, shop);
    const from = dueTraining(seen, config.train, clock());
    if (from === undefined) return;
    const work = { from, params: from === "nothing" ? seen.inService?.params : null };
    try {
      await storage.jobs.enqueue(shop, "train", trainWorkSchema.parse(work));
    } catch (error) {
      if (!isProblem(error) || error.code !== "already-running") throw error;
    }
  };
  const isOff = config.train.everyHours === 0 && config.train.fullEveryHours === 0;
  const timer = isOff ? undefined : setInterval(() => void look().catch(warn), LOOK_MS);
  timer?.unref();
  return { look, stop: () => clearInterval(timer) };
}

/** What a shop's turn depends on. */
export interface TrainingsSeen {
  readonly inService: ModelVersion | undefined;
  readonly canary: unknown;
  /** Newest first. */
  readonly versions: readonly ModelVersion[];
  /** Trainings of the recommender, newest first. */
  readonly jobs: readonly Job[];
}

async function seenOf(
  { models, storage: { jobs } }: Platform,
  shop: string,
): Promise<TrainingsSeen> {
  const [{ inService, canary }, versions, all] = await Promise.all([
    models.serving(shop, SCENARIO),
    models.list(shop, SCENARIO),
    jobs.list(shop, JOBS_SEEN),
  ]);
  return { inService, canary, versions, jobs: all.filter(({ kind }) => kind === "train") };
}

/** What is due, if anything. @unit now epoch ms */
export function dueTraining(
  { inService, canary, versions, jobs }: TrainingsSeen,
  { everyHours, fullEveryHours }: Config["train"],
  now: number,
): "service" | "nothing" | undefined {
  const [newest] = jobs;
  if (inService === undefined || canary !== undefined || isUnderWay(newest)) return undefined;
  const isDue = (hours: number, moments: readonly (number | undefined)[]): boolean =>
    hours > 0 && now - Math.max(...moments.map((at) => at ?? 0)) >= hours * HOUR_MS;
  const lastFull = jobs.find(({ payload }) => !goesOn(payload));
  const learnedAnew = inService.onward?.anewAt ?? inService.createdAt;
  if (isDue(fullEveryHours, [learnedAnew, lastFull?.createdAt])) return "nothing";
  if (!isDue(everyHours, [versions[0]?.createdAt, newest?.createdAt])) return undefined;
  return newest?.error?.code === "needs-full-training" ? "nothing" : "service";
}

const isUnderWay = (job: Job | undefined): boolean =>
  job?.state === "queued" || job?.state === "running";

const goesOn = (payload: unknown): boolean =>
  (payload as { readonly from?: string }).from === "service";
