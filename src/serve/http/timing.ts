import type { FastifyRequest } from "fastify";
import { monotonicMs } from "../../clock.ts";

/** Where the time of one request went, for the header Server-Timing. @unit ms */
export interface Timing {
  readonly begun: number;
  last: number;
  readonly stages: (readonly [name: string, ms: number])[];
}

export function startTiming(): Timing {
  const now = monotonicMs();
  return { begun: now, last: now, stages: [] };
}

/** Ends a stage: all that passed since the one before. */
export function endStage(request: FastifyRequest, name: string): void {
  const { timing } = request;
  const now = monotonicMs();
  timing.stages.push([name, now - timing.last]);
  timing.last = now;
}

/** The header's value: every stage in order, then the total. */
export function serverTiming({ timing }: FastifyRequest): string {
  const total = ["total", monotonicMs() - timing.begun] as const;
  return [...timing.stages, total].map(([name, ms]) => `${name};dur=${ms.toFixed(2)}`).join(", ");
}
