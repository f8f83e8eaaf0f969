import { describe, expect, test } from "vitest";
import { openBatches } from "./batches.ts";
import type { EventBatch, EventInput, EventsTaken, Rejected } from "./made/schemas.ts";
import type { EventsCalls } from "./made/subjects.ts";

const taken = (accepted: number, rejected: readonly Rejected[] = []): EventsTaken => ({
  accepted,
  duplicates: 0,
  withheld: 0,
  rejected,
});

/** Remembers what is sent; each answer waits until it is let go. */
function slowServer(): {
  readonly events: EventsCalls;
  readonly sent: (readonly EventInput[])[];
  readonly answer: ((taken: EventsTaken | Error) => void)[];
} {
  const sent: (readonly EventInput[])[] = [];
  const answer: ((taken: EventsTaken | Error) => void)[] = [];
  const sendEvents = (body: EventBatch | EventInput): Promise<EventsTaken> => {
    sent.push((body as EventBatch).events);
    return new Promise((resolve, reject) => {
      answer.push((given) => (given instanceof Error ? reject(given) : resolve(given)));
    });
  };
  return { events: { sendEvents } as EventsCalls, sent, answer };
}

const view = (item: string): EventInput => ({ name: "item_view", items: [{ item }] });

describe("events by the batch", () => {
  test("go out when the batch is full, with the id and moment they were given", async () => {
    const { events, sent, answer } = slowServer();
    const batches = openBatches(events, { batchMost: 2, now: () => 1_750_000_000_000 });
    await batches.add(view("a"));
    expect(sent).toHaveLength(0);
    await batches.add({ ...view("b"), at: 7 });
    expect(sent[0]).toMatchObject([
      { at: 1_750_000_000_000, eventId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      { at: 7, items: [{ item: "b" }] },
    ]);
    answer[0]?.(taken(2));
    await batches.close();
    await expect(batches.add(view("c"))).rejects.toThrow("closed");
  });

  test("go out after the wait when nothing follows", async () => {
    const sizes: number[] = [];
    const sendEvents = async (body: EventBatch | EventInput): Promise<EventsTaken> => {
      sizes.push((body as EventBatch).events.length);
      return taken(1);
    };
    const sent = new Promise<EventsTaken>((onTaken) => {
      const batches = openBatches({ sendEvents } as EventsCalls, { waitMs: 1, onTaken });
      void batches.add(view("a"));
    });
    expect(await sent).toEqual(taken(1));
    expect(sizes).toEqual([1]);
  });

  test("wait while too many requests are under way", async () => {
    const { events, sent, answer } = slowServer();
    const batches = openBatches(events, { batchMost: 1, requestsMost: 2 });
    await batches.add(view("a"));
    let isThrough = false;
    const second = batches.add(view("b")).then(() => {
      isThrough = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect([sent.length, isThrough]).toEqual([2, false]);
    answer[0]?.(taken(1));
    await second;
    answer[1]?.(taken(1));
    await batches.close();
  });

  test("of large events stay below the server's limit of a request", async () => {
    const { events, sent, answer } = slowServer();
    const batches = openBatches(events, { requestsMost: 100 });
    const properties = { note: "x".repeat(60_000) };
    for (let n = 0; n < 9; n++) await batches.add({ ...view("a"), properties });
    const closed = batches.close();
    for (const each of answer) each(taken(1));
    await closed;
    expect(sent.map((batch) => batch.length)).toEqual([4, 4, 1]);
  });

  test("that are refused are told of, each with its reason", async () => {
    const { events, answer } = slowServer();
    const told: unknown[] = [];
    const onRejected = (event: EventInput, why: Rejected): unknown =>
      told.push([event.at, why.code]);
    const batches = openBatches(events, { onRejected });
    await batches.add({ ...view("a"), at: 1 });
    await batches.add({ ...view("b"), at: 2 });
    const flushed = batches.flush();
    answer[0]?.(
      taken(1, [{ index: 1, code: "invalid-event", detail: "", errors: [], remedy: "" }]),
    );
    await flushed;
    expect(told).toEqual([[2, "invalid-event"]]);
  });

  test("whose request failed say so to the next who asks", async () => {
    const { events, answer } = slowServer();
    const batches = openBatches(events, { batchMost: 1, requestsMost: 5 });
    await batches.add(view("a"));
    answer[0]?.(new Error("no disk"));
    await expect(batches.flush()).rejects.toThrow("no disk");
    await batches.flush();
  });
});
