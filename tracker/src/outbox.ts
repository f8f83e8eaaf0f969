import { type Consent, change, recall, type Waiting } from "./device.ts";

/**
 * Events on their way. They leave the queue when the server has answered for them, and not before:
 * a page that is left hands them to a beacon, whose fate nobody hears, and the next page sends them
 * again. That does no harm, for an event with the same id is counted once.
 */
export interface Outbox {
  add(waiting: Waiting): void;
  /** @param leaving the page goes away: what is sent now is sent by a beacon */
  send(leaving?: boolean): Promise<void>;
}

const QUEUE_MOST = 100;
/** A beacon may bring 64 KiB; what it cannot take waits for the next page. */
const BATCH_MOST = 30;
/** Events of one moment travel together. */
const GATHER_MS = 200;
const RETRY_MS_MOST = 300_000;
/** What happened so long ago is sent with its moment; else the server's own clock is better. */
const LATE_MS = 60_000;

export function openOutbox(url: string, key: string, consent: () => Consent | undefined): Outbox {
  let due: ReturnType<typeof setTimeout> | undefined;
  let isSending = false;
  let failures = 0;

  const queued = (): readonly Waiting[] => recall().queue ?? [];
  const later = (ms: number): void => {
    if (due) return;
    due = setTimeout(() => {
      due = undefined;
      void send();
    }, ms);
  };
  const send = async (leaving = false): Promise<void> => {
    const queue = queued();
    const [first] = queue;
    if (!first || (isSending && !leaving)) return;
    const batch = queue.filter(({ to }) => to === first.to).slice(0, BATCH_MOST);
    const body = JSON.stringify({
      // For GA4's events, in its words; ours carry their consent, and a batch of them says no more.
      non_personalized_ads: !consent()?.personalise,
      events: batch.map(({ to, at, event }) =>
        to || Date.now() - at < LATE_MS ? event : { ...event, at },
      ),
    });
    const address = `${url}/v1/events${first.to}?key=${key}`;
    if (leaving && navigator.sendBeacon(address, body)) return;
    isSending = true;
    let waitMs = Math.min(RETRY_MS_MOST, 1_000 * 2 ** failures++) * (0.5 + Math.random());
    try {
      const { status, headers } = await fetch(address, {
        method: "POST",
        body,
        keepalive: leaving,
      });
      if (status < 500 && status !== 429) {
        failures = waitMs = 0;
        const sent = batch.map(textOf);
        change({ queue: queued().filter((one) => !sent.includes(textOf(one))) });
      } else waitMs = Math.max(waitMs, Number(headers.get("retry-after")) * 1_000);
    } catch {
      // No connection: the queue stays as it is until the next try.
    }
    isSending = false;
    if (queued()[0]) later(waitMs);
  };
  return {
    add(waiting) {
      change({ queue: [...queued(), waiting].slice(-QUEUE_MOST) });
      later(GATHER_MS);
    },
    send,
  };
}

const textOf = (waiting: Waiting): string => JSON.stringify(waiting);
