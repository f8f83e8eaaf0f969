import { beforeEach, describe, expect, test } from "vitest";
import { fixedClock } from "../../../clock.ts";
import { memoryRecords } from "../../../collect/conformance/memory-storage.ts";
import type { RuleBook } from "../recommend.ts";
import { openRuleBook } from "./rule-book.ts";

const cap = (id: string, most = 2) => ({ id, kind: "cap", by: "brand", most });
const code = (value: string, pointer?: string) =>
  expect.objectContaining(
    pointer === undefined
      ? { code: value }
      : { code: value, errors: [expect.objectContaining({ pointer })] },
  );

describe("the rule book", () => {
  let book: RuleBook;
  beforeEach(() => {
    book = openRuleBook(memoryRecords(), fixedClock(50, 1), 3);
  });

  test("begins empty, at version 0", async () => {
    expect(await book.current("a")).toMatchObject({ version: 0, rules: [] });
    expect(await book.version("a", 0)).toMatchObject({ version: 0, rules: [] });
    expect(await book.history("a", 10)).toEqual([]);
  });

  test("each change is a version, told by whom and what; other shops see nothing", async () => {
    await book.put("a", cap("x"), "key-1");
    await book.put("a", cap("y"), "key-1", 1);
    await book.put("a", cap("x", 5), "key-2", 2);
    const newest = await book.remove("a", "y", "key-2", 3);
    expect(newest).toMatchObject({ version: 4, at: 53, by: "key-2", change: "removed y" });
    expect(newest.rules).toEqual([{ ...cap("x", 5), enabled: true, surfaces: [] }]);
    const history = await book.history("a", 3);
    expect(history.map((one) => one.change)).toEqual(["removed y", "changed x", "added y"]);
    expect((await book.version("a", 2)).rules.map((rule) => rule.id)).toEqual(["x", "y"]);
    expect((await book.current("b")).version).toBe(0);
  });

  test("a changed rule keeps its place", async () => {
    for (const id of ["x", "y", "z"]) await book.put("a", cap(id), "k");
    const { rules } = await book.put("a", cap("y", 9), "k");
    expect(rules.map((rule) => rule.id)).toEqual(["x", "y", "z"]);
  });

  test("who saw an older version is told so, and nothing is written", async () => {
    await book.put("a", cap("x"), "k");
    await expect(book.put("a", cap("y"), "k", 0)).rejects.toEqual(code("conflict"));
    await expect(book.remove("a", "x", "k", 7)).rejects.toEqual(code("conflict"));
    expect((await book.current("a")).version).toBe(1);
  });

  test("of two writers at once one wins", async () => {
    const tries = await Promise.allSettled([
      book.put("a", cap("x"), "k", 0),
      book.put("a", cap("y"), "k", 0),
    ]);
    expect(tries.map((one) => one.status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  test("restore makes an old set the newest", async () => {
    await book.put("a", cap("x"), "k");
    await book.remove("a", "x", "k");
    const restored = await book.restore("a", 1, "k");
    expect(restored).toMatchObject({ version: 3, change: "restored version 1" });
    expect(restored.rules.map((rule) => rule.id)).toEqual(["x"]);
  });

  test("limits and unknown names are problems", async () => {
    for (const id of ["x", "y", "z"]) await book.put("a", cap(id), "k");
    await expect(book.put("a", cap("w"), "k")).rejects.toEqual(code("limit-reached"));
    await expect(book.remove("a", "w", "k")).rejects.toEqual(code("unknown-rule"));
    await expect(book.restore("a", 99, "k")).rejects.toEqual(code("unknown-rule"));
  });

  test.each([
    [{ ...cap("Bad Id") }, "/id"],
    [{ id: "p", kind: "pin", item: "i", position: -1 }, "/position"],
    [
      { id: "b", kind: "boost", factor: 2, where: { field: "shape", is: "exists" } },
      "/where/field",
    ],
    [{ ...cap("t"), from: 20, until: 20 }, "/until"],
  ])("%j is refused with its field", async (rule, pointer) => {
    await expect(book.put("a", rule, "k")).rejects.toEqual(code("invalid-rule", pointer));
  });
});
