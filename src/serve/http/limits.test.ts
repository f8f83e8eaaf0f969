import { expect, test } from "vitest";
import { refuseWhenBehind } from "./limits.ts";

test("a server that is behind turns all away but events, and events too when it is hopeless", () => {
  expect(() => refuseWhenBehind(false, 1_001, 1_000)).toThrow(
    expect.objectContaining({ code: "overloaded", retryAfterSeconds: 5 }),
  );
  expect(() => refuseWhenBehind(true, 4_999, 1_000)).not.toThrow();
  expect(() => refuseWhenBehind(true, 5_000, 1_000)).toThrow(
    expect.objectContaining({ code: "overloaded" }),
  );
  expect(() => refuseWhenBehind(false, Number.POSITIVE_INFINITY, 1_000)).not.toThrow();
});
