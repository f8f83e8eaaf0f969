import { V7Generator } from "uuidv7";
import { type Clock, monotonicMs } from "../clock.ts";
import type { Config } from "../config.ts";
import { problem } from "../errors.ts";
import { shopId } from "../schema.ts";
import type { EventLog, LogRow } from "../storage/event-log.ts";
import type { Records } from "../storage/records.ts";
import type { Collect, CollectListener, EventsTaken, Merged, Rejected } from "./collect.ts";
import { erasePerson } from "./erase.ts";
import type { Consent, Event, EventInput, EventName } from "./event.ts";
import { type Claim, type Identities, openIdentities } from "./identity.ts";
import { keepItems } from "./keep-items.ts";
import { openRetention } from "./retention/open-retention.ts";
import type { Retention } from "./retention/retention.ts";
import { completeEvent, rowOf } from "./stored-event.ts";
import { eventCharsLimit, judgeEvent, type Refusal, refusal, rejected } from "./take-event.ts";

export interface CollectOptions {
  readonly log: EventLog;
  readonly records: Records;
  readonly clock: Clock;
  readonly config: Config["collect"];
  /** Source of the random bits of new event ids. Absent: the system's cryptographic one. */
  readonly random?: { nextUint32(): number };
}

/** Opens the way in. Reads the identities of every shop; O(aliases). */
export async function openCollect(options: CollectOptions): Promise<Collect> {
  const { log, records, clock, config } = options;
  const { aliasesPerShopper } = config;
  const people = await openIdentities({ log, records, clock, aliasesPerShopper });
  const generator = new V7Generator(options.random);
  const listeners: CollectListener[] = [];
  const newId = (): string => generator.generateOrResetCore(clock(), 10_000).toString();
  const retention = await openRetention({ ...options, people, listeners, newId });
  const door: Door = {
    ...options,
    ...{ people, listeners, newId, retention },
    appends: new Map(),
    owed: new Map(),
  };
  const items = keepItems({ records, clock, config, listeners });
  return {
    events: (shop, inputs) => takeEvents(door, shop, inputs),
    shown: (shop, exposures) => takeShown(door, shop, exposures),
    items: items.upsert,
    patchItem: items.patch,
    removeItem: items.remove,
    merge: (shop, anonymous, shopper) => merge(door, shop, anonymous, shopper),
    async erase(shop, shopper) {
      await appendsOf(door, shop);
      return erasePerson(door, shop, shopper);
    },
    retention,
    personOf: (shop, ids) => personOf(people, shop, ids),
    listen: (listener) => void listeners.push(listener),
  };
}

interface Door extends CollectOptions {
  readonly people: Identities;
  readonly listeners: CollectListener[];
  readonly newId: () => string;
  readonly retention: Retention;
  /** Appends on their way, per shop: who moves or erases a past waits for them. */
  readonly appends: Map<string, Set<Promise<unknown>>>;
  /** Claims that storage has not taken yet, per shop. */
  readonly owed: Map<string, readonly Claim[]>;
}

interface Ids {
  readonly shopper?: string | undefined;
  readonly anonymous?: string | undefined;
}

function personOf(people: Identities, shop: string, ids: Ids): string | null {
  const id = ids.shopper ?? ids.anonymous;
  return id === undefined ? null : people.personOf(shop, id);
}

/** What one batch came to, in the turn in which it was given. */
interface BatchTaken {
  readonly events: Event[];
  readonly rows: LogRow[];
  readonly rejected: Rejected[];
  readonly claims: Claim[];
  readonly stated: Set<string>;
  withheld: number;
}

/** Resolves earlier than durable where all is well; what fails afterwards, storage tells the next. */
async function takeShown(door: Door, shop: string, exposures: readonly unknown[]): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    takeEvents(door, shop, exposures, resolve).then(({ rejected: [first] }) => {
      if (first === undefined) resolve();
      else reject(problem(first.code, `not on record: ${first.detail}`));
    }, reject);
  });
}

// The append is asked for in the same turn as the call, so that batches given together share one
// sync; claims and statements are made durable before the batch is answered for.
async function takeEvents(
  door: Door,
  shop: string,
  inputs: readonly unknown[],
  onWritten?: () => void,
): Promise<EventsTaken> {
  const { eventsPerBatch } = door.config;
  if (inputs.length > eventsPerBatch) {
    throw problem("too-large", `${inputs.length} events, at most ${eventsPerBatch} a batch`);
  }
  const begunMs = monotonicMs();
  const batch = judgeBatch(door, shop, inputs);
  const checkedMs = monotonicMs() - begunMs;
  const { fresh, duplicates } = await owing(door, shop, batch.claims, async () => {
    const [appended] = await Promise.all([
      append(door, shop, batch.rows, batch.rejected.length === 0 ? onWritten : undefined),
      door.people.settleShoppers(shop),
    ]);
    if (batch.claims.length > 0) await settle(door, shop, batch.claims);
    return appended;
  });
  if (batch.stated.size > 0) await door.people.settleConsents(shop, [...batch.stated]);
  const events = duplicates === 0 ? batch.events : batch.events.filter((_, at) => fresh[at]);
  if (events.length > 0) {
    for (const listener of door.listeners) listener.events?.(shop, events);
  }
  if (onWritten === undefined) {
    const storedMs = batch.rows.length === 0 ? null : monotonicMs() - begunMs - checkedMs;
    for (const listener of door.listeners) listener.timed?.(shop, { checkedMs, storedMs });
  }
  const { rejected, withheld } = batch;
  return { accepted: events.length, duplicates, withheld, rejected };
}

/** Claims already stand in memory; should storage fail them now, the shop's next batch saves them. */
async function owing<T>(
  door: Door,
  shop: string,
  claims: readonly Claim[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    door.owed.set(shop, [...(door.owed.get(shop) ?? []), ...claims]);
    throw error;
  }
}

async function append(
  door: Door,
  shop: string,
  rows: readonly LogRow[],
  onWritten: (() => void) | undefined,
): Promise<{ readonly fresh: readonly boolean[]; readonly duplicates: number }> {
  if (rows.length === 0) return { fresh: [], duplicates: 0 };
  const going = door.log.append(shop, rows, onWritten);
  const onTheWay = door.appends.get(shop) ?? new Set();
  door.appends.set(shop, onTheWay.add(going));
  try {
    return await going;
  } finally {
    onTheWay.delete(going);
    if (onTheWay.size === 0) door.appends.delete(shop);
  }
}

async function appendsOf(door: Door, shop: string): Promise<void> {
  await Promise.allSettled(door.appends.get(shop) ?? []);
}

async function settle(door: Door, shop: string, claims: readonly Claim[]): Promise<number> {
  await appendsOf(door, shop);
  const moved = await door.people.settle(shop, claims);
  for (const { alias, person, movesPast } of claims) {
    // A claim may have ended since: its shopper came.
    if (!movesPast || door.people.personOf(shop, alias) === alias) continue;
    for (const listener of door.listeners) listener.merged?.(shop, alias, person);
  }
  return moved.reduce((sum, events) => sum + events, 0);
}

async function merge(door: Door, shop: string, from: string, to: string): Promise<Merged> {
  const { people, clock } = door;
  const wrong = [...idFault("/anonymous", from), ...idFault("/shopper", to)];
  if (wrong.length > 0) {
    throw problem("invalid-request", "both ids are needed", { errors: wrong });
  }
  if (!people.hasRoom(shop, from, to)) {
    throw problem("limit-reached", `shopper ${to} has collect.aliasesPerShopper ids already`);
  }
  const claim = people.claim(shop, from, to, {
    at: people.claimTime(shop, from, clock()),
    vouched: true,
  });
  const claims = claim === undefined ? [] : [claim];
  const events =
    claims.length === 0 ? 0 : await owing(door, shop, claims, () => settle(door, shop, claims));
  return { person: people.personOf(shop, to), events };
}

function idFault(pointer: string, id: unknown): { pointer: string; detail: string }[] {
  const parsed = shopId.safeParse(id);
  return parsed.success ? [] : [{ pointer, detail: parsed.error.issues[0]?.message ?? "invalid" }];
}

function judgeBatch(door: Door, shop: string, inputs: readonly unknown[]): BatchTaken {
  const batch: BatchTaken = {
    events: [],
    rows: [],
    rejected: [],
    claims: [...(door.owed.get(shop) ?? [])],
    stated: new Set(),
    withheld: 0,
  };
  door.owed.delete(shop);
  const receivedAt = door.clock();
  for (let index = 0; index < inputs.length; index++) {
    const refused = judgeInto(batch, door, shop, inputs[index], receivedAt);
    if (refused !== undefined) batch.rejected.push(rejected(index, refused));
  }
  return batch;
}

function judgeInto(
  batch: BatchTaken,
  door: Door,
  shop: string,
  sent: unknown,
  receivedAt: ReturnType<Clock>,
): Refusal | undefined {
  const judged = judgeEvent(sent);
  if (judged.refused !== undefined) return judged.refused;
  const { input } = judged;
  const early = tooEarly(input, receivedAt, door.config.clockSkewMs);
  if (early !== undefined) return early;
  const crowded = crowdedOut(door, shop, input);
  if (crowded !== undefined) return crowded;
  const eventId = input.eventId ?? door.newId();
  const complete = (): Event =>
    completeEvent(input, {
      eventId,
      shop,
      receivedAt,
      consent: consentOnRecord(door, shop, input),
      currency: door.config.currency,
    });
  let event = complete();
  let body = JSON.stringify(event);
  if (body.length > eventCharsLimit) return tooLong;
  if (identified(batch, door, shop, event)) {
    // Consent that came with the join holds from this very event on.
    event = complete();
    body = JSON.stringify(event);
  }
  const person = personAfter(batch, door, shop, event);
  if (event.context.consent?.measure === false && !keptRegardless.has(event.name)) {
    batch.withheld += 1;
    return undefined;
  }
  batch.events.push(event);
  batch.rows.push(rowOf(event, body, person));
  return undefined;
}

const tooLong: Refusal = refusal(
  [{ pointer: "", detail: `longer than ${eventCharsLimit} characters` }],
  "too-large",
);

function tooEarly(input: EventInput, receivedAt: number, skewMs: number): Refusal | undefined {
  if (input.at === undefined || input.at <= receivedAt + skewMs) return undefined;
  const seconds = Math.round((input.at - receivedAt) / 1_000);
  const detail = `${seconds} s in the future; at is epoch milliseconds`;
  return refusal([{ pointer: "/at", detail }], "invalid-event");
}

function crowdedOut(door: Door, shop: string, input: EventInput): Refusal | undefined {
  const { shopper, anonymous } = input;
  if (shopper === undefined || anonymous === undefined || shopper === anonymous) return undefined;
  if (door.people.isShopper(shop, anonymous)) return undefined;
  if (door.people.hasRoom(shop, anonymous, shopper)) return undefined;
  const detail = `the shopper has ${door.config.aliasesPerShopper} ids already`;
  return refusal([{ pointer: "/anonymous", detail }], "limit-reached");
}

/**
 * Notes what the event says about who is who; true when it may change which consent holds. An id
 * known as a shopper's is not given away.
 */
function identified(batch: BatchTaken, door: Door, shop: string, event: Event): boolean {
  const { people } = door;
  const { shopper, anonymous } = event;
  if (shopper === undefined) return false;
  const freed = people.meet(shop, shopper);
  if (anonymous === undefined || people.isShopper(shop, anonymous)) return freed;
  const claim = people.claim(shop, anonymous, shopper, { at: event.at, vouched: false });
  if (claim !== undefined) batch.claims.push(claim);
  return freed || claim?.stated === true;
}

/** Whose the event is, after what it says itself about what is allowed. */
function personAfter(batch: BatchTaken, door: Door, shop: string, event: Event): string | null {
  const person = personOf(door.people, shop, event);
  const { consent } = event.context;
  if (event.name === "consent" && consent !== undefined && person !== null) {
    if (door.people.state(shop, person, consent, event.at)) batch.stated.add(person);
  }
  return person;
}

/** The consent to keep on the event: its own, else the person's, else the shop's if it forbids. */
function consentOnRecord(door: Door, shop: string, input: EventInput): Consent | undefined {
  const own = input.context?.consent;
  if (own !== undefined) return own;
  const person = personOf(door.people, shop, input);
  const said = person === null ? undefined : door.people.consentOf(shop, person);
  if (said !== undefined) return { measure: said.measure, personalise: said.personalise };
  const { measure, personalise } = door.retention.rules(shop).consent;
  return measure && personalise ? undefined : { measure, personalise };
}

/** The shop's books, and what is needed to keep a promise: kept whatever may be measured. */
const keptRegardless: ReadonlySet<EventName> = new Set<EventName>([
  "purchase",
  "refund",
  "order_cancel",
  "order_update",
  "consent",
  "identify",
  "merge",
]);
