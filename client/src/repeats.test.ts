import { describe, expect, test } from "vitest";
import { type Call, callOf } from "./calls.ts";
import { routes } from "./made/routes.ts";
import { type ProblemParts, problem } from "./problem.ts";
import { mayRepeat, waitBefore } from "./repeats.ts";

const call = (id: string): Call => callOf(id, routes[id] as Call["route"], ["a", "b", "c"]);
const failed = (code: ProblemParts["code"], status = 0) => problem({ code, status, detail: "x" });

describe("a call is made again", () => {
  test("when the server turned it away, whatever it is", () => {
    for (const id of ["createKey", "putRule", "train", "sendEvents", "getItem"]) {
      expect(mayRepeat(call(id), failed("too-many-requests", 429)), id).toBe(true);
      expect(mayRepeat(call(id), failed("overloaded", 503)), id).toBe(true);
    }
  });

  test("when its answer was lost, if it changes nothing the second time", () => {
    const may = Object.keys(routes).filter((id) => mayRepeat(call(id), failed("unreachable")));
    const posts = may.filter((id) => routes[id]?.method === "POST");
    expect(new Set(posts)).toEqual(
      new Set([
        "cancelJob",
        "discardQuarantine",
        "explainRecommendation",
        "mergeShopper",
        "predict",
        "previewRules",
        "promoteModel",
        "recommend",
        "replayQuarantine",
        "sendEvents",
        "upsertItems",
      ]),
    );
    for (const id of ["putRule", "removeRule", "eraseShopper", "streamEvents", "rollbackModel"]) {
      expect(may, id).not.toContain(id);
    }
  });

  test("never when the request itself is wrong, or the fault is the server's", () => {
    for (const [code, status] of [
      ["invalid-event", 400],
      ["not-allowed", 403],
      ["internal-error", 500],
      ["storage-full", 507],
    ] as const) {
      expect(mayRepeat(call("getItem"), failed(code, status)), code).toBe(false);
    }
  });

  test("when a gateway did not reach the server", () => {
    expect(mayRepeat(call("getItem"), failed("unreadable-answer", 502))).toBe(true);
    expect(mayRepeat(call("createShop"), failed("unreadable-answer", 502))).toBe(false);
  });
});

describe("the wait before the next try", () => {
  const wait = (tries: number, chance: number, retryAfterSeconds?: number) =>
    waitBefore(tries, { retryAfterSeconds }, chance);

  test("is drawn from a span that doubles up to 20 s", () => {
    expect([1, 2, 3, 4, 7, 8, 20].map((tries) => wait(tries, 0.5))).toEqual([
      100, 200, 400, 800, 6_400, 10_000, 10_000,
    ]);
    expect(wait(3, 0)).toBe(0);
  });

  test("comes on top of what the server asks for, up to two minutes", () => {
    expect(wait(1, 0.5, 7)).toBe(7_100);
    expect(wait(1, 0, 120)).toBe(120_000);
    expect(wait(1, 0, 121)).toBeUndefined();
  });
});
