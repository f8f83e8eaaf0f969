import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eventInputSchema, eventNames, surfaces } from "./event.ts";
import { isSurelyValid } from "./sure-event.ts";
import { judgeEvent } from "./take-event.ts";

// Values near every edge of the schema, right and wrong, so that both ways through are met often.
const id = fc.oneof(
  fc.string({ minLength: 0, maxLength: 4 }),
  fc.constantFrom("a", "x".repeat(128), "x".repeat(129), "\u0000", "tab\t", "商品", "😀", "\ud800"),
);
const number = fc.oneof(
  fc.constantFrom(-1, -0, 0, 0.5, 1, 1.5, 5, 5.1, 10_000, 10_001, 1e6, 1e6 + 1, 1e12, 1e12 + 1),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 7_258_118_400_000, 2 ** 53),
  fc.integer({ min: 0, max: 2_000_000_000_000 }),
);
const text = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.constantFrom("x".repeat(256), "x".repeat(257), "x".repeat(2049), "x".repeat(10_001)),
);
const odd = fc.constantFrom(null, undefined, [], {}, "1", 1, true);
const loose = <T>(usual: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: odd });

const line = fc.record(
  {
    item: loose(id),
    quantity: loose(number),
    unitPriceMinor: loose(number),
    position: loose(number),
    propensity: loose(number),
    colour: fc.constant("red"),
  },
  { requiredKeys: ["item"] },
);
const context = fc.record(
  {
    surface: loose(fc.constantFrom(...surfaces, "elsewhere")),
    list: loose(text),
    query: loose(text),
    page: loose(text),
    device: loose(fc.constantFrom("phone", "watch")),
    rating: loose(number),
    text: loose(text),
    consent: loose(fc.record({ measure: loose(fc.boolean()), personalise: fc.boolean() })),
    theme: fc.constant("dark"),
  },
  { requiredKeys: [] },
);
const sent = fc.record(
  {
    name: loose(fc.constantFrom(...eventNames, "scroll")),
    eventId: loose(fc.oneof(fc.uuid(), fc.constant("018F0000-0000-7000-8000-000000000000"))),
    shopper: loose(id),
    anonymous: loose(id),
    session: loose(id),
    at: loose(number),
    items: loose(fc.array(line, { maxLength: 3 })),
    context: loose(context),
    valueMinor: loose(number),
    currency: loose(fc.constantFrom("USD", "usd", "EURO")),
    properties: loose(fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 2 }))),
    shelf: fc.constant(3),
  },
  { requiredKeys: ["name"] },
);

const plain = fc.record(
  {
    name: fc.constantFrom(...eventNames),
    shopper: fc.constantFrom("s1", "s2"),
    at: fc.integer({ min: 0, max: 2_000_000_000_000 }),
    items: fc.array(fc.record({ item: fc.constantFrom("i1", "i2") }), { maxLength: 3 }),
    context: fc.record({ surface: fc.constantFrom(...surfaces) }, { requiredKeys: [] }),
    properties: fc.dictionary(
      fc.constantFrom("model", "sources"),
      fc.oneof(fc.constantFrom("als", 7, null), fc.array(fc.constantFrom("als", 7, null))),
    ),
  },
  { requiredKeys: ["name"] },
);

describe("the fast way through validation", () => {
  test("passes only what the schema returns unchanged", () => {
    let passed = 0;
    fc.assert(
      fc.property(fc.oneof(sent, plain), (event) => {
        if (!isSurelyValid(event)) return;
        passed++;
        expect(eventInputSchema.parse(event)).toEqual(event);
      }),
      { seed: 7, numRuns: 4_000 },
    );
    expect(passed).toBeGreaterThan(1_500);
  });

  const at = (field: string, value: unknown): object => ({ name: "page_view", [field]: value });
  const inItem = (field: string, value: unknown): object =>
    at("items", [{ item: "i", [field]: value }]);
  const inContext = (field: string, value: unknown): object => at("context", { [field]: value });
  test.each([
    ["shopper", at("shopper", "x".repeat(128)), at("shopper", "x".repeat(129))],
    ["session", at("session", "x"), at("session", "")],
    ["anonymous", at("anonymous", "a b"), at("anonymous", "a\u007f")],
    ["well-formed ids", at("shopper", "商品"), at("shopper", "\ud800")],
    ["at", at("at", 7_258_118_400_000), at("at", 7_258_118_400_001)],
    ["valueMinor", at("valueMinor", 1e12), at("valueMinor", 1e12 + 1)],
    ["currency", at("currency", "USD"), at("currency", "USd")],
    [
      "items",
      at("items", Array(200).fill({ item: "i" })),
      at("items", Array(201).fill({ item: "i" })),
    ],
    ["quantity", inItem("quantity", 1e6), inItem("quantity", 0)],
    ["propensity", inItem("propensity", 1), inItem("propensity", 1.01)],
    ["position", inItem("position", 10_000), inItem("position", 10_001)],
    ["unitPriceMinor", inItem("unitPriceMinor", 0), inItem("unitPriceMinor", 0.5)],
    ["query", inContext("query", "x".repeat(256)), inContext("query", "x".repeat(257))],
    ["page", inContext("page", "x".repeat(2_048)), inContext("page", "x".repeat(2_049))],
    ["text", inContext("text", "x".repeat(10_000)), inContext("text", "x".repeat(10_001))],
    ["rating", inContext("rating", 5), inContext("rating", 5.1)],
    ["surface", inContext("surface", "home"), inContext("surface", "roof")],
  ])("draws the edge of %s where the schema does", (_, within, beyond) => {
    const verdicts = [within, beyond].map((event) => [
      isSurelyValid(event),
      eventInputSchema.safeParse(event).success,
    ]);
    expect(verdicts).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  test("takes every plain event", () => {
    fc.assert(
      fc.property(plain, (event) => {
        expect(isSurelyValid(event)).toBe(true);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  test("the verdict is the schema's, whichever way was taken", () => {
    fc.assert(
      fc.property(sent, (event) => {
        const judged = judgeEvent(event);
        const valid = eventInputSchema.safeParse(event).success;
        expect(judged.refused !== undefined || valid).toBe(true);
      }),
      { seed: 11, numRuns: 2_000 },
    );
  });
});

describe("unknown fields", () => {
  test("go to properties under their name, or their pointer when nested or taken", () => {
    const judged = judgeEvent({
      name: "item_view",
      shelf: 3,
      mood: "new",
      items: [{ item: "i1", colour: "red" }],
      context: { theme: "dark", surface: "home" },
      properties: { mood: "old" },
    });
    expect(judged).toEqual({
      input: {
        name: "item_view",
        items: [{ item: "i1" }],
        context: { surface: "home" },
        properties: {
          shelf: 3,
          "/mood": "new",
          "/context/theme": "dark",
          "/items/0/colour": "red",
          mood: "old",
        },
      },
    });
  });

  test("which shop and when it was received are ours to say", () => {
    const judged = judgeEvent({ name: "page_view", shop: "theirs", receivedAt: 1 });
    expect(judged).toEqual({ input: { name: "page_view" } });
  });

  test("nothing that was sent is lost", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z]{8,12}$/), fc.jsonValue({ maxDepth: 3 })),
        (extra) => {
          const judged = judgeEvent({ ...extra, name: "page_view", "": 1 });
          expect(judged).toMatchObject({ input: { properties: { ...extra, "": 1 } } });
        },
      ),
      { seed: 3, numRuns: 200 },
    );
  });

  test("called __proto__ are kept as data and change no prototype", () => {
    const text = `{"name":"page_view","__proto__":{"admin":true},"properties":{"__proto__":{"b":1}}}`;
    const judged = judgeEvent(JSON.parse(text));
    const written = JSON.stringify(judged);
    expect(written).toContain('"__proto__":{"b":1}');
    expect(written).toContain('"/__proto__":{"admin":true}');
    expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
  });
});

describe("refusals", () => {
  const errorsOf = (event: unknown): unknown => judgeEvent(event).refused?.errors;

  test("name every field that is wrong", () => {
    const errors = judgeEvent({ name: "cart_add", items: [{ item: "" }], currency: "usd" });
    const pointers = new Set(errors.refused?.errors.map((error) => error.pointer));
    expect([...pointers]).toEqual(["/items/0/item", "/currency"]);
  });

  test.each([
    [{ name: "item_view" }, "/items"],
    [{ name: "consent", shopper: "s" }, "/context/consent"],
    [{ name: "identify" }, "/shopper"],
    [{ name: "merge", anonymous: "a" }, "/shopper"],
    [{ name: "merge", shopper: "s" }, "/anonymous"],
    [{ name: "page_view", shopper: "\ud800" }, "/shopper"],
    [{ name: "page_view", properties: { f: () => 1 } }, "/properties"],
    [{ name: "page_view", properties: { n: Number.NaN } }, "/properties"],
    [{ name: "page_view", properties: [] }, "/properties"],
    ["page_view", ""],
    [null, ""],
  ])("%j is refused at %s", (event, pointer) => {
    expect(errorsOf(event)).toEqual([expect.objectContaining({ pointer })]);
  });

  test("a deep tower of lists is refused, not a stack overflow", () => {
    let tower: unknown = 1;
    for (let depth = 0; depth < 20_000; depth++) tower = [tower];
    expect(errorsOf({ name: "page_view", tower })).toEqual([
      expect.objectContaining({ pointer: "/properties" }),
    ]);
  });

  test("an upper-case event id is the same id", () => {
    const eventId = "018F0000-0000-7000-8000-00000000ABCD";
    expect(judgeEvent({ name: "page_view", eventId })).toEqual({
      input: { name: "page_view", eventId: eventId.toLowerCase() },
    });
  });
});
