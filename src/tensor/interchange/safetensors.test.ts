import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isProblem } from "../../errors.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  float32Of,
  float32Weight,
  type Weight,
  type WeightType,
} from "./safetensors.ts";

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const weight = (type: WeightType, shape: readonly number[], hex: string): Weight => ({
  type,
  shape,
  bytes: bytesOf(hex),
});

/** What `save` of the Python package safetensors 0.8.0 (numpy 2.4.6) wrote for these arrays. */
const header =
  '{"__metadata__":{"made":"by hand"},"id":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"empty":{"dtype":"F64","shape":[0,2],"data_offsets":[8,8]},"价":{"dtype":"F64","shape":[],"data_offsets":[8,16]},"w":{"dtype":"F32","shape":[2,2],"data_offsets":[16,32]},"n":{"dtype":"I32","shape":[2],"data_offsets":[32,40]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[40,44]},"a.half":{"dtype":"F16","shape":[2],"data_offsets":[44,48]},"i8":{"dtype":"I8","shape":[1],"data_offsets":[48,49]},"u8":{"dtype":"U8","shape":[1],"data_offsets":[49,50]},"flag":{"dtype":"BOOL","shape":[3],"data_offsets":[50,53]}}';
const data =
  "ffffffffffffffff00000000000000400000c03f000000c000000000000040400700000008000000803f4940003cff7bfdc8010001";
const every = new Map<string, Weight>([
  ["w", weight("F32", [2, 2], "0000c03f000000c00000000000004040")],
  ["a.half", weight("F16", [2], "003cff7b")],
  ["flag", weight("BOOL", [3], "010001")],
  ["id", weight("I64", [1], "ffffffffffffffff")],
  ["n", weight("I32", [2], "0700000008000000")],
  ["empty", weight("F64", [0, 2], "")],
  ["b", weight("BF16", [2], "803f4940")],
  ["i8", weight("I8", [1], "fd")],
  ["u8", weight("U8", [1], "c8")],
  ["价", weight("F64", [], "0000000000000040")],
]);

/** A file with this header and so many bytes of data. */
function fileOf(text: string, size: number, length = Buffer.byteLength(text)): Uint8Array {
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setUint32(0, length, true);
  return new Uint8Array([...prefix, ...Buffer.from(text), ...new Uint8Array(size)]);
}
const code = (file: Uint8Array): string => {
  try {
    decodeSafetensors(file);
    return "read";
  } catch (error) {
    if (isProblem(error)) return error.code;
    throw error;
  }
};

describe("safetensors", () => {
  test("the bytes of the format's own library, both ways", () => {
    const file = new Uint8Array([...fileOf(header, 0), ...bytesOf(data)]);
    const metadata = { made: "by hand" };
    expect(Buffer.from(encodeSafetensors({ weights: every, metadata })).equals(file)).toBe(true);
    expect(decodeSafetensors(file)).toEqual({ weights: every, metadata });
    const one = new Map([["w", weight("F32", [1], "0000803f")]]);
    expect(Buffer.from(encodeSafetensors({ weights: one, metadata: {} })).toString("hex")).toBe(
      "38000000000000007b2277223a7b226474797065223a22463332222c227368617065223a5b315d2c22646174615f6f666673657473223a5b302c345d7d7d20200000803f",
    );
  });

  test("weights are views of the file where they can be", () => {
    const file = encodeSafetensors({ weights: every, metadata: {} });
    const w = decodeSafetensors(file).weights.get("w") as Weight;
    expect(float32Of(w).buffer).toBe(file.buffer);
    expect([...float32Of(w)]).toEqual([1.5, -2, 0, 3]);
    const moved = new Uint8Array(file.length + 1);
    moved.set(file, 1);
    const copy = decodeSafetensors(moved.subarray(1)).weights.get("w") as Weight;
    expect([...float32Of(copy)]).toEqual([1.5, -2, 0, 3]);
  });

  test("any names and metadata come back, in any order the same bytes", () => {
    const name = fc.string({ unit: "grapheme", maxLength: 5 });
    const weights = fc.dictionary(name, fc.uint8Array({ maxLength: 5 }), { noNullPrototype: true });
    fc.assert(
      fc.property(
        weights,
        fc.dictionary(name, name, { noNullPrototype: true }),
        (some, metadata) => {
          const entries = Object.entries(some).map(([key, bytes]): [string, Weight] => [
            key,
            { type: "U8", shape: [bytes.length], bytes },
          ]);
          const file = encodeSafetensors({ weights: new Map(entries), metadata });
          expect(decodeSafetensors(file)).toEqual({ weights: new Map(entries), metadata });
          const again = encodeSafetensors({ weights: new Map(entries.reverse()), metadata });
          expect(again).toEqual(file);
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });

  test("a file cut anywhere, or longer than it says, is refused", () => {
    const file = encodeSafetensors({ weights: every, metadata: {} });
    for (let length = 0; length < file.length; length++) {
      expect(code(file.subarray(0, length))).toBe("invalid-model-file");
    }
    expect(code(new Uint8Array([...file, 0]))).toBe("invalid-model-file");
    expect(code(file)).toBe("read");
  });

  test("damage is read or is a problem", () => {
    const file = encodeSafetensors({ weights: every, metadata: {} });
    const changes = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 3 });
    const found = new Set<string>();
    fc.assert(
      fc.property(changes, (list) => {
        const copy = file.slice();
        for (const [at, byte] of list) copy[at] = byte;
        found.add(code(copy));
      }),
      { seed: 2, numRuns: 1500 },
    );
    expect([...found].sort()).toEqual(["invalid-model-file", "read"]);
  });

  test("each thing that is wrong is named", () => {
    const about = (dtype: string, shape: string, offsets: string): string =>
      `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;
    const a = about("U8", "[4]", "[0,4]");
    const cases: readonly (readonly [Uint8Array, string])[] = [
      [Buffer.from("PK\u0003\u0004 a zip file"), "no weight file"],
      [fileOf("{}", 0, 100_000_001), "more than 100 MB"],
      [fileOf("{}", 0, 3), "header of the weight file is cut off"],
      [fileOf(" {}", 0), "is no record"],
      [fileOf("{", 0), "is not JSON"],
      [fileOf(`{"a":${a},"a":${a}}`, 4), "a name twice"],
      [fileOf(`{"a":${"[".repeat(1000)}`, 4), "nested deeper"],
      [fileOf('{"a":[]}', 0), "a is not a record"],
      [fileOf(`{"a":${about("C64", "[1]", "[0,8]")}}`, 8), "type C64"],
      [fileOf(`{"a":${about("U8", "[-4]", "[0,4]")}}`, 4), "not a list of sizes"],
      [fileOf(`{"a":${about("U8", "[4]", "[0]")}}`, 4), "does not say its place"],
      [fileOf(`{"a":${about("F32", "[4]", "[0,4]")}}`, 4), "does not fit its shape"],
      [fileOf(`{"a":${about("U8", "[9e9,9e9]", "[0,4]")}}`, 4), "does not fit its shape"],
      [fileOf(`{"a":${a},"b":${about("U8", "[2]", "[3,5]")}}`, 5), "overlaps"],
      [fileOf(`{"a":${a},"b":${about("U8", "[1]", "[5,6]")}}`, 6), "leaves a gap"],
      [fileOf(`{"a":${a}}`, 3), "are cut off"],
      [fileOf(`{"a":${a}}`, 5), "belong to no array"],
      [fileOf('{"__metadata__":{"a":1}}', 0), "not a text"],
      [fileOf(`{"a":${a.replace("}", ',"x":1}')}}`, 4), "says more"],
      [
        new Uint8Array([...fileOf(`{"a":${about("BOOL", "[1]", "[0,1]")}}`, 0), 2]),
        "neither true nor false",
      ],
    ];
    for (const [file, words] of cases) {
      expect(() => decodeSafetensors(file), words).toThrow(words);
      expect(code(file)).toBe("invalid-model-file");
    }
  });
});

test("values become a weight in place, and values again", () => {
  const values = Float32Array.of(9, 1, 2, 3).subarray(1);
  const weight = float32Weight(values, [3, 1]);
  expect(weight.bytes.buffer).toBe(values.buffer);
  expect(float32Of(weight)).toEqual(Float32Array.of(1, 2, 3));
  expect(() => float32Weight(values, [2, 2])).toThrow("fit its shape");
});
