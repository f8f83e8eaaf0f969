import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { EpochMs } from "../schema.ts";
import { DAY_MS } from "./rhythm.ts";
import { openSimulation, type SizeName } from "./simulate.ts";

/**
 * How fast a world runs and how much memory it takes, each size on a slice from its first event.
 * Memory is read at equal steps of the slice, after a collection. It rises for two weeks of the
 * world, while opinions of bought things gather, and is level from there on.
 */
interface Slice {
  readonly size: SizeName;
  /** Events after which the run is cut. */
  readonly upTo: number;
}

const whole: readonly Slice[] = [
  { size: "small", upTo: 1_000_000 },
  { size: "medium", upTo: 1_000_000 },
  { size: "large", upTo: 3_000_000 },
];

const short: readonly Slice[] = [{ size: "small", upTo: 5000 }];

const endAt = Date.UTC(2026, 5, 1) as EpochMs;
const days = 90;
const STEPS = 8;

export function bench(run: {
  readonly tiny: boolean;
  readonly note: (line: string) => void;
}): Promise<unknown> {
  const sizes: Record<string, unknown> = {};
  for (const slice of run.tiny ? short : whole) {
    sizes[slice.size] = runSlice(slice);
    run.note(`${slice.size} done`);
  }
  return Promise.resolve({
    protocol: "first events of a past of 90 days, counted and dropped",
    seed: 1,
    sizes,
  });
}

function runSlice({ size, upTo }: Slice): Record<string, unknown> {
  const openedAt = performance.now();
  const simulation = openSimulation({ seed: 1, size, endAt, days });
  const openSeconds = (performance.now() - openedAt) / 1000;
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  const heapMb: number[] = [];
  let events = 0;
  let last = simulation.startAt as number;
  for (const batch of simulation.events()) {
    events += batch.length;
    last = batch.at(-1)?.at ?? last;
    if (events < ((heapMb.length + 1) * upTo) / STEPS) continue;
    heapMb.push(heapNow());
    if (events >= upTo) break;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  return {
    openSeconds: round(openSeconds),
    events,
    daysOfTheWorld: round((last - simulation.startAt) / DAY_MS),
    eventsPerSecond: Math.round(events / seconds),
    eventsPerCpuSecond: Math.round((events * 1e6) / (cpu.user + cpu.system)),
    heapMb,
    columnsMb: Math.round(process.memoryUsage().arrayBuffers / 2 ** 20),
  };
}

/** What is held after a collection: garbage would hide whether memory grows. */
function heapNow(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return Math.round(process.memoryUsage().heapUsed / 2 ** 20);
}

const round = (value: number): number => Math.round(value * 100) / 100;
