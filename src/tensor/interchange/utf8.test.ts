import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeUtf8, encodeUtf8 } from "./utf8.ts";

describe("UTF-8", () => {
  test("known texts", () => {
    expect([...encodeUtf8("aé价𝄞")]).toEqual([
      0x61, 0xc3, 0xa9, 0xe4, 0xbb, 0xb7, 0xf0, 0x9d, 0x84, 0x9e,
    ]);
    expect(decodeUtf8(Uint8Array.of(0xf4, 0x8f, 0xbf, 0xbf))).toBe("\u{10ffff}");
    expect(decodeUtf8(new Uint8Array())).toBe("");
    expect(() => encodeUtf8("a\ud800")).toThrow("surrogate");
  });

  test("what is not well-formed is refused", () => {
    const bad = [
      [0x80],
      [0xc3],
      [0xc0, 0x80], // zero in two bytes
      [0xc1, 0xbf],
      [0xe0, 0x9f, 0xbf],
      [0xed, 0xa0, 0x80], // a surrogate
      [0xf0, 0x8f, 0xbf, 0xbf],
      [0xf4, 0x90, 0x80, 0x80], // above U+10FFFF
      [0xf8, 0x88, 0x80, 0x80, 0x80],
      [0xe4, 0xbb, 0x41],
    ];
    for (const bytes of bad) expect(decodeUtf8(Uint8Array.from(bytes))).toBeUndefined();
  });

  test("agrees with the platform's coder, both ways, across pieces", () => {
    const texts = fc.string({ unit: "grapheme", maxLength: 40 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 700 }), (text, times) => {
        const long = text.repeat(times);
        const bytes = encodeUtf8(long);
        expect(Buffer.from(bytes).equals(Buffer.from(long, "utf8"))).toBe(true);
        expect(decodeUtf8(bytes)).toBe(long);
      }),
      { seed: 1, numRuns: 100 },
    );
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const platform = (bytes: Uint8Array): string | undefined => {
      try {
        return strict.decode(bytes);
      } catch {
        return undefined;
      }
    };
    const bytes = fc.array(
      fc.constantFrom(0x41, 0x80, 0x9f, 0xa0, 0xbf, 0xc2, 0xe0, 0xed, 0xf0, 0xf4),
    );
    fc.assert(
      fc.property(bytes, (list) => {
        const some = Uint8Array.from(list);
        expect(decodeUtf8(some)).toBe(platform(some));
      }),
      { seed: 2, numRuns: 2000 },
    );
  });
});
