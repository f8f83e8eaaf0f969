import { expect, test } from "vitest";
import { runTensors } from "../../conformance/run-tensors.ts";
import { gradientsOf } from "../gradient.ts";
import { parameter } from "../tensor.ts";
import { sumAll } from "./arrange.ts";
import { maximumOver, minimumOver } from "./extremes.ts";

const x = parameter("x", [2, 3]);
const asGradient = (name: string, y: typeof x) => ({
  [name]: y,
  [`${name}Slope`]: gradientsOf(sumAll(y), [x])[0].dense ?? x,
});

test("equals share the gradient, as torch.amax and torch.amin have it", async () => {
  const found = await runTensors(
    {
      ...asGradient("most", maximumOver(x, [1], false)),
      ...asGradient("least", minimumOver(x, [-1], true)),
      ...asGradient("column", maximumOver(x, [0], false)),
    },
    { x: [3, 1, 3, 2, 2, 2] },
  );
  expect(found["most"]).toEqual([3, 2]);
  expect(found["mostSlope"]).toEqual([0.5, 0, 0.5, ...new Array(3).fill(Math.fround(1 / 3))]);
  expect(found["least"]).toEqual([1, 2]);
  expect(found["leastSlope"]).toEqual([0, 1, 0, ...new Array(3).fill(Math.fround(1 / 3))]);
  expect(found["column"]).toEqual([3, 2, 3]);
  expect(found["columnSlope"]).toEqual([1, 0, 1, 0, 1, 0]);
});

test("over no axes all stay; of nothing there is no largest", () => {
  expect(maximumOver(x, [], false)).toBe(x);
  const none = parameter("none", [2, 0]);
  expect(() => maximumOver(none, [1], true)).toThrow("hold something to choose from");
});
