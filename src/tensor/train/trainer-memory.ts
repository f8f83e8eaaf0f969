import { assert } from "../../assert.ts";
import { sizeOf } from "../graph/shape.ts";
import { type Arena, arenaBytes, openArena } from "../kernels/arena.ts";
import type { Slot } from "../runtime/session.ts";
import { firstMoment, momentsOf, type Optimiser, type Stretch } from "./optimisers.ts";
import type { ParameterSpec, StatisticSpec, TrainingProgram } from "./program.ts";

/**
 * Where everything of a trainer lies. Parameters, gradients and each moment are one long array each,
 * with a parameter at the same place in all of them: first those with dense gradients, which are then
 * moved in one stretch, after them the tables that get rows.
 */
export interface TrainerMemory {
  readonly arena: Arena;
  readonly parameters: readonly ParameterMemory[];
  /** All parameters, and what goes with them. @shape [values] */
  readonly values: Float32Array;
  readonly gradients: Float32Array;
  readonly moments: readonly Float32Array[];
  readonly averages: Float32Array | undefined;
  readonly statistics: StatisticsMemory;
  /** Values of the parameters with dense gradients, from the first on. */
  readonly denseLength: number;
  readonly programs: ReadonlyMap<string, ProgramMemory>;
}

export interface ParameterMemory {
  readonly spec: ParameterSpec;
  /** Where it begins in the long arrays, and how long it is. */
  readonly start: number;
  readonly length: number;
  /** Of tables. */
  readonly table: TableMemory | undefined;
}

/** What is measured for service: one place for each in both arrays. @shape [values] */
export interface StatisticsMemory {
  readonly all: readonly {
    readonly spec: StatisticSpec;
    readonly start: number;
    readonly length: number;
  }[];
  /** Running averages. */
  readonly averages: Float32Array;
  /** Of the latest step. */
  readonly latest: Float32Array;
}

export interface TableMemory {
  readonly rows: number;
  readonly width: number;
  /** The step in which each row was last touched. @shape [rows] */
  readonly seen: Int32Array;
  /** Rows touched in this step. @shape [rows] */
  readonly touched: Int32Array;
}

export interface ProgramMemory {
  readonly program: TrainingProgram;
  readonly feeds: Readonly<Record<string, Slot>>;
  readonly fetches: Readonly<Record<string, Slot>>;
  readonly inputs: ReadonlyMap<string, Slot>;
  readonly metrics: ReadonlyMap<string, Float32Array>;
  /** Of each parameter, in its order. */
  readonly rows: readonly (readonly RowsMemory[])[];
}

export interface RowsMemory {
  readonly indices: Int32Array;
  readonly rows: Float32Array;
}

export interface MemoryOptions {
  readonly optimiser: Optimiser;
  readonly averages: boolean;
}

const isTable = ({ rows }: ParameterSpec): boolean => rows.length > 0;
/** Parameters begin at multiples of 16 values, so that SIMD never straddles two of them. */
const padded = (length: number): number => Math.ceil(length / 16) * 16;
const values = ({ shape }: { readonly shape: readonly number[] }): number => sizeOf(shape);

/** Bytes that training with these programs takes, sessions of the runtime apart. */
export function trainerBytes(programs: readonly TrainingProgram[], options: MemoryOptions): number {
  const [{ parameters, statistics }] = programs;
  const measured = statistics.reduce((sum, spec) => sum + padded(values(spec)), 0);
  const whole = parameters.reduce((sum, spec) => sum + padded(values(spec)), 0);
  const copies = 2 + momentsOf(options.optimiser) + (options.averages ? 1 : 0);
  const tables = parameters.filter(isTable).flatMap(({ shape }) => [shape[0], shape[0]]);
  return (
    arenaBytes([...new Array<number>(copies).fill(whole), measured, measured, ...tables]) +
    programs.reduce((sum, program) => sum + programBytes(program), 0)
  );
}

const programBytes = ({ inputs, metrics, parameters }: TrainingProgram): number =>
  arenaBytes([
    ...inputs.map(values),
    ...metrics.map(() => 1),
    ...parameters.flatMap((spec) =>
      spec.rows.flatMap(({ count }) => [count, count * widthOf(spec)]),
    ),
  ]);

const widthOf = ({ shape }: ParameterSpec): number => sizeOf(shape.slice(1));

/** @throws problem `limit-reached` where that takes more than `bytesMost` */
export function openMemory(
  programs: Readonly<Record<string, TrainingProgram>>,
  options: MemoryOptions,
  bytesMost: number,
): TrainerMemory {
  const all = Object.values(programs);
  assert(all.length > 0, "there is a program to train with");
  const arena = openArena({
    bytes: trainerBytes(all, options) + 4096,
    bytesMost,
    purpose: "training",
    remedy: "a smaller batch, a narrower network or rows instead of dense moments take less",
  });
  const [{ parameters, statistics }] = all;
  const order = [...parameters].sort((a, b) => Number(isTable(a)) - Number(isTable(b)));
  let start = 0;
  let denseLength = 0;
  const placed = order.map((spec): ParameterMemory => {
    const own = start;
    start += padded(values(spec));
    if (!isTable(spec)) denseLength = start;
    return { spec, start: own, length: values(spec), table: tableOf(arena, spec) };
  });
  const long = (): Float32Array => arena.floats(start);
  const memory = {
    arena,
    parameters: placed,
    values: long(),
    gradients: long(),
    moments: Array.from({ length: momentsOf(options.optimiser) }, () =>
      long().fill(firstMoment(options.optimiser)),
    ),
    averages: options.averages ? long() : undefined,
    statistics: openStatistics(arena, statistics),
    denseLength,
  };
  const opened = Object.entries(programs).map(([key, program]) => {
    assert(sameNames(program.parameters, parameters), "programs share their parameters");
    assert(sameNames(program.statistics, statistics), "programs measure the same");
    return [key, openProgram(memory, program)] as const;
  });
  return { ...memory, programs: new Map(opened) };
}

type Named = readonly { readonly name: string }[];
const sameNames = (a: Named, b: Named): boolean =>
  a.map(({ name }) => name).join() === b.map(({ name }) => name).join();

function openStatistics(arena: Arena, specs: readonly StatisticSpec[]): StatisticsMemory {
  let start = 0;
  const all = specs.map((spec) => {
    const placed = { spec, start, length: values(spec) };
    start += padded(placed.length);
    return placed;
  });
  return { all, averages: arena.floats(start), latest: arena.floats(start) };
}

function tableOf(arena: Arena, spec: ParameterSpec): TableMemory | undefined {
  if (!isTable(spec)) return undefined;
  const [rows] = spec.shape;
  return {
    rows,
    width: widthOf(spec),
    seen: arena.integers(rows),
    touched: arena.integers(rows),
  };
}

/** Slots of a program: parameters and gradients are views of the long arrays. */
function openProgram(
  memory: Omit<TrainerMemory, "programs">,
  program: TrainingProgram,
): ProgramMemory {
  const { arena } = memory;
  const feeds: Record<string, Slot> = {};
  const fetches: Record<string, Slot> = {};
  const specOf = new Map(program.parameters.map((spec) => [spec.name, spec]));
  const rows = memory.parameters.map(({ spec: { name }, start, length }) => {
    const spec = specOf.get(name) as ParameterSpec;
    const slot = (data: Float32Array): Slot => ({ type: "float32", shape: spec.shape, data });
    feeds[name] = slot(memory.values.subarray(start, start + length));
    if (spec.dense) {
      fetches[`gradient:${name}`] = slot(memory.gradients.subarray(start, start + length));
    }
    return spec.rows.map(({ count }, k): RowsMemory => {
      const made = { indices: arena.integers(count), rows: arena.floats(count * widthOf(spec)) };
      const shape = [count, ...spec.shape.slice(1)];
      fetches[`rows:${k}:${name}`] = { type: "float32", shape, data: made.rows };
      fetches[`indices:${k}:${name}`] = { type: "int32", shape: [count], data: made.indices };
      return made;
    });
  });
  const { all, latest } = memory.statistics;
  for (const { spec, start, length } of all) {
    const data = latest.subarray(start, start + length);
    fetches[`statistic:${spec.name}`] = { type: "float32", shape: spec.shape, data };
  }
  const inputs = new Map<string, Slot>();
  for (const { name, type, shape } of program.inputs) {
    const size = sizeOf(shape);
    const data = type === "float32" ? arena.floats(size) : arena.integers(size);
    const slot = { type, shape, data: type === "bool" ? new Uint8Array(size) : data };
    inputs.set(name, slot);
    feeds[name] = slot;
  }
  const metrics = new Map<string, Float32Array>();
  for (const name of program.metrics) {
    const data = arena.floats(1);
    metrics.set(name, data);
    fetches[name] = { type: "float32", shape: [], data };
  }
  return { program, feeds, fetches, inputs, metrics, rows };
}

/** A part of the long arrays, by its places in bytes. */
export function stretchOf(memory: TrainerMemory, start: number, length: number): Stretch {
  const stretch = { values: 0, gradient: 0, moments: memory.moments.map(() => 0), length };
  placeStretch(memory, stretch, start);
  return stretch;
}

/** Moves a stretch to another start; makes nothing, as it is called for every row. */
export function placeStretch(memory: TrainerMemory, stretch: Stretch, start: number): void {
  stretch.values = memory.values.byteOffset + 4 * start;
  stretch.gradient = memory.gradients.byteOffset + 4 * start;
  for (let at = 0; at < memory.moments.length; at++) {
    stretch.moments[at] = memory.moments[at].byteOffset + 4 * start;
  }
}
