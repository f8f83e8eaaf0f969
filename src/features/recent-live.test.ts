import { expect, test } from "vitest";
import type { Event } from "../collect/event.ts";
import { rowOf } from "../collect/stored-event.ts";
import type { EventLog, StoredRow } from "../storage/event-log.ts";
import { openRecent } from "./recent-live.ts";

let made = 0;
const event = (item: string, at: number, more: Partial<Event> = {}): Event => ({
  eventId: `id-${++made}`,
  shop: "shop",
  shopper: "ada",
  at,
  receivedAt: at,
  name: "item_view",
  items: [{ item }],
  context: {},
  ...more,
});

/** A log in memory whose readings wait for `gate`. */
function logOf(events: Event[]): {
  log: EventLog;
  gate: { open: () => void; wait: Promise<void> };
} {
  let open = (): void => {};
  const wait = new Promise<void>((resolve) => {
    open = resolve;
  });
  const gate = { open, wait };
  const recent = async (
    ...[, person, limit, names]: Parameters<EventLog["recent"]>
  ): Promise<StoredRow[]> => {
    const then = events
      .filter(({ shopper, name }) => shopper === person && (names?.includes(name) ?? true))
      .slice(-limit);
    await wait;
    return then.map((one, at) => ({ ...rowOf(one, JSON.stringify(one), person), seq: at + 1 }));
  };
  return { log: { recent } as unknown as EventLog, gate };
}

const open = (log: EventLog, recentEvents = 3) =>
  openRecent({
    log,
    config: { recentEvents, recentShoppers: 2 },
    personOf: (_, { shopper }) => shopper ?? null,
  });
const itemsOf = (events: readonly { items: readonly string[] }[]) => events.flatMap((e) => e.items);

test("an event is in the next answer, and the oldest makes room for it", async () => {
  const { log, gate } = logOf([event("a", 1), event("b", 2), event("c", 3)]);
  gate.open();
  const recent = open(log);
  expect(itemsOf(await recent.of("shop", "ada"))).toEqual(["a", "b", "c"]);
  recent.listener.events?.("shop", [event("d", 4)]);
  expect(itemsOf(await recent.of("shop", "ada"))).toEqual(["b", "c", "d"]);
});

test("an event that arrives while the log is being read is there once", async () => {
  const events = [event("a", 1)];
  const { log, gate } = logOf(events);
  const recent = open(log);
  const answer = recent.of("shop", "ada");
  const late = event("b", 2);
  events.push(late);
  recent.listener.events?.("shop", [late]);
  gate.open();
  expect(itemsOf(await answer)).toEqual(["a", "b"]);
  expect(itemsOf(await recent.of("shop", "ada"))).toEqual(["a", "b"]);
});

test("impressions do not crowd out what was done, and late events find their place", async () => {
  const seen = Array.from({ length: 100 }, (_, n) => event("x", 6 + n, { name: "list_view" }));
  const { log, gate } = logOf([event("a", 5), ...seen]);
  gate.open();
  const recent = open(log);
  await recent.of("shop", "ada");
  recent.listener.events?.("shop", [event("y", 200, { name: "list_view" }), event("z", 4)]);
  expect(itemsOf(await recent.of("shop", "ada"))).toEqual(["z", "a"]);
});

test("who said no to personal lists has no past until they say yes", async () => {
  const no = { consent: { measure: true, personalise: false } };
  const yes = { consent: { measure: true, personalise: true } };
  const { log, gate } = logOf([event("a", 1)]);
  gate.open();
  const recent = open(log);
  await recent.of("shop", "ada");
  const consent = { name: "consent" as const, items: [] };
  recent.listener.events?.("shop", [event("", 2, { ...consent, context: no })]);
  recent.listener.events?.("shop", [event("b", 3, { context: no })]);
  expect(await recent.of("shop", "ada")).toEqual([]);
  recent.listener.events?.("shop", [event("", 4, { ...consent, context: yes })]);
  expect(itemsOf(await recent.of("shop", "ada"))).toEqual(["a"]);
});

test("erased persons are gone from memory, and two shops never mix", async () => {
  const events = [event("a", 1)];
  const { log, gate } = logOf(events);
  gate.open();
  const recent = open(log);
  await recent.of("shop", "ada");
  recent.listener.events?.("other", [event("b", 2)]);
  expect(itemsOf(await recent.of("shop", "ada"))).toEqual(["a"]);
  events.length = 0;
  await recent.listener.erased?.("shop", ["ada"]);
  expect(await recent.of("shop", "ada")).toEqual([]);
});
