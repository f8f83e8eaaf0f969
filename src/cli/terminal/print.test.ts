import { describe, expect, test } from "vitest";
import { problem } from "../../errors.ts";
import { moment, problemText, table } from "./print.ts";

const colour = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");
const plain = (text: string): string => text.replaceAll(colour, "");

describe("table", () => {
  const columns = {
    item: (row: [string, number | undefined]) => row[0],
    units: (row: [string, number | undefined]) => row[1],
  };

  test("aligns text left and numbers right, Chinese by its width", () => {
    const rows: [string, number | undefined][] = [
      ["连衣裙", 1_234],
      ["tea", 5],
      ["cup", undefined],
    ];
    expect(plain(table(rows, columns, "none")).split("\n")).toEqual([
      "item    units",
      "连衣裙  1,234",
      "tea         5",
      "cup         -",
    ]);
  });

  test("says a sentence when there is nothing", () => {
    expect(table([], columns, "no items")).toBe("no items");
  });
});

describe("problemText", () => {
  test("is title, this case, each field and what to do", () => {
    const trouble = problem("invalid-event", "2 fields are wrong", {
      errors: [
        { pointer: "/name", detail: "is required" },
        { pointer: "", detail: "is no object" },
      ],
    });
    expect(plain(problemText(trouble)).split("\n")).toEqual([
      "The event is not valid (invalid-event)",
      "2 fields are wrong",
      "  /name: is required",
      "  /: is no object",
      "Correct the fields named in errors.",
    ]);
  });

  test("does not say a field twice, and says how long to wait", () => {
    const trouble = problem("overloaded", "/shop: is busy", {
      errors: [{ pointer: "/shop", detail: "is busy" }],
      retryAfterSeconds: 3,
    });
    expect(plain(problemText(trouble)).split("\n").slice(1)).toEqual([
      "/shop: is busy",
      "Wait as long as Retry-After says. Try again in 3 s.",
    ]);
  });
});

test("moments sort as text", () => {
  expect(moment(Date.UTC(2026, 0, 31, 9, 5, 7))).toBe("2026-01-31 09:05:07");
  expect(moment(null)).toBe("-");
});
