import type { TrainingSettings } from "../../../model/behaviour/fit-behaviour.ts";
import type { Lesson } from "../../../model/exchange/lesson.ts";
import { lessonOf } from "../fit.ts";
import type { RecommendParams } from "../schema.ts";
import { settingsOf, sizeOf } from "./behaviour-source.ts";
import type { RecommendFrame } from "./frame.ts";

/** What the behaviour source is taught here, for whoever teaches it elsewhere. */
export interface BehaviourLesson {
  readonly lesson: Lesson;
  readonly settings: TrainingSettings;
}

export interface LessonArgument {
  readonly frame: RecommendFrame;
  readonly params: RecommendParams;
  readonly seed: number;
}

/** Pure, and O(n log n): run it in a worker thread. */
export async function behaviourLesson({
  frame,
  params,
  seed,
}: LessonArgument): Promise<BehaviourLesson> {
  const { held, all, trials } = lessonOf(frame, params, seed);
  const questions = trials.questions.map(({ history, target }) => ({
    history: history.tokens,
    target,
  }));
  return {
    lesson: { groups: frame.groups, learn: held.learn.persons, all: all.persons, questions },
    settings: settingsOf(held.learn, params, { trials }, sizeOf(held.learn, params)),
  };
}
