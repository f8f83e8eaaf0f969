import type { Call } from "./calls.ts";
import { withEventId, withEventIds } from "./event-ids.ts";
import { eventsOf, linesBody, rowsOf } from "./lines.ts";
import type { EventInput } from "./made/schemas.ts";
import { isProblem, problem, problemOf, type ShopkeeperProblem } from "./problem.ts";
import { mayRepeat, waitBefore } from "./repeats.ts";
import type { Surroundings } from "./surroundings.ts";

/** Where the server is, and how it is asked. */
export interface Address {
  readonly url: string;
  /** @unit ms */
  readonly timeoutMs: number;
  readonly repeatsMost: number;
  readonly key: string;
  readonly signedIn: boolean;
  readonly shop: string | undefined;
}

/** Makes a call, and makes it again where that can help and does no harm. */
export async function makeCall(
  call: Call,
  address: Address,
  surroundings: Surroundings,
): Promise<unknown> {
  const { signal, repeatsMost = address.repeatsMost } = call.options;
  const sure = withIds(call, surroundings.now());
  for (let tries = 1; ; tries++) {
    try {
      return await makeOnce(sure, address, surroundings);
    } catch (failed) {
      if (!isProblem(failed) || tries > repeatsMost || !mayRepeat(sure, failed)) throw failed;
      const waitMs = waitBefore(tries, failed, surroundings.chance());
      if (waitMs === undefined) throw failed;
      await surroundings.wait(waitMs, signal);
    }
  }
}

/** Ids are given before the first try, so that every try carries the same. */
function withIds(call: Call, atMs: number): Call {
  if (call.id !== "sendEvents") return call;
  return { ...call, json: withEventIds(call.json as EventInput, atMs) };
}

async function makeOnce(
  call: Call,
  address: Address,
  { fetch, now }: Surroundings,
): Promise<unknown> {
  const { signal: asked, timeoutMs = address.timeoutMs, waitSeconds = 0 } = call.options;
  const late = new AbortController();
  const patienceMs = timeoutMs + waitSeconds * 1_000;
  const isLimited = timeoutMs > 0 && call.lines === undefined;
  const timer = isLimited ? setTimeout(() => late.abort(), patienceMs) : undefined;
  const signal = asked ? AbortSignal.any([asked, late.signal]) : late.signal;
  try {
    const answer = await fetch(address.url + call.path, requestOf(call, address, signal, now));
    if (!answer.ok) throw await problemOf(answer, now);
    return await answerOf(call, answer);
  } catch (failed) {
    asked?.throwIfAborted();
    if (isProblem(failed)) throw failed;
    if (late.signal.aborted) throw lateProblem(patienceMs);
    throw brokenProblem(failed);
  } finally {
    clearTimeout(timer);
  }
}

function requestOf(
  call: Call,
  { key, signedIn, shop }: Address,
  signal: AbortSignal,
  now: () => number,
): RequestInit {
  const headers = new Headers();
  if (key !== "") headers.set("authorization", `Bearer ${key}`);
  if (signedIn) headers.set("x-shopkeeper", "admin");
  const meant = call.options.shop ?? shop;
  if (meant !== undefined) headers.set("x-shop", meant);
  if (call.options.waitSeconds) headers.set("prefer", `wait=${call.options.waitSeconds}`);
  const { method } = call.route;
  switch (call.route.body) {
    case "json":
      headers.set("content-type", "application/json");
      return { method, headers, signal, body: JSON.stringify(call.json) };
    case "upload":
      headers.set("content-type", call.uploadType ?? "");
      return { method, headers, signal, ...streamed(call.upload as BodyInit) };
    case "lines": {
      headers.set("content-type", "application/x-ndjson");
      const complete = (row: unknown): unknown => withLineId(row, now());
      return { method, headers, signal, ...streamed(linesBody(call.lines ?? [], complete)) };
    }
    default:
      return { method, headers, signal };
  }
}

/** A stream as a body must say that its answer comes after it; DOM's types do not know the word. */
const streamed = (body: BodyInit): RequestInit =>
  body instanceof ReadableStream ? ({ body, duplex: "half" } as RequestInit) : { body };

const withLineId = (row: unknown, atMs: number): unknown =>
  typeof row === "object" && row !== null && !("item" in row)
    ? withEventId(row as EventInput, atMs)
    : row;

async function answerOf({ route }: Call, answer: Response): Promise<unknown> {
  switch (route.answer) {
    case "json":
      return await answer.json();
    case "text":
      return await answer.text();
    case "bytes":
      return await answer.blob();
    case "lines":
      return rowsOf(answer.body ?? new ReadableStream());
    case "events":
      return eventsOf(answer.body ?? new ReadableStream());
    case "nothing":
      return undefined;
  }
}

const lateProblem = (patienceMs: number): ShopkeeperProblem =>
  problem({
    code: "no-answer-in-time",
    detail: `no answer came within ${patienceMs} ms`,
    remedy: "Set timeoutMs higher, or look whether the server is behind.",
  });

function brokenProblem(cause: unknown): ShopkeeperProblem {
  if (cause instanceof SyntaxError) {
    return problem({ code: "unreadable-answer", detail: "the answer is not JSON", cause });
  }
  return problem({
    code: "unreachable",
    detail: "the server cannot be reached, or the connection broke",
    remedy: "Look whether the server runs at the url that was given.",
    cause,
  });
}
