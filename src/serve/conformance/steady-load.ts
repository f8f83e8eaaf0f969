import { Agent, type IncomingMessage, request } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { monotonicMs } from "../../clock.ts";

/**
 * Requests at even distances in time, whatever becomes of those before (an open loop), and how long
 * each took from the moment it was due: a server that stalls answers late, and so do all that became
 * due meanwhile. A generator that waits for answers before it asks again, or that sends a second's
 * requests in one burst, measures another thing. Method: Tene, wrk2.
 */
export interface SteadyLoad {
  readonly url: string;
  readonly requests: readonly Asked[];
  readonly headers: Readonly<Record<string, string>>;
  /** The most that stand open at a time; who is due beyond them waits, and the wait counts. */
  readonly connections: number;
  /** @unit requests/s */
  readonly rate: number;
  readonly seconds: number;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

/** What the load generator says of a run. */
export interface Outcome {
  readonly "2xx": number;
  readonly non2xx: number;
  readonly errors: number;
  /** @unit s */
  readonly duration: number;
  /** Of answers of 2xx. @unit ms */
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number };
}

export async function steadyLoad(load: SteadyLoad): Promise<Outcome> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections });
  const count = Math.round(load.rate * load.seconds);
  const from = monotonicMs();
  const answers: Promise<Answer>[] = [];
  while (answers.length < count) {
    const due = from + (answers.length * 1_000) / load.rate;
    const early = due - monotonicMs();
    if (early > 0) await wait(early);
    const asked = load.requests[answers.length % load.requests.length] as Asked;
    answers.push(ask(load, asked, agent, due));
  }
  const ended = await Promise.all(answers);
  const duration = (monotonicMs() - from) / 1_000;
  agent.destroy();
  const good = ended.filter(({ status }) => status >= 200 && status < 300);
  const errors = ended.filter(({ status }) => status === 0).length;
  return {
    "2xx": good.length,
    non2xx: ended.length - good.length - errors,
    errors,
    duration,
    latency: quantiles(good.map(({ ms }) => ms)),
  };
}

interface Answer {
  /** 0 where none came. */
  readonly status: number;
  /** From the moment the request was due. */
  readonly ms: number;
}

function ask(load: SteadyLoad, asked: Asked, agent: Agent, due: number): Promise<Answer> {
  return new Promise((resolve) => {
    const end = (status: number): void => resolve({ status, ms: monotonicMs() - due });
    const { method, path, body } = asked;
    const sent = request(new URL(path, load.url), { agent, method, headers: load.headers });
    sent.on("error", (error: NodeJS.ErrnoException) => {
      // A kept connection that the server closed as idle while this was on its way: asked anew.
      const closed = sent.reusedSocket && error.code === "ECONNRESET";
      if (closed) resolve(ask(load, asked, agent, due));
      else end(0);
    });
    sent.on("response", (answer: IncomingMessage) => {
      answer.on("end", () => end(answer.statusCode ?? 0));
      answer.on("error", () => end(0));
      answer.resume();
    });
    sent.end(body);
  });
}

/** Nearest rank, to a hundredth of a millisecond. */
function quantiles(ms: readonly number[]): Outcome["latency"] {
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    Math.round((sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0) * 100) / 100;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
