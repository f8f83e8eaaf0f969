import type { Tracker } from "./open-tracker.ts";

/** A method of the tracker with what it is given, or an event by its name. */
export type Call = readonly [name: string, ...given: unknown[]];

declare global {
  interface Window {
    /** The tracker, or the calls that wait until it has arrived. */
    shopkeeper?: Call[] | (Tracker & { push(...calls: Call[]): void });
  }
}
