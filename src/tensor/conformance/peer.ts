import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A program of bench/peers that answers each line of JSON with one, stopped while it is not asked. */
export interface Peer {
  readonly pid: number;
  ask<Reply>(request: object): Promise<Reply>;
  close(): Promise<void>;
}

/** Of the Python that SHOPKEEPER_PEERS_PYTHON names; undefined where it names none. */
export function openPeer(script: string, options: readonly string[]): Peer | undefined {
  const python = process.env["SHOPKEEPER_PEERS_PYTHON"];
  if (python === undefined) return undefined;
  const path = new URL(`../../../bench/peers/${script}`, import.meta.url).pathname;
  const child = spawn(python, [path, ...options], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const gone = once(child, "exit");
  return {
    pid: child.pid ?? 0,
    ask: async <Reply>(request: object): Promise<Reply> => {
      child.kill("SIGCONT");
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`${script} ended before it answered`);
      child.kill("SIGSTOP");
      return JSON.parse(value) as Reply;
    },
    close: async () => {
      child.kill("SIGCONT");
      child.stdin.end('{"op": "quit"}\n');
      await gone;
    },
  };
}
