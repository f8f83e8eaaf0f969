import type { Timelines } from "../../features/timelines.ts";
import { defineScenario, type Scenario } from "../../scenario.ts";
import { decide, type PredictNeeds } from "./decide.ts";
import { fitPredict, type PredictModel } from "./fit.ts";
import { gather } from "./gather.ts";
import {
  type PredictDecision,
  type PredictParams,
  type PredictRequest,
  predictDecisionSchema,
  predictParamsSchema,
  predictRequestSchema,
} from "./schema.ts";
import { score } from "./score.ts";

/** Threads of a fit that nobody told otherwise; a fit repeats its bytes on as many threads. */
const THREADS = 2;

export const predict: Scenario<
  PredictParams,
  Timelines,
  PredictModel,
  PredictRequest,
  PredictDecision,
  PredictNeeds
> = defineScenario({
  name: "predict",
  question: "What will each shopper do next?",
  schema: {
    params: predictParamsSchema,
    request: predictRequestSchema,
    decision: predictDecisionSchema,
  },
  gather,
  fit: (frame, params, seed) =>
    fitPredict({ frame, params, seed, provider: "cpu", threads: THREADS }),
  decide: (model, request, needs) => decide(model, request, needs),
  score,
});
