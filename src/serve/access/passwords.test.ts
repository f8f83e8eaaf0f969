import { describe, expect, test } from "vitest";
import { memoryRecords } from "../../collect/conformance/memory-storage.ts";
import { openPasswords, readablePassword } from "./passwords.ts";
import { openUsers } from "./users.ts";

describe("a password", () => {
  test("is kept as scrypt: a known answer of RFC 7914", async () => {
    const kept = {
      method: "scrypt",
      ...{ costLog2: 14, block: 8, parallel: 1 },
      salt: Buffer.from("SodiumChloride").toString("hex"),
      hash: "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2",
    } as const;
    const passwords = openPasswords(14);
    expect(await passwords.matches("pleaseletmein", kept)).toBe(true);
    expect(await passwords.matches("pleaseletmeout", kept)).toBe(false);
    // Two lanes instead of one: it was kept at another cost.
    expect(passwords.isCurrent(kept)).toBe(false);
  });

  test("has a salt of its own, and is one however its accents are composed", async () => {
    const passwords = openPasswords(4);
    const [one, two] = [await passwords.keep("caf\u00e9"), await passwords.keep("caf\u00e9")];
    expect(one.hash).not.toBe(two.hash);
    expect(one.salt).toMatch(/^[0-9a-f]{32}$/);
    expect(await passwords.matches("cafe\u0301", one)).toBe(true);
    expect(await passwords.matches("anything", undefined)).toBe(false);
  });

  test("is kept anew at the cost that is asked for now, by who signs in", async () => {
    const records = memoryRecords();
    const open = (costLog2: number) =>
      openUsers({
        records,
        clock: () => 1 as never,
        passwords: openPasswords(costLog2),
        usersMost: 9,
      });
    const made = await (await open(4)).ensureFirst();
    const later = await open(6);
    expect(await later.verify("owner", "wrong")).toBeUndefined();
    expect(await later.verify("owner", made?.password ?? "")).toMatchObject({ name: "owner" });
    const kept = await records.get<{ password: object }>("", "user", "owner");
    expect(kept?.value.password).toMatchObject({ costLog2: 6 });
    expect(await (await open(6)).verify("owner", made?.password ?? "")).toBeDefined();
  });

  test("is checked two at a time, and not more than some wait", async () => {
    const passwords = openPasswords(4);
    const all = Array.from({ length: 60 }, () => passwords.keep("a password"));
    const ends = await Promise.allSettled(all);
    const refused = ends.filter(({ status }) => status === "rejected");
    expect(refused).toHaveLength(60 - 2 - 50);
    expect(refused[0]).toMatchObject({ reason: { code: "overloaded" } });
    await expect(passwords.keep("afterwards")).resolves.toBeDefined();
  });
});

test("one that is made up can be read aloud, and is never made twice", () => {
  const made = Array.from({ length: 200 }, readablePassword);
  for (const one of made) expect(one).toMatch(/^(?:(?:[bdfgklmnprstvz][aeiou]){2}(?:-|$)){6}$/);
  expect(new Set(made).size).toBe(200);
});
