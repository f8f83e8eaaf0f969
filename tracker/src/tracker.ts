import { openTracker, type Tracker, type TrackerOptions } from "./open-tracker.ts";
import type { Call } from "./page.ts";

/**
 * The tracker as a script of a page; README.md says how it is put there. What the page says before
 * it has arrived waits in `window.shopkeeper`, a plain array of calls.
 */
const script = document.currentScript as HTMLScriptElement;
type Method = (...given: unknown[]) => void;
const tracker = openTracker({
  url: new URL(script.src).origin,
  ...(script.dataset as Partial<TrackerOptions>),
} as TrackerOptions) as Tracker & Record<string, Method> & { readonly track: Method };

const push = (...calls: Call[]): void => {
  for (const [name, ...given] of calls) (tracker[name] ?? tracker.track.bind(0, name))(...given);
};
const waiting = window.shopkeeper as readonly Call[] | undefined;
window.shopkeeper = { ...tracker, push };
push(...(waiting ?? []));
