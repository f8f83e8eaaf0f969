import { describe, expect, test } from "vitest";
import { isProblem } from "../errors.ts";
import { modelFromBytes, modelToBytes } from "./model-bytes.ts";

const model = {
  name: "水",
  nothing: null,
  yes: true,
  list: [1, "two", [3.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
  weights: new Float32Array([1.5, -2, 3]),
  places: new Int32Array([7, -8]),
  flags: new Uint8Array([1, 0, 255]),
  deep: { sums: new Float64Array([Math.PI]), empty: new Int32Array(0) },
};

describe("a model as bytes", () => {
  test("comes back as it was", () => {
    expect(modelFromBytes(modelToBytes(model))).toEqual(model);
  });

  test("is laid out as described: magic, length, header, segments on eights", () => {
    const bytes = modelToBytes({ a: new Uint8Array([9]), b: new Float64Array([2]) });
    expect(new TextDecoder().decode(bytes.subarray(0, 4))).toBe("SKM1");
    const length = new DataView(bytes.buffer).getUint32(4, true);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    expect(header).toEqual({
      root: { a: { "#": 0 }, b: { "#": 1 } },
      segments: [
        { type: "Uint8Array", offset: 0, length: 1 },
        { type: "Float64Array", offset: 8, length: 1 },
      ],
    });
    const start = Math.ceil((8 + length) / 8) * 8;
    expect(bytes[start]).toBe(9);
    expect(new DataView(bytes.buffer).getFloat64(start + 8, true)).toBe(2);
    expect(bytes.length).toBe(start + 16);
  });

  test("a view into a larger array is stored alone", () => {
    const whole = new Float32Array([1, 2, 3, 4]);
    const bytes = modelToBytes(whole.subarray(1, 3));
    expect(modelFromBytes(bytes)).toEqual(new Float32Array([2, 3]));
  });

  test("bytes at an odd place in memory are read all the same", () => {
    const bytes = modelToBytes(model);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(modelFromBytes(shifted.subarray(3))).toEqual(model);
  });

  test("a Buffer, whose slices are views, is read all the same", () => {
    const bytes = Buffer.concat([Buffer.from("before"), modelToBytes(model)]).subarray(6);
    expect(modelFromBytes(bytes)).toEqual(model);
  });

  test.each([
    [{ at: Number.NaN }, /no NaN/],
    [{ "#": 0 }, /no key/],
    [{ at: new Map() }, /plain objects/],
    [{ at: () => 1 }, /plain data/],
    [{ at: new BigInt64Array(1) }, /BigInt64Array/],
  ])("%o is refused", (wrong, words) => {
    expect(() => modelToBytes(wrong)).toThrow(words);
  });

  test.each([
    ["no bytes", new Uint8Array(0)],
    ["other bytes", new Uint8Array(64).fill(7)],
    ["the header cut off", modelToBytes(model).subarray(0, 40)],
    ["the last segment cut off", modelToBytes(model).subarray(0, -9)],
  ])("%s are damaged storage", (_, bytes) => {
    expect(caught(() => modelFromBytes(bytes))).toBe("storage-damaged");
  });
});

function caught(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return isProblem(error) ? error.code : "not a problem";
  }
  return "nothing";
}
