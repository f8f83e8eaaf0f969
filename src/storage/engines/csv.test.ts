import fc from "fast-check";
import { expect, test } from "vitest";
import { type CsvPart, columnNames, csvReader } from "./csv.ts";
import type { Line } from "./text-lines.ts";

const linesOf = (text: string): Line[] =>
  text.split("\n").map((each, index) => ({ number: index + 1, text: each, fault: undefined }));

/** Reads the lines in pieces of the given size. */
function readIn(lines: readonly Line[], size: number, delimiter: "," | "\t" = ","): CsvPart {
  const reader = csvReader(delimiter);
  const parts: CsvPart[] = [];
  for (let at = 0; at < lines.length; at += size) {
    parts.push(reader.read(lines.slice(at, at + size), at + size >= lines.length));
  }
  return { records: parts.flatMap((part) => part.records), bad: parts.flatMap((part) => part.bad) };
}

const cell = fc.string({
  unit: fc.constantFrom("a", '"', ",", "\n", " ", "é", "😀"),
  maxLength: 6,
});
const table = fc
  .integer({ min: 2, max: 4 })
  .chain((width) =>
    fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1 }),
  );

const written = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => row.map((each) => `"${each.replaceAll('"', '""')}"`).join(",")).join("\n");

test("whatever was written with quotes is read back, in pieces of any size", () => {
  const property = fc.property(table, fc.integer({ min: 1, max: 5 }), (rows, size) => {
    const { records, bad } = readIn(linesOf(written(rows)), size);
    expect(bad).toEqual([]);
    const wanted = rows.map((row) => row.map((each) => (each === "" ? null : each)));
    expect(records.map((record) => record.cells)).toEqual(wanted);
  });
  fc.assert(property, { seed: 20251125, numRuns: 200 });
});

test("no line is lost: each is in a record, bad, or blank, however the text looks", () => {
  const text = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n"), maxLength: 60 });
  const property = fc.property(text, fc.integer({ min: 1, max: 5 }), (given, size) => {
    const lines = linesOf(`h1,h2\n${given}`);
    const whole = readIn(lines, lines.length);
    expect(readIn(lines, size)).toEqual(whole);
    const taken = new Set(whole.bad.map((line) => line.line));
    for (const { line, cells } of whole.records) {
      const breaks = cells.join("").split("\n").length - 1;
      for (let n = line; n <= line + breaks; n += 1) taken.add(n);
    }
    for (const { number, text: each } of lines) if (each === "") taken.add(number);
    expect(taken.size).toBe(lines.length);
  });
  fc.assert(property, { seed: 20251125, numRuns: 300 });
});

test("a quoted cell goes over a hundred lines and no more", () => {
  const over = (lines: number) => linesOf(`a,b\n1,"${"x\n".repeat(lines - 1)}"\n2,y`);
  expect(readIn(over(100), 7).records).toHaveLength(3);
  const { records, bad } = readIn(over(101), 7);
  expect(bad[0]).toMatchObject({ line: 2, reason: "a quote is not closed within 100 lines" });
  expect(records.at(-1)?.cells).toEqual(["2", "y"]);
});

test("a column alone keeps its empty lines", () => {
  const { records } = readIn(linesOf("x\n1\n\n2"), 2);
  expect(records.map((record) => record.cells)).toEqual([["x"], ["1"], [null], ["2"]]);
});

test("names of columns are never empty and never twice", () => {
  expect(columnNames(["a", "a", "a_1", null, " b "])).toEqual([
    "a",
    "a_1",
    "a_1_1",
    "column4",
    "b",
  ]);
});
