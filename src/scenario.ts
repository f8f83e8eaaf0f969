import type { z } from "zod";
import type { ProblemCode } from "./errors.ts";
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

/** One line of a scenario's routes.ts: what can be asked of it, and which function answers. */
export interface ScenarioRoute<Service, Body, Query, Path, Answer> {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  /** Name in clients made from the OpenAPI document. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly about?: string;
  readonly scope: "publishable" | "secret";
  /** True for what changes nothing though it is no GET. */
  readonly reads?: true;
  /** Name of the work in Server-Timing. */
  readonly stage?: string;
  readonly body?: z.ZodType<Body, unknown>;
  /** What the body is said to be, where its parts are judged further down. */
  readonly bodyLike?: z.ZodType;
  readonly query?: z.ZodType<Query, unknown>;
  readonly params?: z.ZodType<Path, unknown>;
  readonly answer: z.ZodType<Answer, unknown>;
  /**
   * Asked so often that the answer is written as it was made, and not held against its shape each time:
   * a test of the scenario does that.
   */
  readonly asMade?: true;
  readonly problems?: readonly ProblemCode[];
  run(service: Service, call: ScenarioCall<Body, Query, Path>): Promise<Answer>;
}

export interface ScenarioCall<Body, Query, Path> {
  readonly shop: string;
  /** Who asks: the id of the key, or `user:` and the name. */
  readonly by: string;
  /** Whether that key is secret, or the owner's, or a user's: one that no visitor holds. */
  readonly isSecret: boolean;
  /** Whether somebody of the shop asks, who is signed in: what they are shown is shown to no shopper. */
  readonly isSignedIn: boolean;
  readonly body: Body;
  readonly query: Query;
  readonly path: Path;
}

/** A line whose other types are known only to itself. */
export type AnyScenarioRoute<Service> = ScenarioRoute<Service, never, never, never, unknown>;
