import { type ClientRequest, request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { monotonicMs } from "../../clock.ts";
import { type Allowed, publicLookup, refuseInside } from "./addresses.ts";
import type { Attempt } from "./webhook.ts";

/** One call of a webhook: a connection of its own, so much time, so many bytes, no redirect. */
export interface Post extends Allowed {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** From the begin to the last byte of the answer. */
  readonly timeoutMs: number;
  /** More of an answer is not read. */
  readonly answerBytesMost: number;
  /** Ends the call. */
  readonly signal: AbortSignal;
}

/** What is kept of an answer. @unit characters */
const ANSWER_LENGTH_MOST = 500;

type Outcome = Pick<Attempt, "status" | "answer">;

/** Never fails: what went wrong stands in the attempt. @unit at epoch ms */
export async function post(call: Post, at: number): Promise<Attempt> {
  const begun = monotonicMs();
  const took = (): number => Math.round(monotonicMs() - begun);
  try {
    const { status, answer } = await answerTo(call);
    return { at, durationMs: took(), status, answer, error: whyNotTaken(status ?? 0) };
  } catch (error) {
    return { at, durationMs: took(), status: null, answer: "", error: reasonOf(error, call) };
  }
}

function whyNotTaken(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  const isRedirect = status >= 300 && status < 400;
  return isRedirect ? `answered ${status}: redirects are not followed` : `answered ${status}`;
}

function reasonOf(error: unknown, { timeoutMs }: Post): string {
  if (!(error instanceof Error)) return String(error);
  const isLate = error.cause instanceof Error && error.cause.name === "TimeoutError";
  if (isLate) return `no answer within ${timeoutMs} ms`;
  // Several addresses that all failed are one error without words of its own.
  return error.message || String((error as { code?: unknown }).code ?? error.name);
}

function answerTo(call: Post): Promise<Outcome> {
  const url = new URL(call.url);
  return new Promise((resolve, reject) => {
    refuseInside(url, call);
    const send = url.protocol === "https:" ? requestSecure : requestPlain;
    const { body, headers, timeoutMs } = call;
    const going: ClientRequest = send(url, {
      method: "POST",
      agent: false,
      headers: { ...headers, "content-length": Buffer.byteLength(body) },
      lookup: publicLookup(call),
      signal: AbortSignal.any([call.signal, AbortSignal.timeout(timeoutMs)]),
    });
    going.once("error", reject);
    going.once("response", (response) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      const end = (): void => {
        const answer = Buffer.concat(parts).toString("utf8").slice(0, ANSWER_LENGTH_MOST);
        resolve({ status: response.statusCode ?? null, answer });
        going.destroy();
      };
      response.on("data", (part: Buffer) => {
        bytes += part.length;
        parts.push(part);
        if (bytes >= call.answerBytesMost) end();
      });
      response.once("end", end);
      response.once("error", reject);
    });
    going.end(body);
  });
}
