import { defineScenario, type Scenario } from "../../scenario.ts";
import { decide, type RecommendNeeds } from "./decide.ts";
import { fitRecommend, type RecommendModel } from "./fit.ts";
import { gather } from "./gather.ts";
import type { RecommendFrame } from "./learning/frame.ts";
import {
  type RecommendDecision,
  type RecommendParams,
  type RecommendRequest,
  recommendDecisionSchema,
  recommendParamsSchema,
  recommendRequestSchema,
} from "./schema.ts";
import { score } from "./score.ts";

/** Threads of a fit that nobody told otherwise; a fit repeats its bytes on as many threads. */
const THREADS = 2;

export const recommend: Scenario<
  RecommendParams,
  RecommendFrame,
  RecommendModel,
  RecommendRequest,
  RecommendDecision,
  RecommendNeeds
> = defineScenario({
  name: "recommend",
  question: "What should I show this shopper here, now?",
  schema: {
    params: recommendParamsSchema,
    request: recommendRequestSchema,
    decision: recommendDecisionSchema,
  },
  gather,
  fit: (frame, params, seed) =>
    fitRecommend({ frame, params, seed, provider: "cpu", threads: THREADS }),
  decide: (model, request, needs) => decide(model, request, needs),
  score,
});
