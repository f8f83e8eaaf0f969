/** The public names, nothing else: what a program needs to run Shopkeeper inside itself. */
export { type Clock, fixedClock, systemClock } from "./clock.ts";
export type { Collect, ErasureCertificate, EventsTaken, ItemsTaken } from "./collect/collect.ts";
export type { Event, EventInput, EventName } from "./collect/event.ts";
export type { Item, ItemInput } from "./collect/item.ts";
export { type Config, parseConfig } from "./config.ts";
export { isProblem, type Problem, type ProblemCode } from "./errors.ts";
export { openPlatform, type Platform, restorePlatform } from "./platform.ts";
export {
  type ItemExplanation,
  type RecommendDecision,
  type RecommendRequest,
  type Rule,
  type RuleSet,
  recommendRequestSchema,
} from "./scenarios/recommend/schema.ts";
export { openKeys } from "./serve/keys.ts";
export { listen, newLocalToken, openServer } from "./serve/server.ts";
