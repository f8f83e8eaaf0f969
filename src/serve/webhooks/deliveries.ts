import { problem } from "../../errors.ts";
import { type Change, INSTALLATION, type Records } from "../../storage/records.ts";
import type { Attempt, Delivery } from "./webhook.ts";

/**
 * What is told, one record each. What waits is also held in memory, where the courier finds it; of
 * what has ended the newest are kept, to be looked at and told again.
 */
export interface KeptDelivery extends Delivery {
  /** It is tried no more after that. */
  readonly giveUpAt: number;
}

export interface Deliveries {
  waiting(): Iterable<KeptDelivery>;
  waitingOf(webhook: string): number;
  /** Writes new ones together with what they were found by. */
  add(deliveries: readonly KeptDelivery[], together: readonly Change[]): Promise<void>;
  /** Notes a try. Should it not be written down, it is sent once more after the next start. */
  settle(delivery: KeptDelivery): Promise<void>;
  /** Newest first, `after` an id of the page before. */
  list(webhook: string, limit: number, after?: string): Promise<readonly KeptDelivery[]>;
  /** @throws problem `unknown-delivery` */
  get(webhook: string, id: string): Promise<KeptDelivery>;
  /** Those of a webhook that were given up, and when. */
  parkedOf(webhook: string): readonly Parked[];
  /** Drops all of a webhook. */
  remove(webhook: string): Promise<void>;
}

/** A delivery that was given up: it is told only by hand. */
export interface Parked {
  readonly id: string;
  /** @unit epoch ms */
  readonly at: number;
}

const KIND = "webhook-delivery";
const PAGE = 500;

export async function openDeliveries(records: Records, keptMost: number): Promise<Deliveries> {
  const waiting = new Map<string, KeptDelivery>();
  /** Ids of what has ended, of each webhook the oldest first. */
  const ended = new Map<string, string[]>();
  const parked = new Map<string, Parked & { readonly webhook: string }>();
  const take = (delivery: KeptDelivery): void => {
    const { id, webhook, state, kind, last, createdAt } = delivery;
    parked.delete(id);
    if (state === "failed" && kind !== "test") {
      parked.set(id, { id, webhook, at: last?.at ?? createdAt });
    }
    if (state === "waiting") {
      waiting.set(id, delivery);
      return;
    }
    waiting.delete(id);
    const others = (ended.get(webhook) ?? []).filter((one) => one !== id);
    ended.set(webhook, [...others, id]);
  };
  for await (const one of every(records, "")) take(one);

  const write = (changes: readonly Change[]): Promise<unknown> =>
    records.write(INSTALLATION, changes);
  const put = (delivery: KeptDelivery): Change => ({ put: delivery, kind: KIND, id: delivery.id });
  const all = async (webhook: string): Promise<KeptDelivery[]> => {
    const found: KeptDelivery[] = [];
    for await (const one of every(records, `${webhook}.`)) found.push(one);
    return found.reverse();
  };

  return {
    waiting: () => waiting.values(),
    waitingOf: (webhook) => [...waiting.values()].filter((one) => one.webhook === webhook).length,
    async add(deliveries, together) {
      await write([...together, ...deliveries.map(put)]);
      deliveries.forEach(take);
    },
    async settle(delivery) {
      take(delivery);
      const kept = ended.get(delivery.webhook) ?? [];
      const old = kept.slice(0, Math.max(0, kept.length - keptMost));
      await write([put(delivery), ...old.map(removal)]);
      for (const id of old) parked.delete(id);
      ended.set(delivery.webhook, kept.slice(old.length));
    },
    async list(webhook, limit, after) {
      const found = await all(webhook);
      return found.filter(({ id }) => after === undefined || id < after).slice(0, limit);
    },
    async get(webhook, id) {
      const found = await records.get<KeptDelivery>(INSTALLATION, KIND, id);
      if (found?.value.webhook === webhook) return found.value;
      throw problem("unknown-delivery", `there is no delivery "${id}" of ${webhook}`);
    },
    parkedOf: (webhook) =>
      [...parked.values()].flatMap(({ id, at, webhook: of }) =>
        of === webhook ? [{ id, at }] : [],
      ),
    async remove(webhook) {
      const found = await all(webhook);
      await write(found.map(({ id }) => removal(id)));
      for (const { id } of found) {
        waiting.delete(id);
        parked.delete(id);
      }
      ended.delete(webhook);
    },
  };
}

const removal = (id: string): Change => ({ remove: true, kind: KIND, id });

async function* every(records: Records, prefix: string): AsyncGenerator<KeptDelivery> {
  let after: string | undefined;
  do {
    const page = await records.list<KeptDelivery>(INSTALLATION, KIND, {
      ...{ after, limit: PAGE },
      ...(prefix === "" ? {} : { prefix }),
    });
    for (const { value } of page.rows) yield value;
    after = page.next;
  } while (after !== undefined);
}

/** The delivery after a try. */
export function afterTry(
  delivery: KeptDelivery,
  last: Attempt,
  nextAt: number | null,
): KeptDelivery {
  const state = last.error === null ? "delivered" : nextAt === null ? "failed" : "waiting";
  return { ...delivery, attempts: delivery.attempts + 1, last, nextAt, state };
}
