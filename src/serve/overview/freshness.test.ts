import { expect, test } from "vitest";
import { testPlatform } from "../conformance/memory-platform.ts";
import { openFreshness } from "./freshness.ts";

test("events are timed as they happen: neither an import nor a list shown is waited for", async () => {
  const platform = await testPlatform();
  const freshness = openFreshness(platform);
  expect(freshness("a").events).toBeNull();
  const happen = (more: object): Promise<unknown> =>
    platform.collect.events("a", [{ name: "page_view", shopper: "ada", ...more }]);
  await happen({ at: platform.clock() - 86_400_000 });
  await happen({ name: "exposure", items: [{ item: "tea" }], context: { surface: "home" } });
  expect(freshness("a").events).toBeNull();
  await happen({});
  expect(freshness("a").events).toMatchObject({ count: 1 });
  expect(freshness("b").events).toBeNull();
});
