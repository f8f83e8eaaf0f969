import { newEventId } from "./event-ids.ts";
import type { EventInput, EventsTaken, Rejected } from "./made/schemas.ts";
import type { EventsCalls } from "./made/subjects.ts";
import { realSurroundings } from "./surroundings.ts";

/**
 * Events by the batch: a request of many costs hardly more than a request of one. An event gets its
 * id and its moment when it is added, so it keeps both however late it is sent. `add` waits while
 * too many are on their way, which slows the sender down to what the server takes.
 */
export interface EventBatches {
  /** Resolves when there is room for more. @throws what a batch before failed with */
  add(event: EventInput): Promise<void>;
  /** Sends what is held and waits until all is answered. */
  flush(): Promise<void>;
  /** Flushes; nothing can be added after. */
  close(): Promise<void>;
}

export interface BatchOptions {
  /** Most events of one request; the server takes 500. */
  readonly batchMost?: number;
  /** An event waits for others for so long. @unit ms */
  readonly waitMs?: number;
  /** Requests under way at one time. */
  readonly requestsMost?: number;
  /** Hears of events that the server refused, with the event. */
  readonly onRejected?: (event: EventInput, why: Rejected) => void;
  readonly onTaken?: (taken: EventsTaken) => void;
  /** @unit epoch ms */
  readonly now?: () => number;
}

const BATCH_MOST = 500;
const WAIT_MS = 1_000;
const REQUESTS_MOST = 2;
/** Below the server's 1 MiB a request. */
const CHARACTERS_MOST = 250_000;

export function openBatches(events: EventsCalls, options: BatchOptions = {}): EventBatches {
  const { batchMost = BATCH_MOST, waitMs = WAIT_MS, requestsMost = REQUESTS_MOST } = options;
  const now = options.now ?? realSurroundings.now;
  const underWay = new Set<Promise<void>>();
  let held: EventInput[] = [];
  let characters = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failure: { readonly error: unknown } | undefined;
  let isClosed = false;

  const send = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (held.length === 0) return;
    const batch = held;
    held = [];
    characters = 0;
    const sent: Promise<void> = events
      .sendEvents({ events: batch })
      .then((taken) => {
        options.onTaken?.(taken);
        for (const why of taken.rejected) {
          const event = batch[why.index];
          if (event) options.onRejected?.(event, why);
        }
      })
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => underWay.delete(sent));
    underWay.add(sent);
  };
  const throwFailure = (): void => {
    if (failure === undefined) return;
    const { error } = failure;
    failure = undefined;
    throw error;
  };
  const flush = async (): Promise<void> => {
    send();
    await Promise.all(underWay);
    throwFailure();
  };

  return {
    async add(event) {
      if (isClosed) throw new Error("the batches are closed");
      throwFailure();
      const at = event.at ?? now();
      const sure = { eventId: newEventId(at), at, ...event };
      const length = JSON.stringify(sure).length;
      if (characters + length > CHARACTERS_MOST) send();
      held.push(sure);
      characters += length;
      if (held.length >= batchMost) send();
      else timer ??= setTimeout(send, waitMs);
      while (underWay.size >= requestsMost) await Promise.race(underWay);
    },
    flush,
    async close() {
      isClosed = true;
      await flush();
    },
  };
}
