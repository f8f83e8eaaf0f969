import type { Call } from "./calls.ts";
import type { ShopkeeperProblem } from "./problem.ts";

/**
 * Which calls may be made again, and when. A server that turned a call away has done nothing, so
 * any call may follow; one whose answer was lost may have been done, so only a call that changes
 * nothing the second time may. Waits grow twofold and are drawn from the whole span below (full
 * jitter), so that many clients do not return together; what `Retry-After` asks for comes on top.
 * Source: M. Brooker, Exponential Backoff and Jitter, AWS Architecture Blog, 2015.
 */
const HARMLESS_POSTS = new Set([
  "sendEvents",
  "upsertItems",
  "recommend",
  "explainRecommendation",
  "previewRules",
  "predict",
  "mergeShopper",
  "promoteModel",
  "cancelJob",
  "replayQuarantine",
  "discardQuarantine",
]);

/** These write a new version of the rules, or a certificate, each time. */
const COUNTED = new Set(["putRule", "removeRule", "eraseShopper"]);

const TURNED_AWAY = new Set<string>(["too-many-requests", "overloaded", "not-ready"]);
const LOST = new Set<string>(["unreachable", "no-answer-in-time", "timed-out", "storage-locked"]);
/** A gateway's way of saying that the server behind it did not answer. */
const GATEWAY = new Set([502, 503, 504]);

export function mayRepeat({ id, route, lines, upload }: Call, failed: ShopkeeperProblem): boolean {
  if (lines !== undefined || upload instanceof ReadableStream) return false;
  if (TURNED_AWAY.has(failed.code)) return true;
  const isLost = LOST.has(failed.code) || GATEWAY.has(failed.status);
  if (!isLost || COUNTED.has(id)) return false;
  return route.method !== "POST" || HARMLESS_POSTS.has(id);
}

const FIRST_MS = 200;
const MOST_MS = 20_000;
/** A server that asks for more is not waited for. */
const RETRY_AFTER_SECONDS_MOST = 120;

/**
 * How long to wait before the next try; undefined to give up.
 * @unit result ms; tries from 1; chance [0, 1)
 */
export function waitBefore(
  tries: number,
  { retryAfterSeconds = 0 }: Pick<ShopkeeperProblem, "retryAfterSeconds">,
  chance: number,
): number | undefined {
  if (retryAfterSeconds > RETRY_AFTER_SECONDS_MOST) return undefined;
  const span = Math.min(MOST_MS, FIRST_MS * 2 ** (tries - 1));
  return retryAfterSeconds * 1_000 + chance * span;
}
