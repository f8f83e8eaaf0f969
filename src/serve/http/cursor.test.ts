import fc from "fast-check";
import { expect, test } from "vitest";
import { readCursor, writeCursor } from "./cursor.ts";

const refused = expect.objectContaining({
  code: "invalid-request",
  errors: [expect.objectContaining({ pointer: "/query/cursor" })],
});

test("a cursor leads back to its place, whatever the id", () => {
  const check = (list: string, after: string): void => {
    const cursor = writeCursor(list, after);
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(readCursor(list, cursor ?? "")).toBe(after);
  };
  check("items:tea", "茶/\u{1F375} 1");
  fc.assert(fc.property(fc.string(), fc.string({ unit: "grapheme" }), check), { seed: 1 });
});

test("the first page has none and the last gives none", () => {
  expect(readCursor("items:tea", undefined)).toBeUndefined();
  expect(writeCursor("items:tea", undefined)).toBeNull();
});

test("one of another list, and what is none, are refused", () => {
  const other = writeCursor("items:rice", "a") ?? "";
  for (const cursor of [other, "", "!", "bnVsbA", "eyJhIjoxfQ", `${other}x`]) {
    expect(() => readCursor("items:tea", cursor), cursor).toThrow(refused);
  }
});
