import type { EventInput } from "../../../collect/event.ts";
import { hashedEventId } from "../../../collect/event-id.ts";
import { logLoss } from "../../../evaluate/classification-metrics.ts";
import { noon, openShop } from "../../../features/conformance/open-shop.ts";
import type { Timelines } from "../../../features/timelines.ts";
import type { EpochMs } from "../../../schema.ts";
import { openSimulation } from "../../../simulate/simulate.ts";
import { scenarioConformance, type World, type WorldOptions } from "../../conformance.ts";
import { openOracle } from "../answers.ts";
import type { PredictNeeds } from "../decide.ts";
import { fitPredict, type PredictModel } from "../fit.ts";
import { gather } from "../gather.ts";
import { predict } from "../index.ts";
import { historyOf } from "../open-predict.ts";
import {
  type PredictDecision,
  type PredictParams,
  type PredictRequest,
  predictParamsSchema,
  predictRequestSchema,
} from "../schema.ts";
import { score } from "../score.ts";
import { custom, DAY, stock } from "./custom.ts";

const SHOP = "corner";
const PERSONS = 60;
const params = predictParamsSchema.parse({
  width: 8,
  blocks: 1,
  length: 8,
  epochsMost: 2,
  networkCasesLeast: 50,
  casesLeast: 50,
  treesMost: 20,
  calendarMoments: 8,
  visitMomentsMost: 3,
}) as PredictParams;

const request = (fields: Partial<PredictRequest>): PredictRequest =>
  predictRequestSchema.parse(fields) as PredictRequest;

function eventsOf({ events, moneyTimes }: WorldOptions): readonly EventInput[] {
  const all = custom(PERSONS, moneyTimes);
  switch (events) {
    case "none":
      return [];
    case "one":
      return all.slice(0, 1);
    case "alike":
      return all.slice(0, 40).map((event, at) => ({
        ...event,
        eventId: hashedEventId("alike", String(at)),
        name: "item_view",
        shopper: "person-1",
        at: noon - DAY,
        items: [{ item: "thing-1-blue" }],
      }));
    case "without shopper":
      return all.filter(({ shopper }) => shopper !== "person-4");
    case "shuffled":
      return all.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0) || backwards(a, b));
    case "ordinary":
      return all.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0) || -backwards(a, b));
  }
}

const backwards = (a: EventInput, b: EventInput): number =>
  (a.shopper ?? "") < (b.shopper ?? "") ? 1 : -1;

async function open(
  options: WorldOptions,
): Promise<World<PredictModel, PredictRequest, PredictNeeds>> {
  const shop = await openShop();
  await shop.collect.items(SHOP, stock());
  await shop.happen(...eventsOf(options));
  let happened = 0;
  return {
    past: shop.past,
    now: noon,
    async happenAt(at) {
      const eventId = hashedEventId("later", String(happened++));
      const items = [{ item: "thing-1-blue" }];
      await shop.happen({ eventId, shopper: "person-2", at, name: "item_view", items });
    },
    async erase(shopper) {
      await shop.collect.erase(SHOP, shopper);
      await shop.projector.catchUp(SHOP);
    },
    async needs(model, asked) {
      const person = shop.collect.personOf(SHOP, asked);
      return {
        oracle: model === null ? null : await openOracle(model, { provider: "cpu", threads: 1 }),
        timelines: await historyOf(shop.past, noon, person, model?.currency ?? null),
        asOf: noon,
        request: "the same request",
        version: model === null ? null : "predict-000001",
      };
    },
    close: () => shop.close(),
  };
}

/** Each timeline in words, in the order of the persons' names. */
function canonical({ persons, groups, offsets, ...places }: Timelines): unknown {
  const { times, names, tokens, sessions, pieces, paidMinor } = places;
  return persons
    .map((person, row) => {
      const from = offsets[row] as number;
      const own = [...times.keys()].slice(from, offsets[row + 1]);
      return [
        person,
        own.map((at) => [
          ...[times[at], names[at], groups[tokens[at] as number], pieces[at], paidMinor[at]],
          (sessions[at] as number) - (sessions[from] as number),
        ]),
      ];
    })
    .toSorted(([a], [b]) => ((a as string) < (b as string) ? -1 : 1));
}

/** Decisions on a simulated shop, held against what its shoppers did in the week after. */
async function againstBaseline(): Promise<{ scenario: number; baseline: number }> {
  const cut = noon - 9 * DAY;
  const size = { groups: 60, shoppers: 250, visitsPerDay: 0.25 };
  const endAt = (noon - 3_600_000) as EpochMs;
  const simulation = openSimulation({ seed: 3, size, endAt, days: 60 });
  const shop = await openShop();
  await shop.collect.items(SHOP, [...simulation.items()].slice(0, 500));
  for (const events of simulation.events()) await shop.happen(...events);
  const [frame, outcomes] = [await gather(shop.past, cut), await gather(shop.past, noon)];
  const model = await fitPredict({ frame, params, seed: 1, provider: "cpu", threads: 2 });
  const oracle = await openOracle(model, { provider: "cpu", threads: 2 });
  const decisions: PredictDecision[] = [];
  for (const person of frame.persons) {
    const timelines = await historyOf(shop.past, cut, person, model.currency);
    const needs = { oracle, timelines, asOf: cut, request: person, version: "predict-000001" };
    decisions.push(await predict.decide(model, request({ explain: false }), needs));
  }
  await oracle.release();
  await shop.close();
  const reached = score(decisions, outcomes);
  const usual = model.chances.find(({ head }) => head.name === "view_7d")?.usual ?? 0;
  const truth = decisions.map(({ person }) => lookedAfter(outcomes, person, cut));
  const alone = logLoss(truth, new Float64Array(truth.length).fill(usual), 1e-6);
  return { scenario: -(reached["view_7d.logLoss"] as number), baseline: -alone };
}

const VIEW = 4;

function lookedAfter(outcomes: Timelines, person: string | null, cut: number): number {
  const row = outcomes.persons.indexOf(person ?? "");
  const own = [...outcomes.times.keys()].slice(outcomes.offsets[row], outcomes.offsets[row + 1]);
  const within = own.filter((at) => {
    const time = outcomes.times[at] as number;
    return outcomes.names[at] === VIEW && time >= cut && time <= cut + 7 * DAY;
  });
  return within.length > 0 ? 1 : 0;
}

scenarioConformance({
  scenario: predict,
  params,
  open,
  request: request({ shopper: "person-6" }),
  unknown: request({ shopper: "nobody" }),
  canonical,
  essence: ({ value, ...rest }) => ({ ...rest, orders: value?.orders }),
  shopper: "person-4",
  againstBaseline,
});
