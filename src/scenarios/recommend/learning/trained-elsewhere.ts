import { type BehaviourModel, behaviour } from "./behaviour-source.ts";
import type { Source } from "./source.ts";

/** The behaviour model as it came back from where it was trained, or as it was compressed. */
export interface TrainedElsewhere {
  /** Where, for the version's notes. */
  readonly how: string;
  /** Never saw what is held out: what is judged. */
  readonly judged: BehaviourModel;
  /** What serves. */
  readonly whole: BehaviourModel;
}

/** The sources, of which the behaviour model has learned already. */
export const taught = (
  sources: readonly Source[],
  { judged, whole }: TrainedElsewhere,
): readonly Source[] =>
  sources.map((source) =>
    source.name === behaviour.name
      ? {
          ...source,
          unfit: () => undefined,
          fit: async () => [judged],
          refit: async () => whole,
        }
      : source,
  );
