import { describe, expect, test } from "vitest";
import {
  COLOUR_SHARE,
  DESCRIBED_SIDE,
  describePictureInto,
  descriptorScratch,
  descriptorWidth,
  lengthOf,
  productOf,
} from "./picture-descriptor.ts";

type Colour = readonly [number, number, number];
const side = DESCRIBED_SIDE;

/** A disc or a square of one colour on white. */
function picture(form: "disc" | "square", colour: Colour): Uint8Array {
  return Uint8Array.from({ length: side * side * 3 }, (_, at) => {
    const pixel = Math.floor(at / 3);
    const [x, y] = [(pixel % side) - side / 2, Math.floor(pixel / side) - side / 2];
    const far = form === "disc" ? Math.hypot(x, y) : Math.max(Math.abs(x), Math.abs(y));
    return far < 20 ? (colour[at % 3] ?? 0) : 255;
  });
}
const described = (...pictures: readonly Uint8Array[]): Uint8Array => {
  const table = new Uint8Array(pictures.length * descriptorWidth);
  const scratch = descriptorScratch();
  pictures.forEach((rgb, row) => {
    const own = table.subarray(row * descriptorWidth, (row + 1) * descriptorWidth);
    describePictureInto(own, rgb, side, scratch);
  });
  return table;
};
const cosine = (table: Uint8Array, one: number, other: number): number =>
  productOf(table, one, table, other) / lengthOf(table, one) / lengthOf(table, other);

const red: Colour = [200, 30, 30];
const blue: Colour = [30, 30, 200];

describe("what a picture looks like", () => {
  test("is of length 1, in 255 steps", () => {
    const table = described(picture("disc", red));
    expect(lengthOf(table, 0) / 255).toBeCloseTo(1, 1);
    expect(cosine(table, 0, 0)).toBeCloseTo(1, 6);
  });

  test("is nearer with the shape or the colour in common than with neither", () => {
    const table = described(
      picture("disc", red),
      picture("disc", blue),
      picture("square", red),
      picture("square", blue),
    );
    const [shape, colour, neither] = [1, 2, 3].map((other) => cosine(table, 0, other));
    expect(shape).toBeGreaterThan((neither ?? 1) + 0.02);
    expect(colour).toBeGreaterThan((neither ?? 1) + 0.02);
    // The parts add up: what differs in both differs by the sum of both.
    expect(1 - (neither ?? 0)).toBeCloseTo(2 - (shape ?? 0) - (colour ?? 0), 1);
  });

  test("of an even picture is its colour alone", () => {
    const even = new Uint8Array(side * side * 3).fill(255);
    const table = described(even, picture("disc", red));
    expect(lengthOf(table, 0) / 255).toBeCloseTo(Math.sqrt(COLOUR_SHARE), 1);
    expect(table.subarray(0, 192).every((one) => one === 0)).toBe(true);
  });

  test("is written over what stood there", () => {
    const out = new Uint8Array(descriptorWidth).fill(200);
    describePictureInto(out, picture("disc", red), side, descriptorScratch());
    expect(out).toEqual(described(picture("disc", red)));
    expect(() => describePictureInto(out, picture("disc", red), 63, descriptorScratch())).toThrow(
      "a square of pixels",
    );
  });
});
