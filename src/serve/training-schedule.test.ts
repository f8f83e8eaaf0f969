import { describe, expect, test } from "vitest";
import { parseConfig } from "../config.ts";
import type { ModelVersion } from "../model/registry.ts";
import type { Platform } from "../platform.ts";
import type { Job } from "../storage/jobs.ts";
import { dueTraining, nextTrainings, openTrainingSchedule } from "./training-schedule.ts";

const HOUR = 3_600_000;
const NOW = 1_000 * HOUR;
const settings = { everyHours: 6, fullEveryHours: 48 };

/** A version of so many hours ago, that went on from one learned anew so many hours ago. */
const version = (hoursAgo: number, anewHoursAgo?: number): ModelVersion => {
  const made = { version: "recommend-000001", createdAt: NOW - hoursAgo * HOUR };
  const onward = anewHoursAgo === undefined ? undefined : { anewAt: NOW - anewHoursAgo * HOUR };
  return { ...made, onward } as ModelVersion;
};
const job = (hoursAgo: number, from: string, more: Partial<Job> = {}): Job =>
  ({
    createdAt: NOW - hoursAgo * HOUR,
    payload: { from },
    state: "done",
    error: null,
    ...more,
  }) as Job;
const due = (
  inService: ModelVersion | undefined,
  jobs: readonly Job[] = [],
  config = settings,
): string | undefined =>
  dueTraining(
    { inService, canary: undefined, versions: inService ? [inService] : [], jobs },
    config,
    NOW,
  );

describe("a training is due", () => {
  test("that goes on, once the newest version is as old as the setting says", () => {
    expect(due(version(5.9))).toBeUndefined();
    expect(due(version(6))).toBe("service");
    expect(due(version(6, 47))).toBe("service");
  });

  test("that learns everything anew, counted from the last that did", () => {
    expect(due(version(48))).toBe("nothing");
    expect(due(version(1, 48))).toBe("nothing");
    expect(due(version(1, 47.9))).toBeUndefined();
  });

  test("in no shop without a version, and none while one is under way", () => {
    expect(due(undefined)).toBeUndefined();
    expect(due(version(100), [job(1, "service", { state: "running" })])).toBeUndefined();
    expect(due(version(100), [job(0, "nothing", { state: "queued" })])).toBeUndefined();
  });

  test("not while another version is on trial", () => {
    const [inService, jobs] = [version(100), []];
    const seen = { inService, versions: [inService], jobs };
    expect(dueTraining({ ...seen, canary: { share: 0.1 } }, settings, NOW)).toBeUndefined();
    expect(dueTraining({ ...seen, canary: undefined }, settings, NOW)).toBe("nothing");
  });

  test("not again right after one was refused", () => {
    const refused = { state: "failed", error: { code: "too-little-data", detail: "" } } as const;
    expect(due(version(20), [job(2, "service", refused)])).toBeUndefined();
    expect(due(version(20), [job(6, "service", refused)])).toBe("service");
    expect(due(version(50), [job(6, "service"), job(7, "nothing", refused)])).toBe("service");
  });

  test("in full where the last one could not go on", () => {
    const erased = { state: "failed", error: { code: "needs-full-training", detail: "" } } as const;
    expect(due(version(20), [job(6, "service", erased)])).toBe("nothing");
  });

  test("never where it is turned off", () => {
    const off = { everyHours: 0, fullEveryHours: 0 };
    expect(due(version(900), [], off)).toBeUndefined();
    expect(due(version(900), [], { ...off, fullEveryHours: 100 })).toBe("nothing");
    expect(due(version(99), [], { ...off, fullEveryHours: 100 })).toBeUndefined();
  });
});

test("when the next is due is told, also while it must wait", () => {
  const inService = version(2, 40);
  const seen = { inService, canary: {}, versions: [inService], jobs: [job(1, "service")] };
  const next = { onwardAt: NOW + 5 * HOUR, fullAt: NOW + 8 * HOUR };
  expect(nextTrainings(seen, settings)).toEqual(next);
  const never = { onwardAt: null, fullAt: null };
  expect(nextTrainings(seen, { everyHours: 0, fullEveryHours: 0 })).toEqual(never);
  expect(nextTrainings({ ...seen, inService: undefined }, settings)).toEqual(never);
});

test("a look asks for what is due in each shop, anew by what was asked for before", async () => {
  const asked: [shop: string, payload: unknown][] = [];
  const versions: Readonly<Record<string, ModelVersion>> = {
    fresh: version(1),
    due: version(7),
    own: version(7),
    // The version says the size that the log chose, its model what it was asked for.
    old: { ...version(60), shop: "old", params: { neighbours: 30, behaviour: { blocks: 2 } } },
  };
  const platform = {
    config: parseConfig({ train: settings }),
    clock: () => NOW,
    shops: { list: async () => [...Object.keys(versions), "broken"].map((id) => ({ id })) },
    models: {
      serving: async (shop: string) => ({ inService: versions[shop], canary: undefined }),
      list: async (shop: string) => [versions[shop]],
      load: async (shop: string) => (shop === "old" ? { params: { neighbours: 30 } } : undefined),
    },
    storage: {
      records: {
        get: async (shop: string) =>
          shop === "own" ? { value: { everyHours: 0, fullEveryHours: null } } : undefined,
      },
      jobs: {
        list: async (shop: string) => {
          if (shop === "broken") throw new Error("unreadable");
          return [];
        },
        enqueue: async (shop: string, _: string, payload: unknown) => asked.push([shop, payload]),
      },
    },
  } as unknown as Platform;
  const warnings: unknown[] = [];
  const schedule = openTrainingSchedule(platform, (error) => warnings.push(error));
  await schedule.look();
  schedule.stop();
  expect(asked).toMatchObject([
    ["due", { from: "service", params: null }],
    ["old", { from: "nothing", params: { neighbours: 30, alsFactors: 64 } }],
  ]);
  expect(asked[1]?.[1]).toMatchObject({ params: { behaviour: { width: 64 } } });
  expect(asked[1]?.[1]).not.toMatchObject({ params: { behaviour: { blocks: 2 } } });
  expect(warnings).toHaveLength(1);
});
