import { createInterface } from "node:readline/promises";

/** The place where a command speaks: results to one side, remarks to the other. */
export interface Terminal {
  /** A line of the result (standard output). */
  out(line: string): void;
  /** A remark for people (standard error). */
  note(line: string): void;
  /** A remark that the next one replaces; only where a person is watching. */
  live(line: string): void;
  /** True when a person watches standard error. */
  readonly watched: boolean;
  /** True when standard input can answer a question. */
  readonly answers: boolean;
  ask(question: string): Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** The command was stopped by Ctrl-C; it ends with code 130. */
export class Interrupted extends Error {
  override readonly name: string = "Interrupted";
}

const CLEAR_LINE = "\r\u001b[2K";
/** npm hands a Ctrl-C on that the terminal has already sent: two within this time are one. */
const ONE_PRESS_MS = 1_000;

/** The terminal of this process. The first Ctrl-C asks to stop, a later one stops at once. */
export function openTerminal(now: () => number): Terminal & { close(): void } {
  const controller = new AbortController();
  let pressedAt: number | undefined;
  const press = (): void => {
    pressedAt ??= now();
    if (!controller.signal.aborted) controller.abort(new Interrupted("stopped by Ctrl-C"));
    else if (now() - pressedAt > ONE_PRESS_MS) process.exit(130);
  };
  process.on("SIGINT", press);
  process.on("SIGTERM", press);
  ignoreClosedPipe();
  const watched = process.stderr.isTTY === true;
  const clear = watched ? CLEAR_LINE : "";
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void process.stderr.write(`${clear}${line}\n`),
    live: (line) => void (watched && process.stderr.write(`${clear}${line}`)),
    watched,
    answers: process.stdin.isTTY === true,
    ask: (question) => ask(question, controller.signal),
    env: process.env,
    signal: controller.signal,
    close() {
      process.off("SIGINT", press);
      process.off("SIGTERM", press);
    },
  };
}

async function ask(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question, { signal });
  } finally {
    lines.close();
  }
}

/** `shopkeeper export | head` closes our output early: that is an end, not a mistake. */
function ignoreClosedPipe(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
}
