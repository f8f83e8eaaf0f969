import type { EventInput, EventItem, Surface } from "../collect/event.ts";
import { hashedEventId } from "../collect/event-id.ts";
import { readEvent } from "../collect/stored-event.ts";
import type { Past } from "../features/past.ts";

/**
 * Exposures: what was shown, where, by which model and rules, and how likely that was. Written by
 * whoever serves a list, read by whoever judges it; the log is the only thing between them.
 */
export interface ShownList {
  /** A UUID; the id that clicks and purchases send back as `context.request`. */
  readonly request: string;
  readonly shopper?: string | undefined;
  readonly anonymous?: string | undefined;
  readonly session?: string | undefined;
  readonly locale?: string | undefined;
  /** @unit epoch ms */
  readonly at: number;
  readonly surface: Surface;
  /** Null while no model has been trained. */
  readonly model: string | null;
  readonly rules: number;
  readonly seed: number;
  readonly items: readonly ShownItem[];
}

export interface ShownItem {
  readonly item: string;
  /** 0-based. */
  readonly position: number;
  /** Probability with which it was shown there, (0, 1]. */
  readonly propensity: number;
  readonly priceMinor?: number | undefined;
  /** The method that brought it most of its score. */
  readonly source?: string | undefined;
}

/** Items of one event; a longer list is as many events of one request. */
const ITEMS_PER_EVENT = 200;

/** The events that put a list on record; the same list gives the same event ids. */
export function exposureEvents(shown: ShownList): EventInput[] {
  const events: EventInput[] = [];
  for (let from = 0; from < shown.items.length; from += ITEMS_PER_EVENT) {
    events.push(exposureEvent(shown, from));
  }
  return events;
}

function exposureEvent(shown: ShownList, from: number): EventInput {
  const { request, shopper, anonymous, session, at, surface, locale, model, rules, seed } = shown;
  const items = shown.items.slice(from, from + ITEMS_PER_EVENT);
  return {
    eventId: from === 0 ? request : hashedEventId("exposure", `${request} ${from}`),
    ...(shopper === undefined ? {} : { shopper }),
    ...(anonymous === undefined ? {} : { anonymous }),
    ...(session === undefined ? {} : { session }),
    at,
    name: "exposure",
    items: items.map(lineOf),
    context: { surface, request, ...(locale === undefined ? {} : { locale }) },
    properties: {
      model,
      rules,
      seed,
      asOf: at,
      sources: items.map(({ source }) => source ?? null),
    },
  };
}

const lineOf = ({ item, position, propensity, priceMinor }: ShownItem): EventItem => ({
  item,
  position,
  propensity,
  ...(priceMinor === undefined ? {} : { unitPriceMinor: priceMinor }),
});

/** An exposure as the log holds it. */
export interface Exposure {
  readonly request: string;
  readonly at: number;
  readonly surface: Surface | undefined;
  readonly model: string | null;
  /** NaN where the sender did not say. */
  readonly rules: number;
  readonly items: readonly {
    readonly item: string;
    readonly position: number | undefined;
    readonly propensity: number | undefined;
    readonly source: string | null;
  }[];
}

/** Exposures asked for at once: what is held in memory. */
const EXPOSURES_MOST = 100_000;
const FIND_AT_ONCE = 500;

/**
 * Exposures from one moment to before another, oldest first, at most a hundred thousand; a list of
 * several events is as many exposures of one request. @unit from, to epoch ms
 */
export async function readExposures(past: Past, from: number, to: number): Promise<Exposure[]> {
  const ids = await past.analytics.columns(
    `SELECT event_id FROM actions
     WHERE shop = ? AND name = 'exposure' AND line = 0 AND at_ms >= ? AND at_ms < ?
     ORDER BY at_ms, seq LIMIT ?`,
    [past.shop, from, to, EXPOSURES_MOST],
  );
  const wanted = ids["event_id"] as readonly string[];
  const exposures: Exposure[] = [];
  for (let at = 0; at < wanted.length; at += FIND_AT_ONCE) {
    const part = wanted.slice(at, at + FIND_AT_ONCE);
    const rows = await past.log.find(past.shop, part);
    const bodies = new Map(rows.map((row) => [row.eventId, row]));
    for (const id of part) {
      const row = bodies.get(id);
      if (row !== undefined) exposures.push(exposureOf(row));
    }
  }
  return exposures;
}

function exposureOf(row: { readonly body: string; readonly eventId: string }): Exposure {
  const { at, items, context, properties = {} } = readEvent(row);
  const { model, rules, sources } = properties as {
    model?: unknown;
    rules?: unknown;
    sources?: unknown;
  };
  const named = Array.isArray(sources) ? (sources as unknown[]) : [];
  return {
    request: context.request ?? row.eventId,
    at,
    surface: context.surface,
    model: typeof model === "string" ? model : null,
    rules: typeof rules === "number" ? rules : Number.NaN,
    items: items.map(({ item, position, propensity }, line) => ({
      item,
      position,
      propensity,
      source: typeof named[line] === "string" ? named[line] : null,
    })),
  };
}

/** Items shown, with what came of it; the food of off-policy estimates. */
export interface Shows {
  readonly requests: readonly string[];
  readonly items: readonly string[];
  /** @shape [n]; 0-based, -1 where the sender did not say */
  readonly positions: Int32Array;
  /** @shape [n]; (0, 1] */
  readonly propensities: Float64Array;
  /** 1 when the shown item was clicked in time. @shape [n] */
  readonly clicks: Uint8Array;
}

/**
 * Every item shown with a propensity from one moment to before another, and whether a click on it
 * (`list_click`, or an `item_view` that names the request) followed within the window. Of what may
 * be measured only. @unit from, to epoch ms, windowMs ms
 */
export async function readShows(
  past: Past,
  from: number,
  to: number,
  windowMs: number,
): Promise<Shows> {
  const found = await past.analytics.columns(
    `SELECT shown.request, shown.item, coalesce(shown.position, -1) AS position,
       shown.propensity, CAST(bool_or(clicked.at_ms IS NOT NULL) AS INTEGER) AS clicked
     FROM actions shown LEFT JOIN actions clicked
       ON clicked.shop = shown.shop AND clicked.request = shown.request
       AND clicked.item = shown.item AND clicked.name IN ('list_click', 'item_view')
       AND clicked.at_ms >= shown.at_ms AND clicked.at_ms < shown.at_ms + $4
     WHERE shown.shop = $1 AND shown.name = 'exposure' AND shown.item IS NOT NULL
       AND shown.propensity IS NOT NULL AND shown.measure
       AND shown.at_ms >= $2 AND shown.at_ms < $3
     GROUP BY shown.seq, shown.line, shown.request, shown.item, shown.position, shown.propensity
     ORDER BY shown.seq, shown.line`,
    [past.shop, from, to, windowMs],
  );
  return {
    requests: found["request"] as readonly string[],
    items: found["item"] as readonly string[],
    positions: found["position"] as Int32Array,
    propensities: found["propensity"] as Float64Array,
    clicks: Uint8Array.from(found["clicked"] as Int32Array),
  };
}
