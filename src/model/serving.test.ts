import { describe, expect, test } from "vitest";
import { fixedClock } from "../clock.ts";
import { memoryRecords } from "../collect/conformance/memory-storage.ts";
import { memoryBlobs } from "./conformance/memory-blobs.ts";
import type { ModelRegistry, NewVersion } from "./registry.ts";
import { openModelRegistry } from "./registry-records.ts";
import { loadServing } from "./serving.ts";

const SHOP = "corner";
const made = (model: unknown): NewVersion => ({
  scenario: "recommend",
  asOf: 1,
  seed: 1,
  params: {},
  dataFingerprint: "f",
  metrics: {},
  fitSeconds: 1,
  model,
});

/** A registry in which versions can be damaged, as a disk would. */
async function damageable(count: number) {
  const blobs = memoryBlobs();
  const models = openModelRegistry({ records: memoryRecords(), blobs, clock: fixedClock(1, 1) });
  for (let n = 1; n <= count; n++) {
    const { version } = await models.add(SHOP, made({ n }));
    await models.promote(SHOP, version);
  }
  const damage = async (version: string): Promise<void> =>
    void (await blobs.delete((await models.get(SHOP, version)).blob));
  return { models, damage };
}

const served = async (models: ModelRegistry): Promise<unknown> =>
  (await loadServing(models, SHOP, "recommend")).inService?.model;

describe("what serves", () => {
  test("is the version in service", async () => {
    const { models } = await damageable(2);
    expect(await served(models)).toEqual({ n: 2 });
  });

  test("is the one before when the file of the newest is damaged, and the newest is withdrawn", async () => {
    const { models, damage } = await damageable(3);
    await damage("recommend-000003");
    await damage("recommend-000002");
    expect(await served(models)).toEqual({ n: 1 });
    expect((await models.inService(SHOP, "recommend"))?.version).toBe("recommend-000001");
    expect((await models.get(SHOP, "recommend-000003")).withdrawn).toMatch(/damaged/);
  });

  test("is nothing when no file can be read", async () => {
    const { models, damage } = await damageable(1);
    await damage("recommend-000001");
    expect(await served(models)).toBeUndefined();
  });

  test("goes on when only the version on trial is damaged", async () => {
    const { models, damage } = await damageable(1);
    const { version } = await models.add(SHOP, made({ n: 2 }));
    await models.tryOut(SHOP, version, 0.1);
    await damage(version);
    const { inService, canary } = await loadServing(models, SHOP, "recommend");
    expect(inService?.model).toEqual({ n: 1 });
    expect(canary).toBeUndefined();
  });
});
