import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { descriptorWidth } from "../../../algorithms/pictures/picture-descriptor.ts";
import { createRandom } from "../../../tensor/random.ts";
import {
  groupName,
  items,
  openTrade,
  request,
  type Trade,
  walks,
} from "../conformance/open-trade.ts";
import { type RecommendDecision, type RecommendRequest, sourceNames } from "../schema.ts";

let trade: Trade;
let answers = 0;

/** Pictures of one family look alike. */
function shows(group: string, family: number): void {
  const [shared, own] = [createRandom(family), createRandom(1_000 + answers++)];
  const looks = Uint8Array.from(
    { length: descriptorWidth },
    () => 120 * shared.uniform() + 30 * own.uniform(),
  );
  trade.looks.listener(trade.shop, group, { version: String(answers), looks, receivedAt: 0 });
}
const decide = (fields: Partial<RecommendRequest>): Promise<RecommendDecision> =>
  trade.recommend.decide(trade.shop, request({ limit: 40, record: false, ...fields }));
const beside = (group: string): Promise<RecommendDecision> =>
  decide({ surface: "similar", items: [group] });
/** All of a list that does not tell one answer from another, but for the pictures themselves. */
const listOf = ({ items, notices }: RecommendDecision) => ({
  rows: items.map((item) => ({ ...item, picture: undefined })),
  notices,
});

beforeAll(async () => {
  trade = await openTrade();
  await trade.collect.items(trade.shop, items());
  await trade.happen(...walks(60));
  await trade.train({ without: sourceNames.filter((name) => name === "behaviour") });
  const fresh = ["plain-a", "plain-b"].map((item, at) => ({
    ...{ item, title: { en: `novelty ${at}` }, priceMinor: 900, currency: "EUR", stock: 3 },
    createdAt: trade.now(),
  }));
  await trade.collect.items(trade.shop, fresh);
  trade.wait(2_000);
});
afterAll(() => trade.close());

describe("looks in lists", () => {
  test("change nothing while neither item has a picture", async () => {
    const [before, alone] = [await beside("plain-a"), await beside("kitchen-3")];
    for (let n = 0; n < 10; n++) shows(groupName("garden", n), 100 + n);
    expect(listOf(await beside("plain-a"))).toEqual(listOf(before));
    expect(listOf(await beside("kitchen-3"))).toEqual(listOf(alone));
    expect(before.items.every(({ sources }) => sources.looks === undefined)).toBe(true);
  });

  test("bring a newcomer to what it looks like, and it says so in both languages", async () => {
    for (let n = 0; n < 10; n++) shows(groupName("kitchen", n), 200 + n);
    const rankOf = async (): Promise<number> =>
      (await beside("kitchen-3")).items.findIndex(({ item }) => item === "plain-a");
    const before = await rankOf();
    shows("plain-a", 203);
    expect(await rankOf()).toBeLessThan(before);
    const shown = (await beside("kitchen-3")).items.find(({ item }) => item === "plain-a");
    expect(shown?.reasons.map(({ code }) => code)).toEqual(["looks_like", "new_here"]);
    expect(shown?.reasons[0]).toMatchObject({
      text: "Looks like kitchen thing 3",
      items: ["kitchen-3-blue"],
    });
    const parts = Object.values(shown?.sources ?? {}).reduce((sum, part) => sum + part, 0);
    expect(parts).toBeCloseTo(shown?.score ?? 0, 6);
    const chinese = await decide({ surface: "similar", items: ["kitchen-3"], locale: "zh" });
    const said = chinese.items.find(({ item }) => item === "plain-a")?.reasons[0]?.text;
    expect(said).toBe("与“厨房用品3”外观相似");
  });

  test("stand in for events beside a newcomer: first what it looks like", async () => {
    const list = await beside("plain-a");
    expect(list.items[0]?.item).toBe("kitchen-3-blue");
    expect(list.items[0]?.reasons.map(({ text }) => text)).toEqual(["Looks like novelty 0"]);
    expect(list.items[0]?.sources.looks).toBeGreaterThan(0.3);
    expect(list.items).toHaveLength(21);
    const asked = request({ surface: "similar", items: ["plain-a"], limit: 40 });
    const why = await trade.recommend.explain(trade.shop, asked, "kitchen-3-blue");
    expect(why).toMatchObject({ rank: 0, because: [{ item: "plain-a", source: "looks" }] });
    const other = await trade.recommend.explain(trade.shop, asked, "garden-5-blue");
    expect(other.sources.looks).toBeUndefined();
  });

  test("reach from newcomer to newcomer, and end when the picture goes", async () => {
    shows("plain-b", 203);
    const [first, second] = (await beside("plain-a")).items.map(({ item }) => item);
    expect([first, second].toSorted()).toEqual(["kitchen-3-blue", "plain-b"]);
    trade.looks.listener(trade.shop, "plain-b", undefined);
    const after = await beside("plain-a");
    expect(after.items[0]?.item).toBe("kitchen-3-blue");
    const gone = after.items.find(({ item }) => item === "plain-b");
    expect(gone?.sources.looks).toBeUndefined();
    expect(gone?.reasons.map(({ code }) => code)).toEqual(["new_here"]);
  });
});
