import { describe, expect, test } from "vitest";
import { type EventName, eventNames } from "../../collect/event.ts";
import type { Timelines } from "../../features/timelines.ts";
import { createRandom } from "../../tensor/random.ts";
import { drawFrom, keptHeads, questionsIn } from "./drawn.ts";
import { type PredictParams, predictParamsSchema } from "./schema.ts";

const DAY = 86_400_000;
const PERSONS = 80;
const EACH = 12;

/** Persons who do something every now and then for a year; what they do is drawn of the names. */
function shopOf(names: readonly EventName[]): Timelines {
  const random = createRandom(5);
  const places = PERSONS * EACH;
  const times = Array.from({ length: PERSONS }, () =>
    Array.from({ length: EACH }, () => Math.floor(random.uniform() * 365 * DAY)).sort(
      (a, b) => a - b,
    ),
  ).flat();
  return {
    shop: "corner",
    asOf: 365 * DAY,
    persons: Array.from({ length: PERSONS }, (_, row) => `person-${row}`),
    groups: ["thing"],
    offsets: Int32Array.from({ length: PERSONS + 1 }, (_, row) => row * EACH),
    times: Float64Array.from(times),
    names: Uint8Array.from(times, () =>
      eventNames.indexOf(names[random.int(names.length)] as EventName),
    ),
    surfaces: new Uint8Array(places),
    tokens: new Int32Array(places),
    sessions: Int32Array.from(times, (_, at) => at),
    pieces: new Float64Array(places).fill(1),
    priceMinor: new Float64Array(places).fill(100),
    paidMinor: new Float64Array(places).fill(100),
    currency: "EUR",
  };
}

/** Heads that are fitted, each with those it tells; a head that is the opposite has a minus. */
function askedOf(names: readonly EventName[], churnDays: number): Record<string, string[]> {
  const params = predictParamsSchema.parse({ casesLeast: 50, churnDays }) as PredictParams;
  const scale = { orderMedianMinor: 100, priceMedianMinor: 100, sessionGapMinutes: 30 };
  const drawn = drawFrom(shopOf(names), params, scale, createRandom(1));
  const nameOf = (head: number): string => drawn.heads[head]?.name ?? "";
  return Object.fromEntries(
    questionsIn(drawn, keptHeads(drawn)).map(({ head, twins }) => [
      nameOf(head),
      twins.map((twin) => `${twin.isOpposite ? "-" : ""}${nameOf(twin.head)}`),
    ]),
  );
}

describe("the same question asked twice", () => {
  const mixed: readonly EventName[] = ["item_view", "purchase"];

  test("gone for thirty days is not back within thirty: one is fitted", () => {
    const asked = askedOf(mixed, 30);
    expect(asked["churn"]).toEqual(["-return_30d"]);
    expect(asked["return_7d"]).toEqual([]);
    expect(asked["purchase_30d"]).toEqual([]);
    expect(askedOf(mixed, 7)["churn"]).toEqual(["-return_7d"]);
  });

  test("of other days they are two questions", () => {
    const asked = askedOf(mixed, 20);
    expect([asked["churn"], asked["return_30d"]]).toEqual([[], []]);
  });

  test("where a log holds purchases alone, who is back has bought", () => {
    expect(askedOf(["purchase"], 30)).toMatchObject({
      purchase_7d: ["return_7d"],
      purchase_30d: ["-churn", "return_30d"],
    });
  });
});
