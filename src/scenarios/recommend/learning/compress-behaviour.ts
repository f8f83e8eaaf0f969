import { problem } from "../../../errors.ts";
import { compressed } from "../../../model/behaviour/compression/compress.ts";
import { studentOf } from "../../../model/behaviour/compression/distill.ts";
import { unpacked } from "../../../model/behaviour/compression/kept.ts";
import type { Compression } from "../../../model/behaviour/compression/report.ts";
import { type Trial, tried } from "../../../model/behaviour/compression/trial.ts";
import type { Provider } from "../../../tensor/runtime/providers.ts";
import { lessonOf } from "../fit.ts";
import type { RecommendParams } from "../schema.ts";
import { type BehaviourModel, learnedAgain, type Training } from "./behaviour-source.ts";
import { QUESTIONS_LEAST } from "./blending.ts";
import type { Learnable, RecommendFrame } from "./frame.ts";
import type { Learning } from "./source.ts";

/**
 * The behaviour model of a version made smaller, and what that costs. A version has learned from all that
 * was done, so what it loses shows on nothing it could be asked: an understudy learns as it did, but for the
 * held-out actions, is compressed alike, and is asked for them before and after. Only where no more is
 * lost than may be, the version's own model is compressed.
 */
export interface CompressArgument {
  readonly frame: RecommendFrame;
  readonly params: RecommendParams;
  readonly seed: number;
  readonly provider: Provider;
  readonly threads: number;
  readonly behaviour: BehaviourModel;
  readonly how: Compression;
}

export interface CompressedBehaviour {
  readonly trial: Trial;
  /** Undefined where more was lost than may be. */
  readonly made: { readonly judged: BehaviourModel; readonly whole: BehaviourModel } | undefined;
}

/** Questions that are timed: a second or two. */
const TIMED_MOST = 200;

/** Run it in a worker thread: it trains. @throws problem `too-little-data`, `diverged`, `cancelled` */
export async function compressBehaviour(
  { frame, params, seed, provider, threads, behaviour, how }: CompressArgument,
  report: (said: Learning) => void = () => undefined,
  signal?: Training["signal"],
): Promise<CompressedBehaviour> {
  const { held, all, trials } = lessonOf(frame, params, seed);
  const { questions, filterSeen } = trials;
  if (questions.length < QUESTIONS_LEAST) {
    const why = `${questions.length} held-out actions are fewer than ${QUESTIONS_LEAST}`;
    throw problem("too-little-data", `what compression loses cannot be measured: ${why}`);
  }
  const engine: Training = {
    ...{ trials, seed, provider, threads, report, signal },
    checkpoints: undefined,
  };
  const onward = (): void => {
    if (signal?.aborted) throw problem("cancelled", "stopped while compressing");
  };
  const understudy = await learnedAgain(held.learn, params, behaviour, engine, {
    run: "understudy",
    stage: "behaviour, an understudy without the held-out actions",
  });
  const work = { params, engine, how };
  const judged = await smaller(understudy, held.learn, work);
  const options = { provider, threads: 1, filterSeen, timedMost: TIMED_MOST, onward };
  const trial = await tried(understudy, judged, questions, options);
  if (trial.drop > how.dropMost) return { trial, made: undefined };
  onward();
  return { trial, made: { judged, whole: await smaller(behaviour, all, work) } };
}

interface Work {
  readonly params: RecommendParams;
  readonly engine: Training;
  readonly how: Compression;
}

/** @param learn what the model learned from, as a student of it learns from the same */
async function smaller(
  { shape, parameters, epochs }: BehaviourModel,
  learn: Learnable,
  { params, engine, how }: Work,
): Promise<BehaviourModel> {
  const { method, temperature } = how;
  const given = { shape, parameters: unpacked(parameters) };
  if (method !== "distill") {
    return { shape, epochs, parameters: await compressed(given, { ...how, method }, engine.seed) };
  }
  const { student, shape: half } = studentOf(given, temperature);
  const course = { shape: half, epochs, course: undefined };
  return learnedAgain(learn, params, course, engine, {
    run: "student",
    stage: "behaviour, a student of half the blocks",
    student,
  });
}
