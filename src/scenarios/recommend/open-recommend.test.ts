import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  DAY,
  inlineControl,
  items,
  openTrade,
  request,
  type Trade,
  walks,
} from "./conformance/open-trade.ts";
import type { RuleStep } from "./recommend.ts";
import {
  type RecommendDecision,
  type RecommendParams,
  recommendDecisionSchema,
  recommendParamsSchema,
  recommendSurfaces,
} from "./schema.ts";

const SHOP = "corner";
/** Enough to learn twenty groups by. */
const { behaviour } = recommendParamsSchema.parse({
  behaviour: { width: 16, length: 8, epochsMost: 2, content: false },
}) as RecommendParams;
const QUICK = { blendCasesMax: 90, alsFactors: 8, alsIterations: 3, behaviour };
const groups = (decision: { items: readonly { group: string }[] }): string[] =>
  decision.items.map((item) => item.group);

/** The list that the steps of a preview lead to from the one without rules. */
const replayed = (first: readonly string[], steps: readonly RuleStep[]): readonly string[] =>
  steps.reduce((list, { changes }) => {
    const changed = new Set(changes.map(({ item }) => item));
    const next: string[] = [];
    for (const [place, item] of list.entries()) if (!changed.has(item)) next[place] = item;
    for (const { item, to } of changes) if (to !== null) next[to] = item;
    return next;
  }, first);

describe("recommend in service", () => {
  let trade: Trade;
  beforeAll(async () => {
    trade = await openTrade();
    await trade.collect.items(SHOP, items());
    await trade.happen(...walks(160));
    await trade.train(QUICK);
  });
  afterAll(() => trade.close());
  const decide = (fields: Parameters<typeof request>[0]) =>
    trade.recommend.decide(SHOP, request(fields));

  test("beside an item stands what follows it", async () => {
    const decision = await decide({ surface: "similar", items: ["kitchen-3-blue"], limit: 3 });
    expect(groups(decision)).toContain("kitchen-4");
    expect(groups(decision)).not.toContain("kitchen-3");
    expect(decision.items[0]?.reasons[0]?.items).toEqual(["kitchen-3-blue"]);
    expect(decision.model).toBe("recommend-000001");
  });

  test.each(recommendSurfaces)(
    "an answer has its shape and nothing besides: %s",
    async (surface) => {
      const decision = await decide({
        surface,
        shopper: "p0",
        items: ["kitchen-3-blue"],
        limit: 8,
      });
      const sent: unknown = JSON.parse(JSON.stringify(decision));
      expect(decision.items.length).toBeGreaterThan(0);
      expect(recommendDecisionSchema.parse(sent)).toEqual(sent);
    },
  );

  test("an event changes the next answer", async () => {
    const before = await decide({ anonymous: "visitor", limit: 3 });
    expect(before.notices.join()).toMatch(/not known/);
    const look = { anonymous: "visitor", name: "item_view", items: [{ item: "garden-6-blue" }] };
    await trade.collect.events(SHOP, [look]);
    const after = await decide({ anonymous: "visitor", limit: 3 });
    expect(groups(after).every((group) => group.startsWith("garden"))).toBe(true);
    expect(groups(after)).not.toEqual(groups(before));
    expect(after.notices).toEqual([]);
    expect(after.items[0]?.reasons[0]?.text).toMatch(/garden thing 6/);
    const chinese = await decide({ anonymous: "visitor", limit: 3, locale: "zh" });
    expect(chinese.items[0]?.reasons[0]?.text).toMatch(/花园用品6/);
  });

  test("what each source gave adds up to the score", async () => {
    const { items: shown } = await decide({ shopper: "p1", limit: 8 });
    for (const { score, sources } of shown) {
      const sum = Object.values(sources).reduce((total, part) => total + part, 0);
      expect(sum).toBeCloseTo(score, 5);
    }
  });

  test("what was bought is offered again where that is asked, and only there", async () => {
    const again = await decide({ surface: "buy_again", shopper: "p0" });
    expect(new Set(groups(again))).toEqual(
      new Set(["kitchen-0", "kitchen-1", "kitchen-4", "kitchen-5"]),
    );
    expect(again.items[0]?.reasons[0]?.code).toBe("buy_again");
    const home = await decide({ surface: "home", shopper: "p0", limit: 20 });
    expect(groups(home)).not.toContain("kitchen-0");
    const nobody = await decide({ surface: "buy_again", anonymous: "never-seen" });
    expect(nobody.items).toEqual([]);
    expect(nobody.notices.length).toBeGreaterThan(0);
  });

  test("a cart asks for what is bought with what lies in it", async () => {
    const decision = await decide({ surface: "cart", items: ["kitchen-2-blue"], limit: 4 });
    expect(groups(decision)[0]).toMatch(/^kitchen/);
    expect(groups(decision)).not.toContain("kitchen-2");
  });

  test("stock, price and hidden state hold at the moment of the answer", async () => {
    const list = () => decide({ surface: "popular", limit: 20 });
    expect(groups(await list())).toHaveLength(20);
    await trade.collect.patchItem(SHOP, "kitchen-5-blue", { stock: 0 });
    await trade.collect.patchItem(SHOP, "garden-5-blue", { hidden: true });
    await trade.collect.patchItem(SHOP, "garden-4-blue", { priceMinor: 777 });
    const now = await list();
    expect(groups(now)).toHaveLength(18);
    expect(now.items.find((item) => item.group === "garden-4")?.priceMinor).toBe(777);
    const explained = await trade.recommend.explain(
      SHOP,
      request({ surface: "popular" }),
      "kitchen-5-blue",
    );
    expect(explained.stages).toEqual([
      { stage: "catalogue", verdict: "it is sold out", passed: false },
    ]);
    const chinese = request({ surface: "popular", locale: "zh" });
    expect(await trade.recommend.explain(SHOP, chinese, "kitchen-5-blue")).toMatchObject({
      stages: [{ stage: "catalogue", verdict: "已售罄" }],
    });
    await trade.collect.patchItem(SHOP, "kitchen-5-blue", { stock: 9 });
    await trade.collect.patchItem(SHOP, "garden-5-blue", { hidden: false });
    expect(groups(await list())).toHaveLength(20);
  });

  test("an item that moves to another group or goes is not offered where it was", async () => {
    const list = async () => (await decide({ surface: "popular", limit: 30 })).items;
    const shown = async (item: string) => (await list()).find((one) => one.item === item)?.group;
    const [kettle] = items();
    const spare = { ...kettle, item: "spare", group: "kitchen-0", priceMinor: 1 };
    await trade.collect.items(SHOP, [spare]);
    expect(await shown("spare")).toBe("kitchen-0");
    await trade.collect.items(SHOP, [{ ...spare, group: "garden-0" }]);
    expect(await shown("spare")).toBe("garden-0");
    expect(await shown("kitchen-0-blue")).toBe("kitchen-0");
    await trade.collect.removeItem(SHOP, "spare");
    expect(await shown("spare")).toBeUndefined();
    expect(await shown("garden-0-blue")).toBe("garden-0");
  });

  test("a group that came after the training is offered by its content, and says so", async () => {
    const [kettle] = items();
    const fresh = {
      ...kettle,
      item: "kettle-x",
      group: "kettle-x",
      title: "kitchen thing special",
    };
    await trade.collect.items(SHOP, [{ ...fresh, createdAt: trade.now() }]);
    trade.wait(2_000);
    const home = await decide({ surface: "popular", limit: 30 });
    const shown = home.items.find((item) => item.group === "kettle-x");
    expect(shown?.reasons[0]?.code).toBe("new_here");
    const beside = await decide({ surface: "similar", items: ["kettle-x"], limit: 3 });
    expect(beside.notices.join()).toMatch(/newer than the model/);
    await trade.collect.removeItem(SHOP, "kettle-x");
  });

  test("unknown items fall back and say so; unknown surfaces and limits are refused", async () => {
    const decision = await decide({ surface: "similar", items: ["nothing-of-ours"], limit: 3 });
    expect(decision.items).toHaveLength(3);
    expect(decision.notices.join()).toMatch(/nothing-of-ours is not in the catalogue/);
    const refused = (pointer: string) =>
      expect.objectContaining({
        code: "invalid-request",
        errors: [expect.objectContaining({ pointer })],
      });
    await expect(decide({ surface: "similar" })).rejects.toEqual(refused("/items"));
    await expect(decide({ limit: 500 })).rejects.toEqual(refused("/limit"));
    const moon = { ...request({}), surface: "moon" as "home" };
    await expect(trade.recommend.decide(SHOP, moon)).rejects.toEqual(refused("/surface"));
    const where = { field: "no.such", is: "exists" } as const;
    await expect(decide({ where })).rejects.toEqual(refused("/where/field"));
    await expect(trade.recommend.explain(SHOP, request({}), "no")).rejects.toEqual(
      expect.objectContaining({ code: "unknown-item" }),
    );
  });

  test("rules: filter, boost, bury, pin and cap each do what they say, and preview shows it", async () => {
    const book = trade.recommend.rules;
    const list = (limit = 6) => decide({ surface: "popular", limit });
    const before = await list();
    const preview = await trade.recommend.preview(SHOP, request({ surface: "popular", limit: 6 }), [
      {
        id: "garden-only",
        kind: "filter",
        enabled: true,
        surfaces: [],
        where: { field: "categories", is: "eq", value: "garden" },
      },
      { id: "acme-most", kind: "cap", enabled: true, surfaces: [], by: "brand", most: 2 },
      { id: "sleeping", kind: "pin", enabled: false, surfaces: [], item: "kitchen-9", position: 0 },
    ]);
    expect(groups(preview.now)).toEqual(groups(before));
    expect(groups(preview.then).every((group) => group.startsWith("garden"))).toBe(true);
    expect(preview.then.items).toHaveLength(4);
    expect(preview.effects).toEqual({ "garden-only": 10, "acme-most": 2, sleeping: 0 });
    expect(preview.resting).toEqual([{ rule: "sleeping", why: "off" }]);
    const [filtered, capped] = preview.steps;
    expect(preview.steps.map(({ rules }) => rules)).toEqual([["garden-only"], ["acme-most"]]);
    const gone = filtered?.changes.filter(({ to }) => to === null) ?? [];
    expect(gone.map(({ item }) => item.split("-")[0])).toEqual(gone.map(() => "kitchen"));
    expect(gone.length).toBeGreaterThan(0);
    const lost = capped?.changes.filter(({ to }) => to === null).map(({ item }) => item) ?? [];
    expect(lost).toHaveLength(2);
    const shown = (decision: RecommendDecision) => decision.items.map(({ item }) => item);
    expect(replayed(shown(before), preview.steps)).toEqual(shown(preview.then));
    expect((await book.current(SHOP)).version).toBe(0);

    await book.put(SHOP, { id: "first", kind: "pin", item: "garden-9-blue", position: 1 }, "k");
    // Pinned everywhere, but nobody buys again what they never bought.
    const again = await decide({ surface: "buy_again", anonymous: "never-seen" });
    expect(groups(again)).toEqual([]);
    await book.put(
      SHOP,
      {
        id: "up",
        kind: "boost",
        factor: 100,
        where: { field: "item", is: "eq", value: "garden-3-blue" },
      },
      "k",
    );
    await book.put(
      SHOP,
      { id: "down", kind: "bury", factor: 0, where: { field: "brand", is: "eq", value: "Acme" } },
      "k",
    );
    const ruled = await list();
    expect(groups(ruled)[1]).toBe("garden-9");
    expect(ruled.items[1]).toMatchObject({
      rules: ["first"],
      reasons: [{ code: "chosen_by_shop" }],
    });
    expect(groups(ruled)[0]).toBe("garden-3");
    expect(ruled.items.every((item) => item.brand === "Bolt")).toBe(true);
    expect(ruled.rules).toBe(3);
    const why = await trade.recommend.explain(
      SHOP,
      request({ surface: "popular", limit: 6 }),
      "kitchen-0-blue",
    );
    expect(why.stages.map((one) => one.stage)).toEqual([
      "catalogue",
      "price",
      "excluded",
      "context",
      "score",
      "bury down",
      "list",
    ]);
    expect(why).toMatchObject({ shown: false });
    await book.restore(SHOP, 0, "k");
    expect(groups(await list())).toEqual(groups(before));
  });

  test("a served list is in the log with places and propensities; a preview is not", async () => {
    const decision = await decide({ surface: "home", shopper: "p5", limit: 4 });
    const preview = await decide({ surface: "home", shopper: "p5", record: false });
    const [row, ...more] = await trade.log.find(SHOP, [decision.request, preview.request]);
    expect(more).toEqual([]);
    const event = JSON.parse(row?.body ?? "{}");
    expect(event).toMatchObject({
      name: "exposure",
      shopper: "p5",
      context: { surface: "home", request: decision.request },
      properties: { model: decision.model, rules: decision.rules, seed: decision.seed },
    });
    expect(event.items).toEqual(
      decision.items.map((item) => ({
        item: item.item,
        position: item.position,
        propensity: item.propensity,
        unitPriceMinor: item.priceMinor,
      })),
    );
  });

  test("asking for a list says nothing of who is who", async () => {
    await trade.collect.events(SHOP, [
      { name: "item_view", anonymous: "kiosk", items: [{ item: "garden-6-blue" }] },
    ]);
    const decision = await decide({ shopper: "p5", anonymous: "kiosk", limit: 4 });
    expect(trade.collect.personOf(SHOP, { anonymous: "kiosk" })).toBe("kiosk");
    const [row] = await trade.log.find(SHOP, [decision.request]);
    const event = JSON.parse(row?.body ?? "{}");
    expect([event.shopper, event.anonymous]).toEqual(["p5", undefined]);
    const visitor = await decide({ anonymous: "kiosk", limit: 4 });
    const [other] = await trade.log.find(SHOP, [visitor.request]);
    expect(JSON.parse(other?.body ?? "{}").anonymous).toBe("kiosk");
  });

  test("exclude, where and personalise are kept", async () => {
    const all = await decide({ surface: "home", shopper: "p7", limit: 5 });
    const [first] = groups(all);
    const without = await decide({ surface: "home", shopper: "p7", exclude: [`${first}-blue`] });
    expect(groups(without)).not.toContain(first);
    const cheap = await decide({ where: { field: "priceMinor", is: "lt", value: 1_200 } });
    expect(cheap.items.every((item) => (item.priceMinor ?? 0) < 1_200)).toBe(true);
    const private_ = await decide({ surface: "home", shopper: "p7", personalise: false });
    expect(private_.notices).toContain("not personalised, as asked");
    expect(private_.items[0]?.reasons[0]?.code).toBe("popular");
  });

  test("diversity 1 mixes what diversity 0 keeps together", async () => {
    const of = async (diversity: number) =>
      groups(await decide({ surface: "similar", items: ["kitchen-1-blue"], limit: 6, diversity }));
    const alike = (await of(0)).filter((group) => group.startsWith("kitchen")).length;
    const mixed = (await of(1)).filter((group) => group.startsWith("kitchen")).length;
    expect(alike).toBeGreaterThan(mixed);
  });

  test("training registers a version with its metrics and puts it in service", async () => {
    const stages: string[] = [];
    const params = recommendParamsSchema.parse(QUICK) as RecommendParams;
    const version = await trade.recommend.train(SHOP, params, 2, inlineControl(stages));
    expect(stages).toEqual(["gather", "fit", "register", "promote"]);
    expect(version.metrics["next.blend.ndcg10"]).toBeGreaterThan(0.5);
    expect(version.dataFingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect((await decide({})).model).toBe(version.version);
    await trade.models.rollback(SHOP, "recommend");
    await trade.recommend.reload(SHOP);
    expect((await decide({})).model).toBe("recommend-000001");
  });

  test("what is trained while a version is on trial waits beside it", async () => {
    const [two] = await trade.models.list(SHOP, "recommend");
    await trade.models.tryOut(SHOP, two?.version ?? "", 0.5);
    const [before] = await trade.models.trials(SHOP, "recommend");
    const params = recommendParamsSchema.parse(QUICK) as RecommendParams;
    const version = await trade.recommend.train(SHOP, params, 3, inlineControl());
    expect(version.withdrawn).toBeUndefined();
    const serving = await trade.models.serving(SHOP, "recommend");
    expect(serving.inService?.version).toBe("recommend-000001");
    expect(await trade.models.trials(SHOP, "recommend")).toEqual([before]);
    await trade.models.tryOut(SHOP, two?.version ?? "", 0);
  });

  test("measured by three protocols, the blend among its sources", async () => {
    for (const split of ["leave_one_out", "global_time", "last_days"] as const) {
      const report = (await trade.recommend.evaluate(
        SHOP,
        { split, testDays: 8, ks: [5], filterSeen: true, casesMax: 50, seed: 1 },
        inlineControl(),
      )) as { kind: string; scorers: { name: string }[]; protocol: { cases: number } };
      expect(report.kind).toBe("ranking");
      expect(report.scorers.at(-1)?.name).toBe("blend");
      expect(report.protocol.cases).toBeGreaterThan(9);
    }
  });

  test("erasing a shopper leaves only the version in service, and no name in it", async () => {
    await trade.collect.erase(SHOP, "p3");
    const left = await trade.models.list(SHOP, "recommend");
    expect(left.map((one) => one.version)).toEqual(["recommend-000001"]);
    const model = await trade.models.load(SHOP, "recommend-000001");
    const text = JSON.stringify(model, (_, value) => (ArrayBuffer.isView(value) ? 0 : value));
    expect(text).not.toMatch(/"p\d+"/);
  });

  test("a training during which a shopper is erased leaves no version", async () => {
    const before = await trade.models.list(SHOP, "recommend");
    const params = recommendParamsSchema.parse(QUICK) as RecommendParams;
    await trade.collect.events(SHOP, [
      { name: "item_view", shopper: "gone", items: [{ item: "garden-6-blue" }] },
    ]);
    const inline = inlineControl();
    const control = {
      ...inline,
      async compute<T>(task: Parameters<typeof inline.compute>[0]): Promise<T> {
        const model = await inline.compute<T>(task);
        await trade.collect.erase(SHOP, "gone");
        return model;
      },
    };
    const trained = trade.recommend.train(SHOP, params, 3, control);
    await expect(trained).rejects.toMatchObject({ code: "conflict" });
    expect(await trade.models.list(SHOP, "recommend")).toEqual(before);
    expect((await decide({})).model).toBe("recommend-000001");
  });
});

describe("a shop without a model", () => {
  test("shows what is new, says so, and beside an item what is like it", async () => {
    const trade = await openTrade();
    await trade.collect.items(SHOP, items());
    const home = await trade.recommend.decide(SHOP, request({ surface: "home", limit: 4 }));
    expect(home.model).toBeNull();
    expect(home.notices[0]).toMatch(/no model/);
    expect(home.items.map((item) => item.reasons[0]?.code)).toContain("new_here");
    const sent: unknown = JSON.parse(JSON.stringify(home));
    expect(recommendDecisionSchema.parse(sent)).toEqual(sent);
    const similar = request({ surface: "similar", items: ["garden-2-blue"], limit: 4 });
    const beside = await trade.recommend.decide(SHOP, similar);
    expect(
      groups(beside)
        .slice(0, 3)
        .every((group) => group.startsWith("garden")),
    ).toBe(true);
    await expect(trade.train()).rejects.toEqual(
      expect.objectContaining({ code: "too-little-data" }),
    );
    expect(trade.now() - DAY).toBeGreaterThan(0);
    await trade.close();
  });
});
