import { describe, expect, test } from "vitest";
import { duration, openMeter, progressLine } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

describe("progressLine", () => {
  test("says stage, counts, share, rate and time left", () => {
    const progress = { stage: "reading ratings", done: 250_000, total: 1_000_000, unit: "rows" };
    // 200,000 rows in 4 s are 50,000 rows/s; 750,000 rows are left: 15 s.
    expect(progressLine(progress, 4_000, 200_000)).toBe(
      "reading ratings  250,000 of 1,000,000 rows  25 %  50,000 rows/s  15 s left",
    );
  });

  test("leaves out what is not known", () => {
    const open = { stage: "reading", done: 5, total: null, unit: "rows" };
    expect(progressLine(open, 100, 5)).toBe("reading  5 rows");
    expect(progressLine({ ...open, done: 0 }, 0, 0)).toBe("reading");
    expect(progressLine({ ...open, done: 7, total: 7 }, 1_000, 7)).toBe(
      "reading  7 of 7 rows  100 %  7 rows/s",
    );
  });
});

test.each([
  [0.2, "1 s"],
  [59, "59 s"],
  [60, "1 min 0 s"],
  [3_599.5, "1 h 0 min"],
  [7_500, "2 h 5 min"],
])("%d seconds read %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

describe("openMeter", () => {
  const heard = (watched: boolean): Terminal & { lines: string[] } => {
    const lines: string[] = [];
    return {
      lines,
      out: () => undefined,
      note: (line) => void lines.push(line),
      live: (line) => void lines.push(`~${line}`),
      watched,
      answers: false,
      ask: async () => "",
      env: {},
      signal: new AbortController().signal,
    };
  };
  const at = (done: number): { stage: string; done: number; total: number; unit: string } => ({
    stage: "copying",
    done,
    total: 100,
    unit: "files",
  });

  test("in a log it speaks at most every five seconds, and at the end of a stage", () => {
    const terminal = heard(false);
    let now = 0;
    const meter = openMeter(terminal, () => now);
    for (now = 0; now <= 6_000; now += 1_000) meter.show(at(now / 100));
    meter.show({ ...at(0), stage: "checking" });
    meter.end();
    expect(terminal.lines).toEqual([
      "copying  0 of 100 files  0 %",
      "copying  50 of 100 files  50 %  10 files/s  5 s left",
      "copying  60 of 100 files  60 %  10 files/s  4 s left",
      "checking  0 of 100 files  0 %",
    ]);
  });

  test("where somebody watches, one line is renewed and the last one stays", () => {
    const terminal = heard(true);
    const meter = openMeter(terminal, () => 0);
    meter.show(at(1));
    meter.show(at(2));
    meter.end();
    expect(terminal.lines).toEqual([
      "~copying  1 of 100 files  1 %",
      "~copying  2 of 100 files  2 %",
      "copying  2 of 100 files  2 %",
    ]);
  });
});
