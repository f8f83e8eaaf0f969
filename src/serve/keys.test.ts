import { beforeEach, describe, expect, test } from "vitest";
import { fixedClock } from "../clock.ts";
import { memoryRecords } from "../collect/conformance/memory-storage.ts";
import { INSTALLATION, type Records } from "../storage/records.ts";
import { type Keys, openKeys, sha256 } from "./keys.ts";

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 31, 23, 59);
let records: Records;
let keys: Keys;

beforeEach(async () => {
  records = memoryRecords();
  keys = await openKeys(records, fixedClock(START), 10);
});

const secretKey = (shop = "tea"): ReturnType<Keys["create"]> =>
  keys.create({ role: "secret", shop, name: "till" });

describe("a key", () => {
  test("is its prefix and 32 random bytes, and no two are equal", async () => {
    const made = await keys.ensureFirst("tea");
    expect(made.map(({ secret }) => secret.slice(0, 3))).toEqual(["pk_", "sk_", "ok_"]);
    for (const { secret } of made) {
      expect(Buffer.from(secret.slice(3), "base64url")).toHaveLength(32);
    }
    expect(new Set(made.map(({ secret }) => secret)).size).toBe(3);
  });

  test("is kept only as SHA-256, and shown only masked", async () => {
    const { secret, key } = await secretKey();
    const kept = await records.list(INSTALLATION, "key", { limit: 10 });
    const text = JSON.stringify(kept);
    expect(text).not.toContain(secret.slice(3));
    expect(text).toContain(sha256(secret).toString("hex"));
    expect(key.masked).toBe(`sk_…${secret.slice(-4)}`);
    expect(JSON.stringify(keys.list(null))).not.toContain(sha256(secret).toString("hex"));
  });

  test("opens for who has it, also after the keys were opened anew, and for nobody else", async () => {
    const { secret, key } = await secretKey();
    const anew = await openKeys(records, fixedClock(START), 10);
    expect(anew.find(secret)).toMatchObject({ id: key.id, role: "secret", shop: "tea" });
    for (const wrong of [
      "",
      "sk_",
      secret.slice(0, -1),
      `${secret}A`,
      secret.replace("sk", "ok"),
    ]) {
      expect(anew.find(wrong)).toBeUndefined();
    }
  });

  test("opens nothing once it is revoked, and stays in the list", async () => {
    const { secret, key } = await secretKey();
    expect(await keys.revoke(key.id)).toMatchObject({ revokedAt: START });
    expect(keys.find(secret)).toBeUndefined();
    expect((await openKeys(records, fixedClock(START), 10)).find(secret)).toBeUndefined();
    expect(keys.list("tea")).toHaveLength(1);
    await expect(keys.revoke("key-none")).rejects.toMatchObject({ code: "unknown-key" });
  });

  test("remembers the day of its last use, written once a day", async () => {
    const { secret, key } = await secretKey();
    keys.find(secret);
    await keys.flush();
    const kept = await records.get<{ lastUsedDay: string }>(INSTALLATION, "key", key.id);
    expect(kept).toMatchObject({ version: 2, value: { lastUsedDay: "2026-01-31" } });
    keys.find(secret);
    await keys.flush();
    expect((await records.get(INSTALLATION, "key", key.id))?.version).toBe(2);
    const next = await openKeys(records, fixedClock(START + DAY), 10);
    next.find(secret);
    expect(next.list("tea")[0]?.lastUsedDay).toBe("2026-02-01");
  });
});

describe("a key that is lent", () => {
  test("opens its shop as long as these keys are open, and is written nowhere", async () => {
    const secret = keys.lend({ role: "publishable", shop: "tea", name: "pages" });
    expect(keys.find(secret)).toMatchObject({ role: "publishable", shop: "tea" });
    await keys.flush();
    expect(keys.list(null)).toEqual([]);
    expect((await records.list(INSTALLATION, "key", { limit: 10 })).rows).toEqual([]);
    expect((await openKeys(records, fixedClock(START), 10)).find(secret)).toBeUndefined();
  });
});

describe("the keys of a shop", () => {
  test("are made once", async () => {
    expect(await keys.ensureFirst("tea")).toHaveLength(3);
    expect(await keys.ensureFirst("tea")).toEqual([]);
    const second = await keys.ensureFirst("rice");
    expect(second.map(({ key }) => key.role)).toEqual(["publishable", "secret"]);
  });

  test("are listed apart, and no more than allowed", async () => {
    await keys.ensureFirst("tea");
    await keys.ensureFirst("rice");
    expect(keys.list("tea").map((key) => key.shop)).toEqual(["tea", "tea"]);
    expect(keys.list(null)).toHaveLength(5);
    for (let more = 5; more < 10; more++) await secretKey();
    await expect(secretKey()).rejects.toMatchObject({ code: "limit-reached" });
  });
});
