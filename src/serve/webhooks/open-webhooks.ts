import type { Platform } from "../../platform.ts";
import { type Change, INSTALLATION } from "../../storage/records.ts";
import { oneAfterTheOther } from "../access/in-turn.ts";
import { judgedUrl } from "./addresses.ts";
import { type Book, openBook, type Wanted } from "./book.ts";
import { type Courier, openCourier } from "./courier.ts";
import {
  afterTry,
  type Deliveries,
  type KeptDelivery,
  openDeliveries,
  type Parked,
} from "./deliveries.ts";
import { lookAt, type Mark, type Notice } from "./notices.ts";
import {
  type Delivery,
  type KeptWebhook,
  type NewWebhook,
  visible,
  type Webhook,
  type WebhookKind,
} from "./webhook.ts";

export interface Webhooks {
  list(shop: string): readonly Webhook[];
  create(shop: string, wanted: Wanted): Promise<NewWebhook>;
  /** What is left out stays as it is. */
  change(shop: string, id: string, to: WebhookChange): Promise<Webhook>;
  renewSecret(shop: string, id: string): Promise<NewWebhook>;
  remove(shop: string, id: string): Promise<Webhook>;
  /** One try with a made-up event, answered for when it has ended. */
  test(shop: string, id: string): Promise<Delivery>;
  /** Newest first. */
  deliveries(shop: string, id: string, page: Page): Promise<readonly Delivery[]>;
  /** Tells it once more, under the same id. */
  again(shop: string, id: string, delivery: string): Promise<Delivery>;
  /** What was given up in the last days and not told again, newest first. */
  parked(shop: string): readonly Parked[];
  /** Something may have happened in this shop. */
  look(shop: string): void;
  /** Begins to look at every shop that has webhooks, and goes on looking. */
  start(): void;
  close(): Promise<void>;
}

export interface WebhookChange {
  readonly url?: string | undefined;
  readonly kinds?: readonly WebhookKind[] | undefined;
  readonly enabled?: boolean | undefined;
}

interface Page {
  readonly limit: number;
  readonly after?: string | undefined;
}

/** Where a shop was when it was last looked at, and the number of what is told next. */
interface KeptMark extends Mark {
  readonly next: number;
}

interface Parts {
  readonly platform: Platform;
  readonly book: Book;
  readonly deliveries: Deliveries;
  readonly courier: Courier;
  failed(error: unknown): void;
}

/** Who hears of what ends badly. */
export interface WebhookEars {
  failed(error: unknown): void;
  /** A delivery is tried no more; it waits for somebody to send it again. */
  givenUp(shop: string, delivery: KeptDelivery): Promise<void>;
}

const MARK = "webhook-mark";
const NUMBER_DIGITS = 12;
const HOUR_MS = 3_600_000;
/** What was given up longer ago is for the list of deliveries, not for attention. */
const PARKED_MS = 7 * 24 * HOUR_MS;

export async function openWebhooks(
  platform: Platform,
  { failed, givenUp }: WebhookEars,
): Promise<Webhooks> {
  const { clock, config, storage } = platform;
  const limits = config.webhooks;
  const book = await openBook(storage.records, clock, limits.mostPerShop);
  const deliveries = await openDeliveries(storage.records, limits.deliveriesKept);
  const courier = openCourier({ book, deliveries, clock, config: limits, failed, givenUp });
  const parts: Parts = { platform, book, deliveries, courier, failed };
  const looks = openLooks(parts);
  const { look, start, close } = looks;
  const parked = (shop: string): readonly Parked[] => parkedIn(parts, shop);
  return { ...kept(parts, looks), ...told(parts, looks), parked, look, start, close };
}

function parkedIn({ book, deliveries, platform }: Parts, shop: string): readonly Parked[] {
  const since = platform.clock() - PARKED_MS;
  return book
    .of(shop)
    .flatMap(({ id }) => deliveries.parkedOf(id))
    .filter(({ at }) => at >= since)
    .sort((a, b) => b.at - a.at);
}

/** The addresses: what they are, and how they change. */
function kept(
  { platform, book, deliveries, courier }: Parts,
  looks: Looks,
): Pick<Webhooks, "list" | "create" | "change" | "renewSecret" | "remove"> {
  const { webhooks: limits } = platform.config;
  return {
    list: (shop) => book.of(shop).map(visible),
    async create(shop, { url, kinds }) {
      const made = await book.create(shop, { url: await judgedUrl(url, limits), kinds });
      // Only what happens from now on is told.
      await looks.now(shop, false);
      return made;
    },
    async change(shop, id, { url, kinds, enabled }) {
      const webhook = book.get(shop, id);
      const changed = await book.change(webhook, {
        ...(url !== undefined && { url: await judgedUrl(url, limits) }),
        ...(kinds !== undefined && { kinds }),
        ...(enabled !== undefined && { enabled }),
      });
      courier.wake();
      return visible(changed);
    },
    renewSecret: async (shop, id) => await book.renewSecret(book.get(shop, id)),
    remove: (shop, id) =>
      looks.alone(async () => {
        const webhook = book.get(shop, id);
        await deliveries.remove(id);
        await book.remove(webhook);
        if (book.of(shop).length === 0) await looks.forget(shop);
        return visible(webhook);
      }),
  };
}

/** What was told, and is told on demand. */
function told(
  { platform, book, deliveries, courier }: Parts,
  looks: Looks,
): Pick<Webhooks, "test" | "deliveries" | "again"> {
  const { clock, config } = platform;
  return {
    async test(shop, id) {
      const webhook = book.get(shop, id);
      const data = { words: "A test of this webhook." };
      const number = await looks.number(shop);
      const notice = { kind: "test", at: clock(), data } as const;
      const delivery = deliveryOf(webhook, notice, number, clock());
      const ended = afterTry(delivery, await courier.tryNow(webhook, delivery), null);
      await deliveries.settle(ended);
      return shown(ended);
    },
    async deliveries(shop, id, { limit, after }) {
      const found = await deliveries.list(book.get(shop, id).id, limit, after);
      return found.map(shown);
    },
    async again(shop, id, wanted) {
      const found = await deliveries.get(book.get(shop, id).id, wanted);
      const now = clock();
      const giveUpAt = now + config.webhooks.giveUpHours * HOUR_MS;
      const next = { ...found, state: "waiting", nextAt: now, attempts: 0, giveUpAt } as const;
      await deliveries.settle(next);
      courier.wake();
      return shown(next);
    },
  };
}

const shown = ({ giveUpAt: _, ...delivery }: KeptDelivery): Delivery => delivery;

const lookFor = (parts: Parts, shop: string, before: Mark | undefined, attention: boolean) =>
  lookAt(parts.platform, shop, before, { attention, parked: parkedIn(parts, shop) });

interface Looks extends Pick<Webhooks, "look" | "start" | "close"> {
  now(shop: string, withAttention: boolean): Promise<void>;
  /** Does a work while nobody looks. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Within `alone`. */
  forget(shop: string): Promise<void>;
  /** The next number of the shop, taken. */
  number(shop: string): Promise<number>;
}

/** Looks at a shop one after the other, and writes what is found together with where it stood. */
function openLooks(parts: Parts): Looks {
  const { platform, book, courier, failed } = parts;
  const { storage, config } = platform;
  const inTurn = oneAfterTheOther();
  const awaited = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const markOf = async (shop: string): Promise<KeptMark | undefined> =>
    (await storage.records.get<KeptMark>(INSTALLATION, MARK, shop))?.value;
  const put = (shop: string, mark: KeptMark): Change => ({ put: mark, kind: MARK, id: shop });

  const lookOnce = async (shop: string, withAttention: boolean): Promise<void> => {
    if (isClosed || book.of(shop).length === 0) return;
    const before = await markOf(shop);
    const { mark, notices, open } = await lookFor(parts, shop, before, withAttention || !before);
    const next = before?.next ?? 1;
    const made = deliveriesOf(parts, shop, notices, next);
    const now = { ...mark, next: next + notices.length };
    if (JSON.stringify(now) !== JSON.stringify(before)) {
      await parts.deliveries.add(made, [put(shop, now)]);
    }
    for (const job of open) void afterJob(shop, job);
    courier.wake();
  };
  const now = (shop: string, withAttention: boolean): Promise<void> =>
    inTurn(() => lookOnce(shop, withAttention));
  const look = (shop: string): void => {
    if (!isClosed && book.of(shop).length > 0) now(shop, false).catch(failed);
  };
  const afterJob = async (shop: string, job: string): Promise<void> => {
    if (awaited.has(job)) return;
    awaited.add(job);
    // Jobs that are stopped settle by a problem; the next start looks again.
    await storage.jobs.settled(shop, job).catch(() => undefined);
    awaited.delete(job);
    look(shop);
  };
  const everyShop = async (): Promise<void> => {
    for (const shop of book.shops()) await now(shop, true);
  };
  return {
    now,
    look,
    alone: inTurn,
    async forget(shop) {
      await storage.records.write(INSTALLATION, [{ remove: true, kind: MARK, id: shop }]);
    },
    number: (shop) =>
      inTurn(async () => {
        const mark = await markOf(shop);
        const { next } = mark ?? { next: 1 };
        if (mark)
          await storage.records.write(INSTALLATION, [put(shop, { ...mark, next: next + 1 })]);
        return next;
      }),
    start() {
      const look = (): void => void everyShop().catch(failed);
      timer = setInterval(look, config.webhooks.lookEveryMs);
      timer.unref();
      look();
    },
    async close() {
      isClosed = true;
      clearInterval(timer);
      await inTurn(() => Promise.resolve());
      await courier.close();
    },
  };
}

/** Every notice for every address that wants its kind. */
function deliveriesOf(
  { platform, book, deliveries }: Parts,
  shop: string,
  notices: readonly Notice[],
  first: number,
): readonly KeptDelivery[] {
  const { clock, config } = platform;
  const { waitingMost, giveUpHours } = config.webhooks;
  return book.of(shop).flatMap((webhook) => {
    let room = waitingMost - deliveries.waitingOf(webhook.id);
    return notices.flatMap((notice, nth): KeptDelivery[] => {
      if (!webhook.kinds.includes(notice.kind)) return [];
      const made = deliveryOf(webhook, notice, first + nth, clock());
      room--;
      if (room < 0) return [crowdedOut(made, waitingMost)];
      return [{ ...made, giveUpAt: made.createdAt + giveUpHours * HOUR_MS }];
    });
  });
}

function deliveryOf(
  { id: webhook, shop }: KeptWebhook,
  { kind, at, data }: Omit<Notice, "kind"> & Pick<Delivery, "kind">,
  number: number,
  now: number,
): KeptDelivery {
  const id = `${webhook}.${String(number).padStart(NUMBER_DIGITS, "0")}`;
  const body = JSON.stringify({ id, type: kind, shop, at, data });
  const queued = { state: "waiting", attempts: 0, nextAt: now, last: null } as const;
  return { id, webhook, kind, createdAt: now, ...queued, body, giveUpAt: now };
}

/** Too much waits already: it is kept to be looked at and told by hand. */
function crowdedOut(made: KeptDelivery, most: number): KeptDelivery {
  const error = `${most} deliveries wait already (webhooks.waitingMost)`;
  const last = { at: made.createdAt, durationMs: 0, status: null, answer: "", error };
  return { ...made, state: "failed", nextAt: null, last };
}
