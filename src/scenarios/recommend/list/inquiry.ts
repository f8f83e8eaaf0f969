import { emptyHistory, type History } from "../../../algorithms/sequences.ts";
import type { Catalogue } from "../../../features/catalogue.ts";
import { strengths } from "../../../features/interactions.ts";
import type { RecentEvent } from "../../../features/recent.ts";
import { contextHistory } from "../learning/held-out.ts";
import type { Asked, Deed } from "../learning/source.ts";
import type { RecommendRequest } from "../schema.ts";
import type { Shelf } from "./shelf.ts";
import { surfaceRules } from "./surfaces.ts";
import { noticed, type Said } from "./verdicts.ts";

/** A request as the sources understand it, and what they were not told. */
export interface Inquiry {
  readonly asked: Asked;
  /** What was done at each place of `asked`. */
  readonly deeds: Readonly<Record<keyof Asked, readonly Deed[]>>;
  /** Items of the request, as groups, also those that nobody knows. */
  readonly context: readonly string[];
  /** The last groups it goes by, oldest first, also those the sources do not know. */
  readonly alsoLike: readonly string[];
  /** What a group says of itself. */
  words(group: string): ReadonlySet<string>;
  readonly bought: ReadonlySet<string>;
  readonly seen: ReadonlySet<string>;
  readonly notices: readonly string[];
}

export interface Around {
  readonly shelf: Shelf;
  readonly catalogue: Catalogue;
  /** Oldest first. */
  readonly recent: readonly RecentEvent[];
  /** @unit epoch ms */
  readonly asOf: number;
  /** A longer pause begins a new session. @unit minutes */
  readonly sessionGapMinutes: number;
}

interface Step {
  readonly group: string;
  readonly at: number;
  readonly weight: number;
  readonly deed: Deed;
}

const MINUTE_MS = 60_000;

/** What the surface asks with. O(recent events + items). */
export function inquire(request: RecommendRequest, around: Around): Inquiry {
  const { catalogue, asOf } = around;
  const surface = surfaceRules[request.surface];
  const steps = request.personalise ? stepsOf(around) : [];
  const context = [...new Set(request.items.map((id) => groupOf(catalogue, id)))];
  const chosen =
    surface.asks === "shopper"
      ? steps
      : surface.asks === "session"
        ? lastSession(steps, asOf, around.sessionGapMinutes)
        : [];
  const beside = context.map((group): Step => ({ group, at: asOf, weight: 1, deed: "context" }));
  const told = surface.asks === "nothing" ? [] : [...chosen, ...beside];
  const bought = steps.filter((step) => step.deed === "bought");
  const history = historyOf(told, around);
  const again = historyOf(surface.asks === "shopper" ? bought : [], around);
  return {
    asked: { history: history.history, bought: again.history },
    deeds: { history: history.deeds, bought: again.deeds },
    context,
    alsoLike: told.slice(-LIKENESS_MOST).map((step) => step.group),
    words: (group) => around.shelf.words(group, catalogue.variants(group)[0]),
    bought: new Set(bought.map((step) => step.group)),
    seen: new Set(steps.map((step) => step.group)),
    notices: noticesOf(request, around, context, steps.length, history.history.tokens.length),
  };
}

/** Newcomers are likened to this many of the last groups. */
const LIKENESS_MOST = 10;

export const groupOf = (catalogue: Catalogue, id: string): string =>
  catalogue.item(id)?.group ?? id;

/** What was done, in order of time; an action on the same group as the one before is one with it. */
function stepsOf({ catalogue, recent }: Around): readonly Step[] {
  const steps: Step[] = [];
  const past = recent.filter((event) => event.personalise);
  for (const event of past.toSorted((a, b) => a.at - b.at)) {
    const weight = strengths[event.name];
    if (weight === undefined) continue;
    const deed = event.name === "purchase" ? "bought" : "viewed";
    for (const id of event.items) {
      const step: Step = { group: groupOf(catalogue, id), at: event.at, weight, deed };
      const before = steps.at(-1);
      if (before?.group !== step.group) steps.push(step);
      else steps[steps.length - 1] = stronger(before, step);
    }
  }
  return steps;
}

function stronger(before: Step, step: Step): Step {
  const bought = before.deed === "bought" || step.deed === "bought";
  return {
    ...step,
    weight: Math.max(before.weight, step.weight),
    deed: bought ? "bought" : "viewed",
  };
}

function lastSession(steps: readonly Step[], asOf: number, gapMinutes: number): readonly Step[] {
  const gap = gapMinutes * MINUTE_MS;
  let from = steps.length;
  let next = asOf;
  while (from > 0 && next - (steps[from - 1] as Step).at <= gap) {
    from--;
    next = (steps[from] as Step).at;
  }
  return steps.slice(from);
}

function historyOf(
  steps: readonly Step[],
  { shelf, asOf }: Around,
): { history: History; deeds: readonly Deed[] } {
  const known = steps.filter(
    (step) => (shelf.tokenOf.get(step.group) ?? shelf.known) < shelf.known,
  );
  if (known.length === 0) return { history: emptyHistory(asOf), deeds: [] };
  const tokens = Int32Array.from(known, (step) => shelf.tokenOf.get(step.group) ?? 0);
  const history = {
    ...contextHistory(tokens, asOf),
    times: Float64Array.from(known, (step) => step.at),
    weights: Float32Array.from(known, (step) => step.weight),
  };
  return { history, deeds: known.map((step) => step.deed) };
}

function noticesOf(
  request: RecommendRequest,
  { shelf, catalogue }: Around,
  context: readonly string[],
  steps: number,
  places: number,
): string[] {
  const notices: Said[] = [];
  const { asks } = surfaceRules[request.surface];
  if (shelf.model === null) notices.push(noticed.untrained);
  for (const group of context) {
    const token = shelf.tokenOf.get(group);
    if (token === undefined && catalogue.variants(group).length === 0) {
      notices.push(noticed.unknownItem(group));
    } else if (shelf.model !== null && (token ?? shelf.known) >= shelf.known) {
      notices.push(noticed.newItem(group));
    }
  }
  if (asks === "shopper" || asks === "session") notices.push(...shopperNotices(request, steps));
  if (asks !== "nothing" && places === 0 && shelf.model !== null) {
    notices.push(noticed.nothingToGoBy);
  }
  return notices.map((notice) => notice[request.locale]);
}

function shopperNotices(request: RecommendRequest, steps: number): readonly Said[] {
  if (!request.personalise) return [noticed.impersonal];
  if (request.shopper === undefined && request.anonymous === undefined) return [noticed.nobody];
  return steps === 0 ? [noticed.stranger] : [];
}
