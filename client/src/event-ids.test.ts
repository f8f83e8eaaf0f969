import { expect, test } from "vitest";
import { newEventId, withEventIds } from "./event-ids.ts";

/** RFC 9562, appendix A.6: the moment of its example. */
const RFC_MOMENT = 0x017f22e279b0;

test("an id is a UUID of version 7 that begins with its moment", () => {
  const ids = Array.from({ length: 2_000 }, () => newEventId(RFC_MOMENT));
  for (const id of ids) {
    expect(id).toMatch(/^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
  expect(new Set(ids).size).toBe(ids.length);
});

test("all that chance may decide, it does", () => {
  const seen = Array.from({ length: 36 }, () => new Set<string>());
  for (let n = 0; n < 1_000; n++) {
    for (const [at, digit] of [...newEventId(RFC_MOMENT)].entries()) seen[at]?.add(digit);
  }
  const sizes = seen.slice(15).map((digits) => digits.size);
  expect(sizes).toEqual([16, 16, 16, 1, 4, 16, 16, 16, 1, ...Array(12).fill(16)]);
});

test("ids of later moments come later", () => {
  expect(newEventId(1_750_000_000_000) < newEventId(1_750_000_000_001)).toBe(true);
});

test("an id that an event has is kept, one that it has not is made", () => {
  const mine = { eventId: "018f0000-0000-7000-8000-0000000000aa", name: "page_view" } as const;
  expect(withEventIds(mine, 5)).toEqual(mine);
  const both = withEventIds({ events: [mine, { name: "page_view" }] }, RFC_MOMENT);
  expect(both).toMatchObject({
    events: [mine, { eventId: expect.stringMatching(/^017f22e2-79b0-7/) }],
  });
});
