import { describe, expect, test } from "vitest";
import { fixedClock } from "../../clock.ts";
import type { Catalogue } from "../../features/catalogue.ts";
import type { ModelRegistry, ModelVersion } from "../../model/registry.ts";
import { openShelves } from "./shelves.ts";

/** Shelves over a registry whose answers wait until they are let go, in any order. */
function slowShelves() {
  const asked: (() => void)[] = [];
  let version = "recommend-000001";
  const models = {
    inService: () => {
      const found = { version } as ModelVersion;
      return new Promise((resolve) => void asked.push(() => resolve(found)));
    },
    load: async () => null,
  } as unknown as ModelRegistry;
  const catalogue = { groups: () => [], offer: () => undefined } as unknown as Catalogue;
  const catalogues = { of: async () => catalogue } as unknown as Parameters<
    typeof openShelves
  >[0]["catalogues"];
  return {
    shelves: openShelves({ clock: fixedClock(1_000, 1), catalogues, models }),
    /** Lets the load that was begun as the n-th go on. */
    release: (n: number) => asked[n]?.(),
    promote: (next: string) => {
      version = next;
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
    expect((await newer).version).toBe("recommend-000002");
    release(0);
    expect((await older).version).toBe("recommend-000002");
    expect((await shelves.of("a")).version).toBe("recommend-000002");
  });

  test("a first request that began after a reload is not overtaken by it", async () => {
    const { shelves, release, promote } = slowShelves();
    const older = shelves.reload("a");
    promote("recommend-000002");
    const first = shelves.of("a");
    release(0);
    release(1);
    expect((await first).version).toBe("recommend-000002");
    await older;
    expect((await shelves.of("a")).version).toBe("recommend-000002");
  });
});
