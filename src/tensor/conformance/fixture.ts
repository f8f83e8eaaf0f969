import { readFileSync } from "node:fs";
import type { TensorType } from "../graph/tensor.ts";

/** Reference values of one case, as bench/peers/tensor_fixtures.py writes them. */
export interface Fixture {
  readonly sizes: Readonly<Record<string, number>>;
  readonly inputs: Readonly<Record<string, FixtureTensor>>;
  readonly parameters: Readonly<Record<string, FixtureTensor>>;
  readonly outputs: Readonly<Record<string, FixtureTensor>>;
  readonly loss: number;
  readonly gradients: Readonly<Record<string, FixtureTensor>>;
  /** Parameters whose true gradient is zero. */
  readonly free: readonly string[];
  readonly adam?: AdamFixture;
}

export interface FixtureTensor {
  readonly type: TensorType;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

export interface AdamFixture {
  readonly rate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Before the first step and after each. */
  readonly losses: readonly number[];
  /** After the last. */
  readonly parameters: Readonly<Record<string, FixtureTensor>>;
}

export const readFixture = (name: string): Fixture =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), "utf8")) as Fixture;
