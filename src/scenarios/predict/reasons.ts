import { type EventName, eventNames } from "../../collect/event.ts";
import type { Timelines } from "../../features/timelines.ts";
import type { Locale } from "../../schema.ts";
import type { Oracle } from "./answers.ts";
import type { Stretch } from "./counted.ts";
import { deedWords } from "./deed-words.ts";
import type { PredictReason } from "./schema.ts";

/**
 * Which events moved a probability, asked of the very model that answered. The history is built up event
 * by event along two paths, from the oldest on and from the newest back, always as of the same moment;
 * what an event changes on a path is its part there, and the mean over both paths is its part. Along
 * each path parts telescope, so that they add up to the probability less the usual one exactly, up to
 * rounding. Source: Shapley 1953, over two orders of the many; sums over all orders of n events would
 * ask 2^n questions, these ask 2 n.
 * Of long histories the latest events walk one by one, and all before them as one.
 */
export interface Path {
  /** Places of the events that walk; the first part is of all before them. */
  readonly places: readonly number[];
  /** Of all events before, then of each place, by head. @shape [1 + places, heads] */
  readonly parts: Float64Array;
  /** @shape [heads] */
  readonly chances: Float64Array;
}

/** Events that walk one by one. */
const WALK_MOST = 40;
/** Reasons said by name; the rest is summed up as one. */
const SAID_MOST = 5;

/** Two questions an event. O(events of the walk x cost of an answer). */
export async function walkPath(
  oracle: Oracle,
  timelines: Timelines,
  { from, to, now }: Stretch,
): Promise<Path> {
  const start = Math.max(from, to - WALK_MOST);
  const heads = oracle.model.chances.length;
  const steps = to - start;
  // Forward: nothing, all before the walk, then one event more each; backward: one event less each.
  const forward = Array.from({ length: steps + 1 }, (_, at) => ({ from, to: start + at, now }));
  const backward = Array.from({ length: steps + 1 }, (_, at) => ({ from: start + at, to, now }));
  const { chances } = await oracle.answer(timelines, [...forward, ...backward]);
  const usual = oracle.model.chances.map((chance) => chance.usual);
  const said = (path: 0 | 1, at: number, head: number): number =>
    chances[(path * (steps + 1) + at) * heads + head] as number;
  const parts = new Float64Array((steps + 1) * heads);
  for (let head = 0; head < heads; head++) {
    const whole = said(0, steps, head);
    const early = said(0, 0, head) - (usual[head] as number) + (whole - said(1, 0, head));
    parts[head] = early / 2;
    for (let at = 0; at < steps; at++) {
      const ahead = said(0, at + 1, head) - said(0, at, head);
      const back = said(1, at, head) - said(1, at + 1, head);
      parts[(at + 1) * heads + head] = (ahead + back) / 2;
    }
  }
  return {
    places: Array.from({ length: steps }, (_, at) => start + at),
    parts,
    chances: chances.slice(steps * heads, (steps + 1) * heads),
  };
}

/** The largest parts in words, and the rest in one. O(places log places). */
export function reasonsOf(
  { places, parts, chances }: Path,
  head: number,
  timelines: Timelines,
  locale: Locale,
): readonly PredictReason[] {
  const heads = chances.length;
  const all = places.map((place, at) => ({
    place,
    part: parts[(at + 1) * heads + head] as number,
  }));
  all.sort((a, b) => Math.abs(b.part) - Math.abs(a.part) || b.place - a.place);
  const reasons = all
    .slice(0, SAID_MOST)
    .map(({ place, part }) => eventReason(timelines, place, part, locale));
  const early = parts[head] as number;
  if (early !== 0) reasons.push(sumReason("earlier", early, locale));
  const rest = all.slice(SAID_MOST).reduce((sum, { part }) => sum + part, 0);
  if (all.length > SAID_MOST) reasons.push(sumReason("others", rest, locale));
  return reasons;
}

function eventReason(
  timelines: Timelines,
  place: number,
  part: number,
  locale: Locale,
): PredictReason {
  const event = eventNames[timelines.names[place] as number] as EventName;
  const group = timelines.groups[timelines.tokens[place] as number];
  const deed = deedWords[locale][event] ?? event;
  const what = group === undefined ? deed : `${deed} ${group}`;
  const at = timelines.times[place] as number;
  return { event, group, at, part, text: sentence(what, part, locale) };
}

const sumWords = {
  earlier: { en: "everything before these events", zh: "这些事件之前的全部行为" },
  others: { en: "all other events", zh: "其余事件" },
} as const;

const sumReason = (event: keyof typeof sumWords, part: number, locale: Locale): PredictReason => ({
  event,
  part,
  text: sentence(sumWords[event][locale], part, locale),
});

function sentence(what: string, part: number, locale: Locale): string {
  const points = Math.abs(100 * part).toFixed(1);
  if (locale === "zh") return `${what}：${part < 0 ? "降低" : "提高"} ${points} 个百分点`;
  return `${what}: ${part < 0 ? "lowered" : "raised"} it by ${points} points`;
}
