import { expect, test } from "vitest";
import { testPlatform } from "../conformance/memory-platform.ts";
import { shopStatus } from "../shop-status.ts";
import { attentionOf } from "./attention.ts";

test("a list that broke an acknowledged change is something to act upon, and names the item", async () => {
  const platform = await testPlatform();
  await platform.shops.ensure("a");
  const status = await shopStatus(platform, "a");
  const found = async (wrong: number, wrongItem: string | null) => {
    const held = () => ({ lists: 9, places: 9, wrong, wrongItem });
    const attention = await attentionOf(
      { ...platform, recommend: { ...platform.recommend, held } },
      status,
      [],
    );
    return attention.find(({ code }) => code === "wrong-in-lists");
  };
  expect(await found(0, null)).toBeUndefined();
  expect(await found(2, "tea")).toEqual({
    code: "wrong-in-lists",
    level: "act",
    count: 2,
    examples: ["tea"],
  });
});
