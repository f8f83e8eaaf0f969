import { describe, expect, test } from "vitest";
import { normalTail, studentBound, studentTail } from "./student-t.ts";

/** Printed tables have four places; the closed forms below are met to the last digits. */
const TABLE = 4;
const EXACT = 12;

describe("tails", () => {
  test("of one degree are the arctangent, of two a root: closed forms", () => {
    for (const t of [0, 0.3, 1, 4, 60]) {
      expect(studentTail(t, 1)).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(t), EXACT);
      expect(studentTail(-t, 2)).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), EXACT);
    }
  });

  test("of the normal are those of Python 3.11's math.erfc", () => {
    expect(normalTail(1.959963984540054)).toBeCloseTo(0.05, EXACT);
    expect(normalTail(-0.5)).toBeCloseTo(0.6170750774519738, EXACT);
    expect(normalTail(5) / 5.733031437583892e-7).toBeCloseTo(1, EXACT);
    expect(normalTail(2.83)).toBeCloseTo(normalTail(2.8284), 3);
  });

  test("of many degrees pass into the normal", () => {
    expect(studentTail(2, 999_999)).toBeCloseTo(normalTail(2), 6);
    expect(studentTail(2, 1_000_001)).toBe(normalTail(2));
  });
});

describe("the bound of a share of all draws", () => {
  test("is that of the tables", () => {
    expect(studentBound(0.95, 1)).toBeCloseTo(12.7062, TABLE);
    expect(studentBound(0.95, 10)).toBeCloseTo(2.2281, TABLE);
    expect(studentBound(0.99, 30)).toBeCloseTo(2.75, TABLE);
    expect(studentBound(0.95, 2_000_000)).toBeCloseTo(1.96, TABLE);
  });
});
