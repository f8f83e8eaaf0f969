import type { Progress } from "../../storage/jobs.ts";
import type { Terminal } from "./terminal.ts";

/** Shows how far long work has come: a line that renews itself, or one line now and then in a log. */
export interface Meter {
  show(progress: Progress): void;
  /** Leaves the last line standing. */
  end(): void;
}

const LINE_EVERY_MS = 5_000;
/** Rates of the first moments say nothing. */
const RATE_AFTER_MS = 500;

interface StageStart {
  readonly stage: string;
  readonly at: number;
  readonly done: number;
}

/** `now` in milliseconds, never going back. */
export function openMeter(terminal: Terminal, now: () => number): Meter {
  let start: StageStart | undefined;
  let last = "";
  let printedAt = Number.NEGATIVE_INFINITY;
  let printed = "";
  const print = (at: number): void => {
    if (last === printed) return;
    terminal.note(last);
    printed = last;
    printedAt = at;
  };
  return {
    show(progress) {
      const at = now();
      if (start?.stage !== progress.stage) {
        if (start) print(at);
        start = { stage: progress.stage, at, done: progress.done };
        printedAt = Number.NEGATIVE_INFINITY;
      }
      last = progressLine(progress, at - start.at, progress.done - start.done);
      if (terminal.watched) terminal.live(last);
      else if (at - printedAt >= LINE_EVERY_MS) print(at);
    },
    end() {
      if (start) print(now());
    },
  };
}

/** One line: stage, counts, share, rate, time left, what was found. @unit elapsedMs ms, since the stage began */
export function progressLine(progress: Progress, elapsedMs: number, since: number): string {
  const { stage, done, total, unit } = progress;
  if (total === 0 || (total === null && done === 0)) return stage;
  const rate = elapsedMs >= RATE_AFTER_MS ? (since / elapsedMs) * 1_000 : 0;
  const parts = [stage, `${whole(done)}${total === null ? "" : ` of ${whole(total)}`} ${unit}`];
  if (total !== null) parts.push(`${Math.floor((done / total) * 100)} %`);
  if (rate > 0) parts.push(`${whole(rate)} ${unit}/s`);
  if (rate > 0 && total !== null && done < total)
    parts.push(`${duration((total - done) / rate)} left`);
  if (progress.note !== undefined) parts.push(progress.note);
  return parts.join("  ");
}

const whole = (value: number): string =>
  value > 0 && value < 10 && !Number.isInteger(value)
    ? value.toFixed(1)
    : Math.round(value).toLocaleString("en-US");

/** Seconds as people say them: "8 s", "3 min 20 s", "2 h 5 min". @unit seconds s */
export function duration(seconds: number): string {
  const rounded = Math.ceil(seconds);
  if (rounded < 60) return `${rounded} s`;
  if (rounded < 3_600) return `${Math.floor(rounded / 60)} min ${rounded % 60} s`;
  return `${Math.floor(rounded / 3_600)} h ${Math.floor((rounded % 3_600) / 60)} min`;
}
