import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EventInput } from "../../collect/event.ts";
import { hashedEventId } from "../../collect/event-id.ts";
import type { ModelVersion } from "../../model/registry.ts";
import {
  DAY,
  groupName,
  inlineControl,
  items,
  MINUTE,
  openTrade,
  request,
  type Trade,
  walks,
} from "./conformance/open-trade.ts";
import { type RecommendParams, recommendParamsSchema, sourceNames } from "./schema.ts";

const SHOP = "corner";
const params = recommendParamsSchema.parse({
  blendCasesMax: 90,
  without: sourceNames.filter((name) => name !== "popularity" && name !== "behaviour"),
  behaviour: { width: 16, length: 8, epochsMost: 6 },
}) as RecommendParams;

/** A thing that came since, and whose words are those of its department. */
const LAMP = {
  item: "kitchen-lamp-blue",
  group: "kitchen-lamp",
  title: { en: "kitchen lamp" },
  categories: ["kitchen", "small"],
  priceMinor: 4_000,
  currency: "EUR",
  stock: 9,
} as const;

/** The day after: shoppers come for the lamp, and then walk through the kitchen backwards. */
function dayAfter(persons: number, at: number): EventInput[] {
  return Array.from({ length: persons }, (_, person) =>
    [LAMP.item, ...[7, 6, 5, 4].map((place) => `${groupName("kitchen", place)}-blue`)].map(
      (item, step): EventInput => ({
        eventId: hashedEventId("after", `${person} ${step}`),
        shopper: `p${person}`,
        at: at + person * MINUTE + step * 1_000,
        name: "item_view",
        items: [{ item }],
      }),
    ),
  ).flat();
}

/** Once more the same, under ids of its own. */
const again = (events: readonly EventInput[], word: string): EventInput[] =>
  events.map((event) => ({ ...event, eventId: hashedEventId(word, event.eventId ?? "") }));

describe("a training that goes on from the version in service", () => {
  let trade: Trade;
  const goOn = (asked?: RecommendParams): Promise<ModelVersion> =>
    trade.recommend.trainOn(SHOP, { params: asked, seed: 1, replayShare: 0.5 }, inlineControl());
  const comeBack = async (persons: number, word: string): Promise<void> => {
    trade.wait(DAY);
    const from = trade.now() - persons * MINUTE - MINUTE;
    await trade.happen(...again(dayAfter(persons, from), word));
  };
  beforeAll(async () => {
    trade = await openTrade();
    await trade.collect.items(SHOP, items());
    await trade.happen(...walks(160));
  });
  afterAll(() => trade.close());

  test("is refused where there is nothing to go on from, or too little to judge by", async () => {
    await expect(goOn()).rejects.toMatchObject({ code: "no-model" });
    await trade.train({ ...params, without: [...params.without, "behaviour"] });
    await expect(goOn()).rejects.toMatchObject({ code: "needs-full-training" });
    await trade.train(params);
    await trade.collect.items(SHOP, [LAMP]);
    await comeBack(40, "few");
    await expect(goOn()).rejects.toMatchObject({ code: "too-little-data" });
  });

  test("is refused where the network is another one, and names the fields", async () => {
    const changes = { width: 32, dropout: 0.2, tells: ["gap"] as const };
    const wider = { ...params, behaviour: { ...params.behaviour, ...changes } };
    const refused = await goOn(wider).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: "needs-full-training",
      errors: [{ pointer: "/params/behaviour/width" }, { pointer: "/params/behaviour/tells" }],
    });
  });

  test("learns what happened since, and says what it came from", async () => {
    await comeBack(120, "many");
    const first = await trade.models.inService(SHOP, "recommend");
    const made = await goOn();
    expect(made.withdrawn).toBeUndefined();
    expect(made.params).toEqual(first?.params);
    const { onward } = made;
    expect(onward).toMatchObject({ version: first?.version, since: first?.asOf, cases: 60 });
    expect(onward?.fresh).toBeGreaterThanOrEqual(480);
    expect(onward?.passes).toBeGreaterThan(0);
    expect(onward?.ndcg).toBeGreaterThan((onward?.ndcgBefore ?? 1) + 0.1);
    expect(made.course?.map(({ chosen }) => chosen)).toEqual([true]);
    const serving = await trade.models.inService(SHOP, "recommend");
    expect(serving?.version).toBe(made.version);
    const beside = request({ surface: "similar", items: [LAMP.item], limit: 3 });
    const { items: shown } = await trade.recommend.decide(SHOP, beside);
    expect(shown.map(({ group }) => group)).toContain("kitchen-7");
    await trade.models.rollback(SHOP, "recommend");
    expect((await goOn()).blob).toBe(made.blob);
  });

  test("goes on from one that went on itself", async () => {
    const before = await trade.models.inService(SHOP, "recommend");
    expect(before?.onward).toBeDefined();
    await comeBack(120, "third");
    const { onward } = await goOn();
    expect(onward).toMatchObject({ version: before?.version, since: before?.asOf });
    expect(onward?.anewAt).toBe(before?.onward?.since);
  });

  test("is refused after a shopper was erased, until all is learned anew", async () => {
    await comeBack(120, "fourth");
    await trade.collect.erase(SHOP, "p3");
    await expect(goOn()).rejects.toMatchObject({ code: "needs-full-training" });
    trade.wait(MINUTE);
    const whole = await trade.train(params);
    await comeBack(120, "fifth");
    expect((await goOn()).onward?.version).toBe(whole);
  });
});
