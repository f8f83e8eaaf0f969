import { randomInt } from "node:crypto";
import type { Clock } from "../../clock.ts";
import type { Config } from "../../config.ts";
import type { Book } from "./book.ts";
import { afterTry, type Deliveries, type KeptDelivery } from "./deliveries.ts";
import { post } from "./post.ts";
import { signedHeaders } from "./sign.ts";
import type { Attempt, KeptWebhook } from "./webhook.ts";

/**
 * Sends what waits when its time has come: to one address one thing at a time, so that a slow
 * receiver holds up nobody else. What is not taken is tried again after a pause that grows by a
 * factor and is drawn a little longer or shorter, so that receivers are not hit all at once.
 */
export interface Courier {
  /** Something may be due. */
  wake(): void;
  /** One try, now, whatever else waits. */
  tryNow(webhook: KeptWebhook, delivery: KeptDelivery): Promise<Attempt>;
  /** Ends what is on its way; it is sent again after the next start. */
  close(): Promise<void>;
}

export interface CourierOptions {
  readonly book: Book;
  readonly deliveries: Deliveries;
  readonly clock: Clock;
  readonly config: Config["webhooks"];
  /** What was tried could not be written down. */
  failed(error: unknown): void;
  /** It is tried no more. */
  givenUp(shop: string, delivery: KeptDelivery): Promise<void>;
}

const FACTOR = 4;
const PAUSE_MOST_MS = 6 * 3_600_000;
/** Thousandths of the pause. */
const DRAWN_LEAST = 800;
const DRAWN_MOST = 1_200;
/** Timers of Node take no more than 2^31 ms. */
const TIMER_MOST_MS = 3_600_000;
const GONE = 410;

export function openCourier(options: CourierOptions): Courier {
  const { book, deliveries, clock, config, failed, givenUp } = options;
  const sending = new Map<string, Promise<void>>();
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;

  const tryNow = (webhook: KeptWebhook, delivery: KeptDelivery): Promise<Attempt> => {
    const at = clock();
    const { allowPrivate, timeoutMs, answerBytesMost } = config;
    return post(
      {
        ...{ url: webhook.url, body: delivery.body, signal: stop.signal },
        ...{ allowPrivate, timeoutMs, answerBytesMost },
        headers: signedHeaders(webhook, delivery, at),
      },
      at,
    );
  };
  const send = async (webhook: KeptWebhook, delivery: KeptDelivery): Promise<void> => {
    const attempt = await tryNow(webhook, delivery);
    if (stop.signal.aborted || book.find(webhook.id) === undefined) return;
    const nextAt = nextTry(delivery, attempt, clock(), config.retryFirstMs);
    const tried = afterTry(delivery, attempt, nextAt);
    await deliveries.settle(tried).catch(failed);
    if (tried.state === "failed") await givenUp(webhook.shop, tried).catch(failed);
  };
  const begin = (webhook: KeptWebhook, delivery: KeptDelivery): void => {
    const done = send(webhook, delivery).finally(() => {
      sending.delete(webhook.id);
      wake();
    });
    sending.set(webhook.id, done);
  };
  const wake = (): void => {
    clearTimeout(timer);
    if (stop.signal.aborted) return;
    for (const [webhook, delivery] of firsts(book, deliveries)) {
      if (sending.size >= config.atOnce) return;
      if (sending.has(webhook.id)) continue;
      const waitMs = (delivery.nextAt ?? 0) - clock();
      if (waitMs <= 0) {
        begin(webhook, delivery);
        continue;
      }
      timer = setTimeout(wake, Math.min(waitMs, TIMER_MOST_MS));
      timer.unref();
      return;
    }
  };
  return {
    wake,
    tryNow,
    async close() {
      stop.abort();
      clearTimeout(timer);
      await Promise.all(sending.values());
    },
  };
}

/** Of each address that is told anything the delivery that is due first, the earliest first. */
function firsts(book: Book, deliveries: Deliveries): (readonly [KeptWebhook, KeptDelivery])[] {
  const first = new Map<string, KeptDelivery>();
  for (const one of deliveries.waiting()) {
    const other = first.get(one.webhook);
    if (other === undefined || isBefore(one, other)) first.set(one.webhook, one);
  }
  return [...first.values()]
    .sort((a, b) => (isBefore(a, b) ? -1 : 1))
    .flatMap((delivery) => {
      const webhook = book.find(delivery.webhook);
      return webhook?.enabled ? [[webhook, delivery] as const] : [];
    });
}

const isBefore = (one: KeptDelivery, other: KeptDelivery): boolean =>
  (one.nextAt ?? 0) - (other.nextAt ?? 0) < 0 || (one.nextAt === other.nextAt && one.id < other.id);

/** When it is tried again; null when it was taken, is not wanted any more, or a day has passed. */
export function nextTry(
  { attempts, giveUpAt }: Pick<KeptDelivery, "attempts" | "giveUpAt">,
  { error, status }: Attempt,
  now: number,
  firstMs: number,
): number | null {
  if (error === null || status === GONE) return null;
  const pause = Math.min(firstMs * FACTOR ** attempts, PAUSE_MOST_MS);
  const next = now + Math.round((pause * randomInt(DRAWN_LEAST, DRAWN_MOST + 1)) / 1_000);
  return next > giveUpAt ? null : next;
}
