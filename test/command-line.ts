import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The real command, as a shop types it. */
const bin = join(fileURLToPath(import.meta.url), "../../scripts/shopkeeper.mjs");

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** Resolves when standard output or error has said it. */
  said(words: string | RegExp): Promise<void>;
  ended(): Promise<Ended>;
  /** What it has said so far. */
  text(): { readonly out: string; readonly err: string };
}

/** Starts the command with nothing of this machine's settings but what is given. */
export function start(args: readonly string[], env: Record<string, string> = {}): Running {
  const ours = Object.entries(process.env).filter(([name]) => !name.startsWith("SHOPKEEPER_"));
  const child = spawn(process.execPath, [bin, ...args], {
    env: { ...Object.fromEntries(ours), NO_COLOR: "1", FORCE_COLOR: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const text = { out: "", err: "" };
  const listeners = new Set<() => void>();
  const hear = (side: "out" | "err") => (part: Buffer) => {
    text[side] += part.toString("utf8");
    for (const listener of listeners) listener();
  };
  child.stdout?.on("data", hear("out"));
  child.stderr?.on("data", hear("err"));
  const closed = once(child, "close");
  return {
    child,
    said: (words) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const all = text.out + text.err;
          if (typeof words === "string" ? all.includes(words) : words.test(all)) resolve();
        };
        listeners.add(look);
        look();
        void closed.then(() => reject(new Error(`ended without saying ${words}:\n${text.err}`)));
      }),
    text: () => text,
    async ended() {
      const [code] = (await closed) as [number | null];
      return { code, ...text };
    },
  };
}

export const run = (args: readonly string[], env?: Record<string, string>): Promise<Ended> =>
  start(args, env).ended();

/** Runs a command that must succeed, and reads the JSON it prints. */
export async function json<T>(args: readonly string[], env?: Record<string, string>): Promise<T> {
  const { code, out, err } = await run([...args, "--json"], env);
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}:\n${err}`);
  return JSON.parse(out) as T;
}
