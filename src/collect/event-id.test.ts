import fc from "fast-check";
import { expect, test } from "vitest";
import { eventIdFrom, hashedEventId, lineEventIds, timedEventId } from "./event-id.ts";

const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("every kind of id is a UUID of version 8", () => {
  expect(hashedEventId("segment", "m1")).toMatch(shape);
  expect(timedEventId(1_700_000_000_000, "csv", "row")).toMatch(shape);
  expect(lineEventIds("ml.x")(1_700_000_000_000, 1, 0)).toMatch(shape);
});

test("a UUID is kept, anything else is hashed, within its space", () => {
  const uuid = "018F0000-0000-7000-8000-00000000ABCD";
  expect(eventIdFrom("segment", uuid)).toBe(uuid.toLowerCase());
  expect(eventIdFrom("segment", "m1")).toBe(hashedEventId("segment", "m1"));
  expect(hashedEventId("a", "m1")).not.toBe(hashedEventId("b", "m1"));
});

test("ids of lines sort by time and never meet within a part", () => {
  const id = lineEventIds("amazon-beauty.events");
  const place = fc.tuple(
    fc.integer({ min: 0, max: 2 ** 42 }),
    fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    fc.integer({ min: 0, max: 255 }),
  );
  fc.assert(
    fc.property(place, place, ([at, line, k], [at2, line2, k2]) => {
      const [one, two] = [id(at, line, k), id(at2, line2, k2)];
      expect(one).toMatch(shape);
      expect(one === two).toBe(at === at2 && line === line2 && k === k2);
      expect(at === at2 || one < two === at < at2).toBe(true);
    }),
    { seed: 2 },
  );
});
