import { describe, expect, test } from "vitest";
import { fixedClock } from "../../clock.ts";
import { parseConfig } from "../../config.ts";
import type { Catalogue } from "../../features/catalogue.ts";
import type { ModelRegistry, ModelVersion, Serving } from "../../model/registry.ts";
import type { EpochMs } from "../../schema.ts";
import { openShelves } from "./shelves.ts";

/** Shelves over a registry whose answers wait until they are let go, in any order. */
function slowShelves() {
  const asked: (() => void)[] = [];
  let version = "recommend-000001";
  let canary: Serving["canary"];
  const models = {
    serving: () => {
      const inService = { version } as ModelVersion;
      return new Promise((resolve) => void asked.push(() => resolve({ inService, canary })));
    },
    load: async () => null,
  } as unknown as ModelRegistry;
  const catalogue = { groups: () => [], offer: () => undefined } as unknown as Catalogue;
  const catalogues = { of: async () => catalogue } as unknown as Parameters<
    typeof openShelves
  >[0]["catalogues"];
  return {
    shelves: openShelves({
      config: parseConfig({}),
      clock: fixedClock(1_000, 1),
      catalogues,
      looks: { of: async () => ({}) as never, soon: () => ({}) as never },
      models,
    }),
    /** Lets the load that was begun as the n-th go on. */
    release: (n: number) => asked[n]?.(),
    promote: (next: string) => {
      version = next;
    },
    tryOut: (next: string, share: number) => {
      canary = { version: { version: next } as ModelVersion, share };
    },
  };
}

describe("shelves", () => {
  test("of two reloads the one begun later stays, whichever ends first", async () => {
    const { shelves, release, promote } = slowShelves();
    const older = shelves.reload("a");
    promote("recommend-000002");
    const newer = shelves.reload("a");
    release(1);
    await newer;
    expect((await shelves.of("a", "p1")).version).toBe("recommend-000002");
    release(0);
    await older;
    expect((await shelves.of("a", "p1")).version).toBe("recommend-000002");
  });

  test("a first request that began after a reload is not overtaken by it", async () => {
    const { shelves, release, promote } = slowShelves();
    const older = shelves.reload("a");
    promote("recommend-000002");
    const first = shelves.of("a", "p1");
    release(0);
    release(1);
    expect((await first).version).toBe("recommend-000002");
    await older;
    expect((await shelves.of("a", "p1")).version).toBe("recommend-000002");
  });

  test("a version is tried on its share of the shoppers, each time on the same", async () => {
    const { shelves, release, tryOut } = slowShelves();
    tryOut("recommend-000002", 0.25);
    const reloaded = shelves.reload("a");
    release(0);
    await reloaded;
    const answered = async (): Promise<string[]> => {
      const found = [];
      for (let p = 0; p < 2_000; p++) {
        const { version } = await shelves.of("a", `p${p}`);
        if (version === "recommend-000002") found.push(`p${p}`);
      }
      return found;
    };
    const first = await answered();
    expect(first.length).toBeGreaterThan(430);
    expect(first.length).toBeLessThan(570);
    expect(await answered()).toEqual(first);
  });

  test("a new group stands on the shelf after the pause, and how long it took is known", async () => {
    let now = 10_000;
    const groups = new Set(["old"]);
    const variants = (group: string) => [
      { item: group, group, title: {}, categories: [], attributes: {} },
    ];
    const catalogue = { groups: () => groups, offer: () => undefined, variants };
    const shelves = openShelves({
      config: parseConfig({}),
      clock: () => now as EpochMs,
      catalogues: { of: async () => catalogue } as never,
      looks: { of: async () => ({}) as never, soon: () => ({}) as never },
      models: { serving: async () => ({ inService: undefined, canary: undefined }) } as never,
    });
    const has = async (): Promise<boolean> => (await shelves.of("a", "p")).shelf.tokenOf.has("new");
    expect(await has()).toBe(false);
    now += 400;
    groups.add("new");
    shelves.noticed("a", [{ item: "new-1", group: "new" } as never], []);
    expect(await has()).toBe(false);
    expect(shelves.newcomers("a")).toBeNull();
    // Nobody asks for a minute: of that only the pause is ours, 1,000 ms from the stocking before.
    now += 60_000;
    expect(await has()).toBe(true);
    expect(shelves.newcomers("a")).toEqual({ count: 1, lastMs: 600, p50Ms: 600, p99Ms: 600 });
  });
});
