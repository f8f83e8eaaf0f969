import type { Collect } from "../../../collect/collect.ts";
import type { EventInput } from "../../../collect/event.ts";
import { hashedEventId } from "../../../collect/event-id.ts";
import { noon, openShop } from "../../../features/conformance/open-shop.ts";
import type { EpochMs } from "../../../schema.ts";
import { openSimulation } from "../../../simulate/simulate.ts";
import { scenarioConformance, type World, type WorldOptions } from "../../conformance.ts";
import type { RecommendNeeds } from "../decide.ts";
import type { RecommendModel } from "../fit.ts";
import { gather } from "../gather.ts";
import { recommend } from "../index.ts";
import type { RecommendFrame } from "../learning/frame.ts";
import { stockShelf } from "../list/shelf.ts";
import { measure } from "../measure.ts";
import { type RecommendParams, type RecommendRequest, recommendParamsSchema } from "../schema.ts";
import { items, MINUTE, openTrade, request, walks } from "./open-trade.ts";

const SHOP = "corner";
const params = recommendParamsSchema.parse({
  alsFactors: 8,
  alsIterations: 2,
  blendCasesMax: 120,
  behaviour: { width: 16, length: 8, epochsMost: 3 },
}) as RecommendParams;

function eventsOf({ events }: WorldOptions): readonly EventInput[] {
  const all = walks(60);
  switch (events) {
    case "none":
      return [];
    case "one":
      return all.slice(0, 1);
    case "alike":
      return all.slice(0, 40).map((event, at) => ({
        ...event,
        eventId: hashedEventId("alike", String(at)),
        shopper: "p1",
        at: noon - 60 * MINUTE,
        items: [{ item: "kitchen-1-blue" }],
      }));
    case "without shopper":
      return all.filter(({ shopper }) => shopper !== "p3").map(samePace);
    case "shuffled":
      return all.map(samePace).toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0) || backwards(a, b));
    case "ordinary":
      return all.map(samePace).toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0) || -backwards(a, b));
  }
}

/** Every tenth person walks at the time of the tenth: many share each instant. */
function samePace(event: EventInput): EventInput {
  const person = Number(event.shopper?.slice(1));
  return { ...event, at: (event.at ?? 0) - (person % 10) * 30 * MINUTE };
}

const backwards = (a: EventInput, b: EventInput): number =>
  (a.shopper ?? "") < (b.shopper ?? "") ? 1 : -1;

async function open(
  options: WorldOptions,
): Promise<World<RecommendModel, RecommendRequest, RecommendNeeds>> {
  const trade = await openTrade();
  const priced = items().map((item) => ({
    ...item,
    priceMinor: (item.priceMinor ?? 0) * options.moneyTimes,
  }));
  await trade.collect.items(SHOP, priced);
  await trade.happen(...eventsOf(options));
  let happened = 0;
  return {
    past: trade.past,
    now: trade.now(),
    async happenAt(at) {
      const eventId = hashedEventId("later", String(happened++));
      const of = [{ item: "garden-1-blue" }];
      await trade.happen({ eventId, shopper: "p2", at, name: "item_view", items: of });
    },
    async erase(shopper) {
      await trade.collect.erase(SHOP, shopper);
      await trade.projector.catchUp(SHOP);
    },
    async needs(model, asked) {
      const catalogue = await trade.catalogues.of(SHOP);
      const person = trade.collect.personOf(SHOP, asked);
      return {
        shelf: stockShelf(model, catalogue, await trade.looks.of(SHOP), "cpu"),
        catalogue,
        recent: person === null ? [] : await trade.recent.of(SHOP, person),
        rules: await trade.recommend.rules.current(SHOP),
        asOf: trade.now(),
        request: "the same request",
        version: model === null ? null : "recommend-000001",
        limits: { limitDefault: 5, limitMax: 100, explorationShare: 0.1, sessionGapMinutes: 30 },
        pictureOf: () => undefined,
        record: async () => undefined,
      };
    },
    close: () => trade.close(),
  };
}

/** Each row as the names of its groups with moment, session and order; rows in the order of names. */
function canonical(frame: RecommendFrame): unknown {
  const { offsets, tokens, times, rows } = frame.sequences;
  const row = (at: number): string => {
    const places = Array.from(
      { length: (offsets[at + 1] ?? 0) - (offsets[at] ?? 0) },
      (_, place) => (offsets[at] ?? 0) + place,
    );
    const first = places[0] ?? 0;
    return JSON.stringify(
      places.map((place) => [
        frame.groups[tokens[place] ?? 0],
        times[place],
        (frame.sessions[place] ?? 0) - (frame.sessions[first] ?? 0),
        frame.baskets[place] === -1,
      ]),
    );
  };
  const byCode = (a: string, b: string): number => (a < b ? -1 : 1);
  return Array.from({ length: rows }, (_, at) => row(at))
    .filter((text) => text !== "[]")
    .toSorted(byCode);
}

async function againstBaseline(): Promise<{ scenario: number; baseline: number }> {
  const endAt = (noon - 60 * MINUTE) as EpochMs;
  const size = { groups: 120, shoppers: 300, visitsPerDay: 0.25 };
  const simulation = openSimulation({ seed: 3, size, endAt, days: 30 });
  const shop = await openShop();
  await inParts(simulation.items(), (part) => shop.collect.items(SHOP, part));
  for (const events of simulation.events()) await shop.happen(...events);
  const frame = await gather(shop.past, noon);
  await shop.close();
  const { scorers } = await measure({
    frame,
    params: {
      ...params,
      alsFactors: 32,
      alsIterations: 6,
      blendCasesMax: 600,
      behaviour: { ...params.behaviour, width: 32, length: 20, epochsMost: 12 },
    },
    options: {
      split: "last_days",
      testDays: 3,
      ks: [10],
      filterSeen: false,
      casesMax: 2_000,
      seed: 1,
    },
    provider: "cpu",
    threads: 2,
    bootstrapRounds: 10,
  });
  const reached = scorers.map((one) => ({
    name: one.name,
    ndcg: one.metrics["ndcg@10"]?.mean ?? 0,
  }));
  const alone = reached.filter(({ name }) => name !== "blend").map(({ ndcg }) => ndcg);
  const blend = reached.find(({ name }) => name === "blend")?.ndcg ?? 0;
  return { scenario: blend, baseline: Math.max(...alone) };
}

async function inParts<T>(
  all: Iterable<T>,
  take: (part: T[]) => ReturnType<Collect["items"]>,
): Promise<void> {
  let part: T[] = [];
  for (const one of all) {
    part.push(one);
    if (part.length < 500) continue;
    await take(part);
    part = [];
  }
  await take(part);
}

scenarioConformance({
  scenario: recommend,
  params,
  open,
  request: request({ surface: "home", shopper: "p5" }),
  unknown: request({ surface: "similar", shopper: "nobody", items: ["nothing-of-ours"] }),
  canonical,
  essence: ({ items: shown }) =>
    shown.map(({ priceMinor: _, ...rest }) => ({ ...rest, title: undefined })),
  shopper: "p3",
  againstBaseline,
});
