import { assert } from "../../assert.ts";
import { problem } from "../../errors.ts";
import { badFile } from "../interchange/json.ts";
import { openSessionOn, type Provider } from "../runtime/providers.ts";
import type { Session, SessionOptions } from "../runtime/session.ts";
import { drawOffsets, fillPools } from "./dropout.ts";
import { type Mover, moverOf, type Optimiser } from "./optimisers.ts";
import type { TrainingProgram } from "./program.ts";
import type { Schedule } from "./schedules.ts";
import {
  openMemory,
  type ParameterMemory,
  type ProgramMemory,
  placeStretch,
  stretchOf,
  type TrainerMemory,
} from "./trainer-memory.ts";

/**
 * Runs training programs and moves the parameters. Programs of several batch shapes share parameters
 * and moments; each is opened at its first use, and the one not used for longest is closed when too
 * many are open. A step that meets a number that is none leaves everything as it was.
 * A step blocks its thread while it computes: a server trains in a worker.
 */
export interface Trainer {
  /** Steps made so far. */
  readonly step: number;
  /**
   * One step with the program of that key. Inputs are copied in; dropout is drawn here.
   * @throws problem `diverged` that names what first went bad
   */
  train(key: string, batch: Batch): Promise<StepReport>;
  /** Parameters, and averages of what is measured, as they are now: views, not copies. */
  parameters(): ReadonlyMap<string, Float32Array>;
  /** The same with running averages of the parameters; undefined without them. */
  averages(): ReadonlyMap<string, Float32Array> | undefined;
  /** Everything that the next step depends on, copied. */
  state(): TrainerState;
  /** Takes up a state of the same parameters; nothing is changed where one does not fit. */
  restore(state: TrainerState): void;
  close(): Promise<void>;
}

export type Batch = Readonly<Record<string, Float32Array | Int32Array | Uint8Array>>;

export interface StepReport {
  readonly step: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Before clipping. */
  readonly gradientNorm: number;
  readonly learningRate: number;
}

/** @shape each array [values], laid out by `parameters` */
export interface TrainerState {
  readonly step: number;
  readonly optimiser: Optimiser["kind"];
  /** And statistics. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly moments: readonly ReadonlyMap<string, Float32Array>[];
  readonly averages: ReadonlyMap<string, Float32Array> | undefined;
}

export interface TrainerOptions {
  readonly programs: Readonly<Record<string, TrainingProgram>>;
  /** First values, by name. */
  readonly values: ReadonlyMap<string, Float32Array>;
  readonly optimiser: Optimiser;
  readonly schedule: Schedule;
  /** Gradients of a larger norm are scaled down to it; undefined leaves them. */
  readonly clipNorm: number | undefined;
  /** Share of the running averages that a step keeps; undefined keeps none. @unit 0..1 */
  readonly averageKeep: number | undefined;
  /** "lazy": rows of tables that a step did not touch, and their moments, rest. */
  readonly rows: "lazy" | "dense";
  /** Who computes the programs, which are written for its target. */
  readonly provider: Provider;
  readonly session: SessionOptions;
  /** Programs open at once; each owns threads. */
  readonly sessionsMost: number;
  /** Of dropout. */
  readonly seed: number;
  /** @unit bytes */
  readonly memoryMost: number;
}

export function openTrainer(options: TrainerOptions): Trainer {
  const memory = openMemory(
    options.programs,
    { optimiser: options.optimiser, averages: options.averageKeep !== undefined },
    options.memoryMost,
  );
  for (const { spec, start, length } of memory.parameters) {
    const given = options.values.get(spec.name);
    assert(given?.length === length, `${spec.name} is given all its first values`);
    memory.values.set(given, start);
  }
  const { all: measured, averages } = memory.statistics;
  for (const { spec, start, length } of measured) {
    const given = options.values.get(spec.name);
    assert(given?.length === length, `${spec.name} is given all its first values`);
    averages.set(given, start);
  }
  memory.averages?.set(memory.values);
  for (const program of memory.programs.values()) fillPools(program, options.seed);
  const move = moverOf(options.optimiser, memory.arena.kernels);
  const sessions = openSessions(memory, options);
  let step = 0;
  let isBusy = false;
  const train: Trainer["train"] = async (key, batch) => {
    const program = memory.programs.get(key);
    assert(program !== undefined, `there is a program ${key}`);
    fillInputs(program, batch);
    drawOffsets(program, options.seed, step + 1);
    const session = await sessions.of(key);
    await session.run(program.feeds, program.fetches);
    const report = update(memory, program, options, move, step + 1);
    step++;
    return report;
  };
  return {
    get step() {
      return step;
    },
    train: async (key, batch) => {
      assert(!isBusy, "a step is awaited before the next is asked for");
      isBusy = true;
      try {
        return await train(key, batch);
      } finally {
        isBusy = false;
      }
    },
    parameters: () => forService(memory, memory.values),
    averages: () => (memory.averages ? forService(memory, memory.averages) : undefined),
    state: () => stateOf(memory, step, options.optimiser.kind),
    restore: (state) => {
      checkState(memory, state, options.optimiser.kind);
      restore(memory, state);
      step = state.step;
    },
    close: () => sessions.close(),
  };
}

/** Sessions by key, the latest used last; few are open at once. */
function openSessions(
  memory: TrainerMemory,
  { provider, session: how, sessionsMost }: TrainerOptions,
): { of(key: string): Promise<Session>; close(): Promise<void> } {
  const open = new Map<string, Session>();
  return {
    of: async (key) => {
      const known = open.get(key);
      const { model } = (memory.programs.get(key) as ProgramMemory).program;
      const session = known ?? (await openSessionOn(provider, model, how));
      open.delete(key);
      open.set(key, session);
      for (const [oldest, old] of open) {
        if (open.size <= sessionsMost) break;
        open.delete(oldest);
        await old.release();
      }
      return session;
    },
    close: async () => {
      const all = [...open.values()];
      open.clear();
      for (const session of all) await session.release();
    },
  };
}

function fillInputs({ inputs }: ProgramMemory, batch: Batch): void {
  for (const [name, { data }] of inputs) {
    if (name.startsWith("dropout.")) continue;
    const given = batch[name];
    assert(given !== undefined, `the batch has ${name}`);
    assert(given.length === data.length, `${name} has ${data.length} values`);
    data.set(given);
  }
}

/** Gradients are gathered and judged first; parameters move only when all numbers are numbers. */
function update(
  memory: TrainerMemory,
  program: ProgramMemory,
  options: TrainerOptions,
  move: Mover,
  step: number,
): StepReport {
  checkIndices(memory, program);
  const counts = gatherRows(memory, program, step);
  const norm = gradientNorm(memory, program, counts);
  const metrics = Object.fromEntries([...program.metrics].map(([name, [value]]) => [name, value]));
  const statistic = badStatistic(memory);
  if (!Number.isFinite(norm) || !Number.isFinite(metrics["loss"]) || statistic !== undefined) {
    const first = firstBad(memory, metrics, statistic);
    forgetRows(memory);
    throw problem(
      "diverged",
      `step ${step}: ${first} is not a finite number; nothing was changed. ` +
        "A lower learning rate, a longer warm-up or clipping keep training from it",
    );
  }
  const { clipNorm, schedule, averageKeep } = options;
  const scale = clipNorm === undefined || norm <= clipNorm ? 1 : clipNorm / norm;
  const rate = schedule(step);
  assert(Number.isFinite(Math.fround(rate)) && rate >= 0, "a learning rate is a number from 0");
  if (memory.denseLength > 0) move(stretchOf(memory, 0, memory.denseLength), rate, step, scale);
  memory.parameters.forEach((parameter, at) => {
    if (parameter.table !== undefined) {
      const isLazy = options.rows === "lazy" && !isDense(program, parameter);
      moveTable(memory, parameter, move, { rate, step, scale }, isLazy ? counts[at] : undefined);
    }
  });
  if (memory.averages !== undefined && averageKeep !== undefined) {
    const [{ byteOffset: to }, { byteOffset: from }] = [memory.averages, memory.values];
    memory.arena.kernels.average(to, from, memory.values.length, averageKeep);
  }
  averageStatistics(memory, step);
  return { step, metrics, gradientNorm: norm, learningRate: rate };
}

/**
 * The first steps weigh alike, so that the average is never pulled to the values it began with: of
 * step t it keeps 1 - 1/t until that is the share asked for.
 */
function averageStatistics({ arena, statistics }: TrainerMemory, step: number): void {
  const { all, averages, latest } = statistics;
  for (const { spec, start, length } of all) {
    const [to, from] = [averages, latest].map(({ byteOffset }) => byteOffset + 4 * start);
    arena.kernels.average(to, from, length, Math.min(spec.keep, 1 - 1 / step));
  }
}

/** As if no row had been touched: the next step may have the same number. */
function forgetRows(memory: TrainerMemory): void {
  memory.gradients.fill(0, memory.denseLength);
  for (const { table } of memory.parameters) table?.seen.fill(0);
}

const isDense = ({ fetches }: ProgramMemory, { spec }: ParameterMemory): boolean =>
  fetches[`gradient:${spec.name}`] !== undefined;

/** An index below 0 counts from the end for the runtime, and is outside of the table for us. */
function checkIndices(memory: TrainerMemory, { rows }: ProgramMemory): void {
  memory.parameters.forEach(({ table, spec }, at) => {
    if (table === undefined) return;
    for (const { indices } of rows[at]) {
      for (let place = 0; place < indices.length; place++) {
        const index = indices[place];
        assert(index >= 0 && index < table.rows, `${spec.name} has a row for every index`);
      }
    }
  });
}

/** Adds rows into the tables' gradients; how many rows of each parameter were touched. */
function gatherRows(memory: TrainerMemory, program: ProgramMemory, step: number): number[] {
  const { kernels } = memory.arena;
  return memory.parameters.map(({ table, start }, at) => {
    if (table === undefined) return 0;
    const gradient = memory.gradients.byteOffset + 4 * start;
    let touched = 0;
    for (const { indices, rows } of program.rows[at]) {
      kernels.scatter(gradient, indices.byteOffset, rows.byteOffset, indices.length, table.width);
      touched = kernels.distinct(
        indices.byteOffset,
        indices.length,
        table.seen.byteOffset,
        step,
        table.touched.byteOffset,
        touched,
      );
    }
    return touched;
  });
}

function gradientNorm(
  memory: TrainerMemory,
  program: ProgramMemory,
  counts: readonly number[],
): number {
  const { kernels } = memory.arena;
  const { byteOffset } = memory.gradients;
  let total = kernels.squaredNorm(byteOffset, memory.denseLength);
  memory.parameters.forEach((parameter, at) => {
    const { table, start, length } = parameter;
    if (table === undefined) return;
    if (isDense(program, parameter)) total += kernels.squaredNorm(byteOffset + 4 * start, length);
    else {
      for (let row = 0; row < counts[at]; row++) {
        const place = start + table.touched[row] * table.width;
        total += kernels.squaredNorm(byteOffset + 4 * place, table.width);
      }
    }
  });
  return Math.sqrt(total);
}

/** A variance can be too large for a number where the loss still is one. */
function badStatistic({ arena, statistics }: TrainerMemory): string | undefined {
  const { all, latest } = statistics;
  return all.find(
    ({ start, length }) => arena.kernels.firstBad(latest.byteOffset + 4 * start, length) >= 0,
  )?.spec.name;
}

/** What the reader should look at: the loss or another metric, else the first bad value. */
function firstBad(
  memory: TrainerMemory,
  metrics: Readonly<Record<string, number>>,
  statistic: string | undefined,
): string {
  for (const [name, value] of Object.entries(metrics)) {
    if (!Number.isFinite(value)) return name;
  }
  if (statistic !== undefined) return statistic;
  const { kernels } = memory.arena;
  for (const { spec, start, length } of memory.parameters) {
    const at = kernels.firstBad(memory.gradients.byteOffset + 4 * start, length);
    if (at >= 0) return `the gradient of ${spec.name} at place ${at}`;
  }
  return "the sum of the squares of the gradients";
}

interface Move {
  readonly rate: number;
  readonly step: number;
  readonly scale: number;
}

/** All of a table, or its touched rows alone; its gradient is zero again afterwards. */
function moveTable(
  memory: TrainerMemory,
  { start, length, table }: ParameterMemory,
  move: Mover,
  { rate, step, scale }: Move,
  count: number | undefined,
): void {
  if (count === undefined || table === undefined) {
    move(stretchOf(memory, start, length), rate, step, scale);
    memory.gradients.fill(0, start, start + length);
    return;
  }
  const { width, touched } = table;
  const row = stretchOf(memory, start, width);
  for (let at = 0; at < count; at++) {
    const place = start + touched[at] * width;
    placeStretch(memory, row, place);
    move(row, rate, step, scale);
    memory.gradients.fill(0, place, place + width);
  }
}

const byName = (memory: TrainerMemory, all: Float32Array): ReadonlyMap<string, Float32Array> =>
  new Map(
    memory.parameters.map(({ spec, start, length }) => [
      spec.name,
      all.subarray(start, start + length),
    ]),
  );

/** With the averages of what is measured. */
function forService(memory: TrainerMemory, all: Float32Array): ReadonlyMap<string, Float32Array> {
  const { all: measured, averages } = memory.statistics;
  const found = measured.map(
    ({ spec, start, length }) => [spec.name, averages.subarray(start, start + length)] as const,
  );
  return new Map([...byName(memory, all), ...found]);
}

function stateOf(memory: TrainerMemory, step: number, optimiser: Optimiser["kind"]): TrainerState {
  const copied = (views: ReadonlyMap<string, Float32Array>): ReadonlyMap<string, Float32Array> =>
    new Map([...views].map(([name, values]) => [name, values.slice()]));
  return {
    step,
    optimiser,
    parameters: copied(forService(memory, memory.values)),
    moments: memory.moments.map((all) => copied(byName(memory, all))),
    averages: memory.averages ? copied(byName(memory, memory.averages)) : undefined,
  };
}

/** @throws problem `invalid-model-file` for a state of another network or optimiser */
function checkState(
  memory: TrainerMemory,
  state: TrainerState,
  optimiser: Optimiser["kind"],
): void {
  if (state.optimiser !== optimiser) {
    throw badFile(
      `the checkpoint is of ${state.optimiser}, and this training goes by ${optimiser}`,
    );
  }
  if (state.moments.length !== memory.moments.length) {
    throw badFile(`the checkpoint has ${state.moments.length} moments of a parameter`);
  }
  if ((memory.averages === undefined) !== (state.averages === undefined)) {
    const has = state.averages === undefined ? "no" : "running";
    throw badFile(`the checkpoint has ${has} averages, unlike this training`);
  }
  const moving = memory.parameters;
  const all = [...moving, ...memory.statistics.all];
  mustHold(all, state.parameters);
  for (const moment of state.moments) mustHold(moving, moment);
  if (state.averages !== undefined) mustHold(moving, state.averages);
}

function mustHold(
  wanted: readonly { readonly spec: { readonly name: string }; readonly length: number }[],
  given: ReadonlyMap<string, Float32Array>,
): void {
  for (const { spec, length } of wanted) {
    const found = given.get(spec.name);
    if (found === undefined) throw badFile(`the checkpoint has nothing for ${spec.name}`);
    if (found.length !== length) {
      throw badFile(`the checkpoint has ${found.length} values for ${spec.name}, not ${length}`);
    }
  }
}

function restore(memory: TrainerMemory, state: TrainerState): void {
  const write = (all: Float32Array, given: ReadonlyMap<string, Float32Array>): void => {
    for (const { spec, start } of memory.parameters) {
      all.set(given.get(spec.name) as Float32Array, start);
    }
  };
  write(memory.values, state.parameters);
  memory.moments.forEach((all, at) => {
    write(all, state.moments[at]);
  });
  if (memory.averages && state.averages) write(memory.averages, state.averages);
  const { all: measured, averages } = memory.statistics;
  for (const { spec, start } of measured) {
    averages.set(state.parameters.get(spec.name) as Float32Array, start);
  }
  forgetRows(memory);
}
