import type { Past } from "./features/past.ts";
import type { Schema } from "./schema.ts";

/**
 * What every scenario is: a question a shopkeeper asks, answered by gathering the past, fitting a
 * model, and deciding with it. `Needs` is what `decide` is handed at the time: the live catalogue,
 * the shopper's recent events, the shop's rules.
 */
export interface Scenario<Params, Frame, Model, Request, Decision, Needs> {
  /** Folder, URL segment and word on the command line. */
  readonly name: string;
  /** One sentence, as a shopkeeper would ask it. */
  readonly question: string;
  readonly schema: {
    readonly params: Schema<Params>;
    readonly request: Schema<Request>;
    readonly decision: Schema<Decision>;
  };
  gather(past: Past, asOf: number): Promise<Frame>;
  fit(frame: Frame, params: Params, seed: number): Promise<Model>;
  decide(model: Model, request: Request, needs: Needs): Promise<Decision>;
  score(decisions: readonly Decision[], outcomes: Frame): Scores;
}

/** Metric name to value; shares and rates are 0..1. */
export type Scores = Readonly<Record<string, number>>;

/** Keeps the types of a scenario's parts together; changes nothing. */
export function defineScenario<Params, Frame, Model, Request, Decision, Needs>(
  scenario: Scenario<Params, Frame, Model, Request, Decision, Needs>,
): Scenario<Params, Frame, Model, Request, Decision, Needs> {
  return scenario;
}
