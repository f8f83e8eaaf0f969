import { assert } from "../../assert.ts";
import { createRandom, type Random } from "../random.ts";
import { multiply } from "./primitives/elementwise.ts";
import { windowOf } from "./primitives/lookup.ts";
import { type Shape, sameShape, shapeText, sizeOf } from "./shape.ts";
import { constant, input, parameter, type Tensor, type TensorType } from "./tensor.ts";

/**
 * A network is a function from inputs to outputs that asks a scope for its parameters by name. It is
 * run to build a graph, never to compute; so it may loop and branch as TypeScript does. The same
 * name is the same parameter.
 */
export type Build = (
  scope: Scope,
  inputs: Readonly<Record<string, Tensor>>,
) => Readonly<Record<string, Tensor>>;

export interface InputSpec {
  readonly type: TensorType;
  /** The first axis is the batch, unless the input is shared. */
  readonly shape: Shape;
  /** The same for all examples, such as negatives drawn once a batch. */
  readonly isShared?: boolean;
}

export interface Network {
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly build: Build;
}

/** An input by its name. */
export function inputOf(inputs: Readonly<Record<string, Tensor>>, name: string): Tensor {
  const found: Tensor | undefined = inputs[name];
  assert(found !== undefined, `the network is given ${name}`);
  return found;
}

/** First values of a parameter. @shape result as many as the shape holds */
export type Initialiser = (shape: Shape, random: Random) => Float32Array;

export interface Scope {
  parameter(name: string, shape: Shape, initial: Initialiser): Tensor;
  /** A part of the network, whose names begin with this one: "block0.norm". */
  child(name: string): Scope;
  /**
   * What training measures and service reads as the parameter of that name, such as the mean of a
   * batch: whoever trains keeps its running average. In service nothing happens.
   */
  measure(name: string, value: Tensor, measured: Measured): void;
  /** Each value is dropped by the rate, the rest scaled up; nothing in service. @unit rate 0..1 */
  dropout(x: Tensor, rate: number): Tensor;
  /** False in service. */
  readonly isTraining: boolean;
}

export interface Measured {
  /** Before the first step. */
  readonly initial: Initialiser;
  /** Share of the average that a step keeps. @unit 0..1 */
  readonly keep: number;
}

/** A parameter as asked for. */
export interface Declared {
  readonly tensor: Tensor;
  readonly initial: Initialiser;
}

/** Its tensor is the value of one step. */
export interface Statistic extends Declared, Measured {}

/** Masks of dropout are windows into pools of drawn ones, at places given anew at each step. */
export interface DropoutSite {
  readonly rate: number;
  /** Values of the mask. */
  readonly size: number;
}

export interface Declarations {
  readonly parameters: Map<string, Declared>;
  readonly statistics: Map<string, Statistic>;
  readonly dropout: DropoutSite[];
  readonly pools: Map<number, Tensor>;
}

/** @unit values; several masks of a common layer */
export const dropoutPoolSize: number = 1 << 21;
export const poolName = (rate: number): string => `dropout.pool.${rate}`;

export const emptyDeclarations = (): Declarations => ({
  parameters: new Map(),
  statistics: new Map(),
  dropout: [],
  pools: new Map(),
});

export interface ScopeOptions {
  readonly isTraining: boolean;
  /** Where in its pool the mask of each site begins. */
  readonly startOf: (site: number) => Tensor;
}

/** The outermost scope: collects into `declared` what the network asks for. */
export function openScope(declared: Declarations, options: ScopeOptions, prefix = ""): Scope {
  return {
    isTraining: options.isTraining,
    child: (name) => openScope(declared, options, `${prefix}${name}.`),
    parameter: (name, shape, initial) => {
      const full = prefix + name;
      const known = declared.parameters.get(full);
      if (known === undefined) {
        const tensor = parameter(full, shape);
        declared.parameters.set(full, { tensor, initial });
        return tensor;
      }
      const { tensor } = known;
      assert(sameShape(tensor.shape, shape), `${full} is always ${shapeText(tensor.shape)}`);
      return tensor;
    },
    measure: (name, tensor, measured) => {
      if (!options.isTraining) return;
      const full = prefix + name;
      assert(!declared.statistics.has(full), `${full} is measured once in a step`);
      assert(measured.keep >= 0 && measured.keep < 1, "an average keeps from 0 to less than 1");
      declared.statistics.set(full, { tensor, ...measured });
    },
    dropout: (x, rate) => {
      assert(rate >= 0 && rate < 1, "a rate of dropout is from 0 to less than 1");
      if (!options.isTraining || rate === 0) return x;
      const pool = declared.pools.get(rate) ?? input(poolName(rate), "float32", [dropoutPoolSize]);
      declared.pools.set(rate, pool);
      const site = declared.dropout.push({ rate, size: sizeOf(x.shape) }) - 1;
      return multiply(x, windowOf(pool, options.startOf(site), x.shape));
    },
  };
}

/**
 * A scope in which all parameters are known and stay: what it builds is a function of its inputs alone.
 * @shape values by name, each as the network asks for it
 */
export function frozenScope(values: ReadonlyMap<string, Float32Array>): Scope {
  const known = new Map<string, Tensor>();
  const inside = (prefix: string): Scope => ({
    isTraining: false,
    child: (name) => inside(`${prefix}${name}.`),
    parameter: (name, shape) => {
      const full = prefix + name;
      const found = values.get(full);
      assert(found !== undefined, `there are values for parameter ${full}`);
      const tensor = known.get(full) ?? constant(found, shape);
      known.set(full, tensor);
      return tensor;
    },
    measure: () => undefined,
    dropout: (x) => x,
  });
  return inside("");
}

/**
 * The first values of all parameters and statistics; each depends on the seed and its own name alone.
 * @shape result by name, each as its parameter
 */
export function initialValues(
  { parameters, statistics }: Declarations,
  seed: number,
): ReadonlyMap<string, Float32Array> {
  const random = createRandom(seed).split("parameters");
  const values = new Map<string, Float32Array>();
  for (const [name, { tensor, initial }] of [...parameters, ...statistics]) {
    const made = initial(tensor.shape, random.split(name));
    assert(made.length === sizeOf(tensor.shape), `${name} is given all its first values`);
    values.set(name, made);
  }
  return values;
}
