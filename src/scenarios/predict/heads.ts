import { type EventName, eventNames } from "../../collect/event.ts";
import { deeds } from "../../features/timelines.ts";
import type { ChanceName } from "./schema.ts";

/** What comes about within the time of a head. */
export interface ChanceHead {
  readonly name: ChanceName;
  /** Null: until the session ends. */
  readonly days: number | null;
  /** Code of the event that makes it true, or whether any does, or that none comes. */
  readonly event: number | "any" | "none";
}

const codeOf = (name: EventName): number => eventNames.indexOf(name);

export const PURCHASE: number = codeOf("purchase");

/** In the order of `chanceNames`. @unit churnDays days */
export const chanceHeads = (churnDays: number): readonly ChanceHead[] => [
  { name: "purchase_session", days: null, event: PURCHASE },
  { name: "purchase_7d", days: 7, event: PURCHASE },
  { name: "purchase_30d", days: 30, event: PURCHASE },
  { name: "churn", days: churnDays, event: "none" },
  { name: "view_7d", days: 7, event: codeOf("item_view") },
  { name: "review_30d", days: 30, event: codeOf("review") },
  { name: "click_session", days: null, event: codeOf("list_click") },
  { name: "return_1d", days: 1, event: "any" },
  { name: "return_7d", days: 7, event: "any" },
  { name: "return_30d", days: 30, event: "any" },
];

/** What may be next in a session; the last is that nothing is. */
export const nextActions: readonly (EventName | "leave")[] = [...deeds, "leave"];
export const LEAVE: number = nextActions.length - 1;

const placeInNext = new Map(deeds.map((name, at) => [codeOf(name), at]));

/** Place of an event's code among what may be next. */
export const nextOf = (code: number): number => placeInNext.get(code) ?? LEAVE;
