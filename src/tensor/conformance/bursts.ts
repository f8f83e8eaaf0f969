import { existsSync, readFileSync } from "node:fs";
import { loadavg } from "node:os";

/**
 * Two programs timed in turns, a burst each, so that what else the machine does falls on both alike; a
 * burst counts as quiet when all other processes together had less than a tenth of the cores.
 */
export interface Contender {
  /** Process that works meanwhile. */
  readonly pid: number;
  /** Milliseconds of each of so many steps. */
  steps(count: number): Promise<readonly number[]>;
}

export interface BurstOptions {
  /** Of work in a burst. @unit ms */
  readonly burst: number;
  /** Quiet bursts of each that are enough. */
  readonly enough: number;
  readonly roundsMost: number;
}

export interface Timed {
  readonly medianMs: number;
  readonly p10Ms: number;
  readonly p99Ms: number;
  readonly steps: number;
  readonly bursts: number;
  /** 0: none was, and the numbers are of all bursts. */
  readonly quietBursts: number;
  /** Share of the cores that others had in the bursts that count, on average. @unit 0..1 */
  readonly others: number;
}

const quietMost = 0.1;

interface Burst {
  readonly times: readonly number[];
  readonly others: number;
}

export async function inTurns(
  contenders: readonly Contender[],
  { burst, enough, roundsMost }: BurstOptions,
): Promise<readonly Timed[]> {
  const counts: number[] = [];
  for (const one of contenders) {
    const guess = quantile(await one.steps(3), 0.5);
    counts.push(Math.max(2, Math.min(500, Math.round(burst / guess))));
  }
  const bursts = contenders.map((): Burst[] => []);
  const isEnough = (): boolean =>
    bursts.every((own) => own.filter(({ others }) => others < quietMost).length >= enough);
  for (let round = 0; round < roundsMost && !isEnough(); round++) {
    for (const [at, one] of contenders.entries()) {
      const before = coresUsed(one.pid);
      const times = await one.steps(counts[at]);
      bursts[at].push({ times, others: othersShare(before, coresUsed(one.pid)) });
    }
  }
  return bursts.map(summary);
}

function summary(bursts: readonly Burst[]): Timed {
  const quiet = bursts.filter(({ others }) => others < quietMost);
  const counted = quiet.length > 0 ? quiet : bursts;
  const times = counted.flatMap((one) => one.times);
  return {
    medianMs: rounded(quantile(times, 0.5)),
    p10Ms: rounded(quantile(times, 0.1)),
    p99Ms: rounded(quantile(times, 0.99)),
    steps: times.length,
    bursts: bursts.length,
    quietBursts: quiet.length,
    others: rounded(counted.reduce((sum, { others }) => sum + others, 0) / counted.length),
  };
}

/** Cores' time since the machine started, in ticks. */
interface Ticks {
  readonly busy: number;
  readonly all: number;
  readonly own: number;
}

/** Undefined on systems that do not tell. */
function coresUsed(pid: number): Ticks | undefined {
  if (!existsSync("/proc/stat")) return undefined;
  const cores = readFileSync("/proc/stat", "utf8").split("\n", 1)[0].trim().split(/\s+/);
  const [user, nice, system, idle, wait, interrupt, soft, steal] = cores.slice(1).map(Number);
  const busy = user + nice + system + interrupt + soft + steal;
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return { busy, all: busy + idle + wait, own: Number(fields[11]) + Number(fields[12]) };
}

/** 1 where it is not known: then nothing is called quiet. */
function othersShare(before: Ticks | undefined, after: Ticks | undefined): number {
  if (before === undefined || after === undefined || after.all === before.all) return 1;
  const busy = after.busy - before.busy - (after.own - before.own);
  return Math.max(0, busy / (after.all - before.all));
}

/** @unit q 0..1 */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

export const rounded = (value: number): number => Number(value.toPrecision(4));

/** Processes that wanted a core, mean of a minute. */
export const loadOfMinute = (): number => rounded(loadavg()[0]);

/** @unit MB */
export const residentMb = (): number => Math.round(process.memoryUsage().rss / 1e6);

/** Of the line of least squares through places and values. O(samples) */
export function lineSlope(
  samples: readonly { readonly at: number; readonly value: number }[],
): number {
  const meanAt = samples.reduce((sum, { at }) => sum + at, 0) / samples.length;
  let [above, below] = [0, 0];
  for (const { at, value } of samples) {
    above += (at - meanAt) * value;
    below += (at - meanAt) ** 2;
  }
  return above / below;
}
