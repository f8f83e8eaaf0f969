import { isProblem } from "../errors.ts";
import type { ModelVersion } from "../model/registry.ts";
import type { Platform } from "../platform.ts";
import type { RecommendModel } from "../scenarios/recommend/fit.ts";
import type { Job } from "../storage/jobs.ts";
import { trainWorkSchema } from "./jobs.ts";
import { type TrainingHours, trainingHours } from "./training-hours.ts";

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
  const { clock, storage, shops } = platform;
  const look = async (): Promise<void> => {
    for (const { id } of await shops.list()) await lookAt(id).catch(warn);
  };
  /** As they were asked for: what the log chose then, such as sizes, it chooses again. */
  const askedFor = async ({ shop, version }: ModelVersion): Promise<unknown> =>
    ((await platform.models.load(shop, version)) as RecommendModel).params;
  const lookAt = async (shop: string): Promise<void> => {
    const hours = await trainingHours(platform, shop);
    if (hours.everyHours === 0 && hours.fullEveryHours === 0) return;
    const seen = await trainingsSeen(platform, shop);
    const from = dueTraining(seen, hours, clock());
    if (from === undefined) return;
    const anew = from === "nothing" ? seen.inService : undefined;
    const work = { from, params: anew === undefined ? null : await askedFor(anew) };
    try {
      await storage.jobs.enqueue(shop, "train", trainWorkSchema.parse(work));
    } catch (error) {
      if (!isProblem(error) || error.code !== "already-running") throw error;
    }
  };
  const timer = setInterval(() => void look().catch(warn), LOOK_MS);
  timer.unref();
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

export async function trainingsSeen(
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

/** When the next of either kind is due; null where never. @unit epoch ms */
export interface NextTrainings {
  readonly onwardAt: number | null;
  readonly fullAt: number | null;
}

/** As far as hours tell: what must wait for something else is not asked. */
export function nextTrainings(
  { inService, versions, jobs }: TrainingsSeen,
  { everyHours, fullEveryHours }: TrainingHours,
): NextTrainings {
  const after = (hours: number, moments: readonly (number | undefined)[]): number | null =>
    hours === 0 || inService === undefined
      ? null
      : Math.max(...moments.map((at) => at ?? 0)) + hours * HOUR_MS;
  const lastFull = jobs.find(({ payload }) => !goesOn(payload));
  const learnedAnew = inService?.onward?.anewAt ?? inService?.createdAt;
  return {
    onwardAt: after(everyHours, [versions[0]?.createdAt, jobs[0]?.createdAt]),
    fullAt: after(fullEveryHours, [learnedAnew, lastFull?.createdAt]),
  };
}

/** What is due, if anything. @unit now epoch ms */
export function dueTraining(
  seen: TrainingsSeen,
  hours: TrainingHours,
  now: number,
): "service" | "nothing" | undefined {
  const [newest] = seen.jobs;
  if (seen.canary !== undefined || isUnderWay(newest)) return undefined;
  const { onwardAt, fullAt } = nextTrainings(seen, hours);
  if (fullAt !== null && fullAt <= now) return "nothing";
  if (onwardAt === null || onwardAt > now) return undefined;
  return newest?.error?.code === "needs-full-training" ? "nothing" : "service";
}

const isUnderWay = (job: Job | undefined): boolean =>
  job?.state === "queued" || job?.state === "running";

const goesOn = (payload: unknown): boolean =>
  (payload as { readonly from?: string }).from === "service";
