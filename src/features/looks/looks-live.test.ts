import { describe, expect, test } from "vitest";
import { descriptorWidth } from "../../algorithms/pictures/picture-descriptor.ts";
import { memoryRecords } from "../../collect/conformance/memory-storage.ts";
import { PICTURE } from "../../collect/pictures/pictures.ts";
import { createRandom } from "../../tensor/random.ts";
import type { Looks } from "./looks.ts";
import { type LiveLooks, openLooks } from "./looks-live.ts";

const SHOP = "shop";

/** All have something in common; those of one family much more. */
function seen(family: number, own: number): Uint8Array {
  const [shared, rest] = [createRandom(family + 100), createRandom(own + 1_000)];
  return Uint8Array.from(
    { length: descriptorWidth },
    () => 120 * shared.uniform() + 30 * rest.uniform(),
  );
}

async function opened(count: number): Promise<{ live: LiveLooks; looks: Looks }> {
  const live = openLooks({ records: memoryRecords() });
  const looks = await live.of(SHOP);
  for (let n = 0; n < count; n++) {
    live.listener(SHOP, `g${n}`, { version: `v${n}`, looks: seen(n % 3, n), receivedAt: 0 });
  }
  return { live, looks };
}

describe("looks", () => {
  test("are nearest within a family, and nothing beyond what all have in common", async () => {
    const { looks } = await opened(60);
    expect(looks.size).toBe(60);
    const near = looks.closest("g0").map(({ group }) => Number(group.slice(1)));
    expect(near.slice(0, 19).every((n) => n % 3 === 0 && n !== 0)).toBe(true);
    expect(looks.likeness("g0", "g3")).toBeGreaterThan(0.3);
    expect(looks.likeness("g0", "g1")).toBeLessThan(0.05);
    expect(looks.likeness("g0", "g0")).toBe(1);
    // The list is of single precision.
    expect(looks.closest("g0")[0]?.likeness).toBeCloseTo(
      Math.max(...near.map((n) => looks.likeness("g0", `g${n}`))),
      5,
    );
  });

  test("of one that is not there are like nothing", async () => {
    const { looks } = await opened(4);
    expect(looks.likeness("g0", "nobody")).toBe(0);
    expect(looks.likeness("nobody", "g0")).toBe(0);
    expect(looks.closest("nobody")).toEqual([]);
    expect(looks.versionOf("nobody")).toBeUndefined();
  });

  test("change when a picture does, and go with it, whatever came and went before", async () => {
    const { live, looks } = await opened(60);
    const before = looks.closest("g0");
    expect(looks.closest("g0")).toBe(before);
    live.listener(SHOP, "g1", { version: "v1b", looks: seen(0, 1), receivedAt: 0 });
    expect(looks.versionOf("g1")).toBe("v1b");
    expect(looks.closest("g0").map(({ group }) => group)).toContain("g1");
    for (let n = 3; n < 60; n++) live.listener(SHOP, `g${n}`, undefined);
    live.listener(SHOP, "g59", undefined);
    expect(looks.size).toBe(3);
    const fresh = openLooks({ records: memoryRecords() });
    const again = await fresh.of(SHOP);
    const left = [seen(0, 0), seen(0, 1), seen(2, 2)];
    left.forEach(
      (one, n) => void fresh.listener(SHOP, `g${n}`, { version: "", looks: one, receivedAt: 0 }),
    );
    for (const [one, other] of [
      ["g0", "g1"],
      ["g1", "g2"],
      ["g2", "g0"],
    ] as const) {
      expect(looks.likeness(one, other)).toBeCloseTo(again.likeness(one, other), 9);
    }
  });

  test("kept beside what changed are as those found anew", async () => {
    const { live, looks } = await opened(60);
    const before = looks.closest("g0").length;
    live.listener(SHOP, "late", { version: "1", looks: seen(0, 500), receivedAt: 0 });
    live.listener(SHOP, "g3", undefined);
    live.listener(SHOP, "g6", { version: "2", looks: seen(1, 501), receivedAt: 0 });
    const kept = looks.closest("g0").map(({ group }) => group);
    expect(kept).toContain("late");
    expect(kept).not.toContain("g3");
    expect(kept.slice(0, 15)).not.toContain("g6");
    expect(kept.length).toBeLessThanOrEqual(before + 1);
    expect(looks.changedSince(looks.changes - 2)).toEqual(new Set(["g3", "g6"]));
    for (let n = 0; n < 600; n++) live.listener(SHOP, "nobody", undefined);
    expect(looks.changedSince(0)).toBeUndefined();
    const anew = looks.closest("g0").map(({ group }) => group);
    expect(anew.slice(0, 15)).toEqual(kept.slice(0, 15));
  });

  test("are read from the records, with what happens meanwhile", async () => {
    const records = memoryRecords();
    const put = (group: string, looks: Uint8Array) => ({
      put: { version: "kept", looks: Buffer.from(looks).toString("base64") },
      ...{ kind: PICTURE, id: group },
    });
    await records.write(SHOP, [
      put("a", seen(0, 1)),
      put("b", seen(0, 2)),
      put("old", Buffer.of(1)),
    ]);
    const live = openLooks({ records });
    const reading = live.of(SHOP);
    live.listener(SHOP, "b", undefined);
    live.listener(SHOP, "c", { version: "new", looks: seen(0, 3), receivedAt: 0 });
    live.listener("other", "d", { version: "new", looks: seen(0, 4), receivedAt: 0 });
    const looks = await reading;
    expect(["a", "b", "c", "d", "old"].map((group) => looks.versionOf(group))).toEqual([
      "kept",
      undefined,
      "new",
      undefined,
      undefined,
    ]);
    expect(looks.size).toBe(2);
  });
});
