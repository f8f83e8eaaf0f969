import { assert } from "../assert.ts";
import type { EventInput } from "../collect/event.ts";

/**
 * A discrete-event clock. Every producer is a process: a generator that acts when it is woken and
 * yields how long it sleeps next. The timeline wakes them in order of time, ties in the order in
 * which they went to sleep, so that events leave in global time order and a seed gives one history.
 * Memory grows with the processes asleep, never with the events made.
 * Source: process-oriented simulation (Birtwistle et al., DEMOS); the queue is a binary heap.
 */
export type Process = Generator<number, void>;

export interface Timeline {
  /** The moment simulated now. @unit epoch ms */
  readonly now: number;
  /** Processes asleep. */
  readonly asleep: number;
  /** Wakes the process first at `at`, which is not before now. O(log n). */
  schedule(at: number, process: Process): void;
  /** Sends an event out, stamped by the caller with `now`. */
  emit(event: EventInput): void;
  /** Lets time pass up to `until`, handing out events in batches of about `batch`. */
  run(until: number, batch: number): Generator<EventInput[], void>;
}

interface Sleeper {
  readonly at: number;
  readonly order: number;
  readonly process: Process;
}

export function openTimeline(startAt: number): Timeline {
  const heap: Sleeper[] = [];
  let now = startAt;
  let order = 0;
  let outbox: EventInput[] = [];
  const schedule = (at: number, process: Process): void => {
    assert(at >= now, "nothing is scheduled in the past");
    push(heap, { at, order: order++, process });
  };
  return {
    get now() {
      return now;
    },
    get asleep() {
      return heap.length;
    },
    schedule,
    emit: (event) => {
      outbox.push(event);
    },
    *run(until, batch) {
      for (let next = heap[0]; next !== undefined && next.at < until; next = heap[0]) {
        pop(heap);
        now = next.at;
        const step = next.process.next();
        if (step.done !== true) schedule(now + Math.max(1, Math.round(step.value)), next.process);
        if (outbox.length < batch) continue;
        yield outbox;
        outbox = [];
      }
      if (outbox.length > 0) yield outbox;
      outbox = [];
    },
  };
}

function before(a: Sleeper, b: Sleeper): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Adds to the heap. O(log n). */
function push(heap: Sleeper[], sleeper: Sleeper): void {
  let hole = heap.length;
  heap.push(sleeper);
  while (hole > 0) {
    const parent = (hole - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || !before(sleeper, above)) break;
    heap[hole] = above;
    hole = parent;
  }
  heap[hole] = sleeper;
}

/** Removes the first of the heap. O(log n). */
function pop(heap: Sleeper[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let hole = 0;
  for (;;) {
    let child = 2 * hole + 1;
    const left = heap[child];
    if (left === undefined) break;
    const right = heap[child + 1];
    let least = left;
    if (right !== undefined && before(right, left)) {
      least = right;
      child++;
    }
    if (!before(least, last)) break;
    heap[hole] = least;
    hole = child;
  }
  heap[hole] = last;
}
