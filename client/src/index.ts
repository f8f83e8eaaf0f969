export type { BatchOptions, EventBatches } from "./batches.ts";
export { openBatches } from "./batches.ts";
export type { CallOptions, Line, Upload } from "./calls.ts";
export type { ClientOptions, Shopkeeper } from "./client.ts";
export { openClient } from "./client.ts";
export { newEventId } from "./event-ids.ts";
export { endOf } from "./jobs.ts";
export type {
  CatalogueItem,
  EventInput,
  EventName,
  EventsTaken,
  ItemInput,
  ItemsTaken,
  Job,
  LinesTaken,
  ProblemCode,
  RecommendDecision,
  RecommendRequest,
  RecommendSurface,
  Rejected,
  RuleInput,
} from "./made/schemas.ts";
export type { Subjects } from "./made/subjects.ts";
export type { Page } from "./pages.ts";
export { allRows } from "./pages.ts";
export type { ShopkeeperProblem, ShopkeeperProblemCode } from "./problem.ts";
export { isProblem } from "./problem.ts";
export type { Surroundings } from "./surroundings.ts";
