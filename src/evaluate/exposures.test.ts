import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isSurelyValid } from "../collect/sure-event.ts";
import { noon, type OpenShop, openShop } from "../features/conformance/open-shop.ts";
import { exposureEvents, readExposures, readShows, type ShownList } from "./exposures.ts";

const hour = 3_600_000;
const shown: ShownList = {
  request: "0198c2f0-0000-7000-8000-000000000001",
  shopper: "ann",
  session: "s",
  locale: "en",
  at: noon - 2 * hour,
  surface: "home",
  model: "recommend-3",
  rules: 7,
  seed: 11,
  items: [
    { item: "a", position: 0, propensity: 1, source: "ease", priceMinor: 500 },
    { item: "b", position: 1, propensity: 0.02, source: "exploration" },
    { item: "c", position: 2, propensity: 0.98 },
  ],
};
const later: ShownList = {
  ...shown,
  request: "0198c2f0-0000-7000-8000-000000000002",
  at: noon - hour,
  model: null,
  items: [{ item: "a", position: 0, propensity: 0.5 }],
};

let open: OpenShop;
beforeAll(async () => {
  open = await openShop();
  const answers = (
    request: string,
    name: "list_click" | "item_view",
    item: string,
    at: number,
  ) => ({
    shopper: "ann",
    name,
    at,
    items: [{ item }],
    context: { request },
  });
  await open.happen(
    ...exposureEvents(later),
    ...exposureEvents(shown),
    answers(shown.request, "list_click", "b", shown.at + 1_000),
    answers(shown.request, "list_click", "b", shown.at + 2_000),
    answers(shown.request, "item_view", "c", shown.at + hour),
    answers(later.request, "list_click", "z", later.at + 1_000),
    answers("another", "list_click", "a", later.at + 1_000),
  );
});
afterAll(() => open.close());

describe("exposures", () => {
  test("come back from the log as they were shown, oldest first", async () => {
    const [first, second, ...rest] = await readExposures(open.past, noon - 3 * hour, noon);
    expect(rest).toEqual([]);
    expect(first).toEqual({
      request: shown.request,
      at: shown.at,
      surface: "home",
      model: "recommend-3",
      rules: 7,
      items: [
        { item: "a", position: 0, propensity: 1, source: "ease" },
        { item: "b", position: 1, propensity: 0.02, source: "exploration" },
        { item: "c", position: 2, propensity: 0.98, source: null },
      ],
    });
    expect(second).toMatchObject({ request: later.request, model: null });
    expect(await readExposures(open.past, noon - 3 * hour, later.at)).toHaveLength(1);
    expect(await readExposures(open.past, later.at, later.at + 1)).toHaveLength(1);
  });

  test("putting the same list on record twice changes nothing", async () => {
    const again = await open.collect.events("corner", exposureEvents(shown));
    expect(again).toMatchObject({ accepted: 0, duplicates: 1, rejected: [] });
  });

  test("are so plain that they need not go through the schema", () => {
    expect([...exposureEvents(shown), ...exposureEvents(later)].every(isSurelyValid)).toBe(true);
  });

  test("a list longer than an event may be is several events of one request", () => {
    const items = Array.from({ length: 450 }, (_, position) => ({
      item: `i${position}`,
      position,
      propensity: 1,
    }));
    const events = exposureEvents({ ...shown, items });
    expect(events.map((event) => event.items?.length)).toEqual([200, 200, 50]);
    expect(new Set(events.map((event) => event.eventId)).size).toBe(3);
    expect(events.every((event) => event.context?.request === shown.request)).toBe(true);
    expect(exposureEvents({ ...shown, items: [] })).toEqual([]);
  });

  test("shows know whether a click followed in time", async () => {
    const found = await readShows(open.past, noon - 3 * hour, noon, hour);
    const rows = found.items.map((item, at) => [
      found.requests[at] === shown.request ? "first" : "later",
      item,
      found.positions[at],
      found.propensities[at],
      found.clicks[at],
    ]);
    // The view of c came a whole hour later: not within the window.
    expect(rows).toEqual([
      ["later", "a", 0, 0.5, 0],
      ["first", "a", 0, 1, 0],
      ["first", "b", 1, 0.02, 1],
      ["first", "c", 2, 0.98, 0],
    ]);
    const wider = await readShows(open.past, noon - 3 * hour, noon, hour + 1);
    expect([...wider.clicks]).toEqual([0, 0, 1, 1]);
  });
});
