import { describe, expect, test } from "vitest";
import { z } from "zod";
import { isProblem } from "../errors.ts";
import type { Past } from "../features/past.ts";
import { modelFromBytes, modelToBytes } from "../model/model-bytes.ts";
import type { Scenario } from "../scenario.ts";
import { createRandom, type Random } from "../tensor/random.ts";

/**
 * What every scenario must keep, whatever it answers. A scenario's folder calls this with its
 * manifest and a way to open small worlds; the suite does the rest, and a test beside this file
 * sees to it that no folder forgets to.
 */
export interface ScenarioCase<Params, Frame, Model, Request, Decision, Needs> {
  readonly scenario: Scenario<Params, Frame, Model, Request, Decision, Needs>;
  readonly params: Params;
  open(world: WorldOptions): Promise<World<Model, Request, Needs>>;
  /** A request that an ordinary world answers, and one about somebody and something unknown. */
  readonly request: Request;
  readonly unknown: Request;
  /** What a frame says, whatever numbers it gave to persons and items. */
  canonical(frame: Frame): unknown;
  /** What a decision decided, without ids, moments and amounts of money. */
  essence(decision: Decision): unknown;
  /** Is the shopper's id anywhere in this? */
  readonly shopper: string;
  /** The number on a slice of the simulated shop, and the baseline's on the same. */
  againstBaseline(): Promise<{ readonly scenario: number; readonly baseline: number }>;
}

export interface WorldOptions {
  readonly events: "ordinary" | "shuffled" | "none" | "one" | "alike" | "without shopper";
  /** Amounts of money are this many times the ordinary ones. */
  readonly moneyTimes: number;
}

export interface World<Model, Request, Needs> {
  readonly past: Past;
  readonly now: number;
  /** Something happens at this moment, to the items and shoppers that are there. */
  happenAt(at: number): Promise<void>;
  erase(shopper: string): Promise<void>;
  needs(model: Model | null, request: Request): Promise<Needs>;
  close(): Promise<void>;
}

const SEED = 7;
const REQUESTS = 60;
const ordinary: WorldOptions = { events: "ordinary", moneyTimes: 1 };

export function scenarioConformance<Params, Frame, Model, Request, Decision, Needs>(
  given: ScenarioCase<Params, Frame, Model, Request, Decision, Needs>,
): void {
  const { scenario, params, request } = given;
  const within = async <T>(
    options: WorldOptions,
    work: (world: World<Model, Request, Needs>) => Promise<T>,
  ): Promise<T> => {
    const world = await given.open(options);
    try {
      return await work(world);
    } finally {
      await world.close();
    }
  };
  const decideIn = async (
    world: World<Model, Request, Needs>,
    model: Model | null,
    asked: Request,
  ): Promise<Decision> => scenario.decide(model as Model, asked, await world.needs(model, asked));
  const learned = async (world: World<Model, Request, Needs>): Promise<Model> =>
    scenario.fit(await scenario.gather(world.past, world.now), params, SEED);

  describe(`${scenario.name} keeps what every scenario keeps`, () => {
    test("same seed, same bytes; what it is given is not changed", () =>
      within(ordinary, async (world) => {
        const frame = await scenario.gather(world.past, world.now);
        const before = modelToBytes(frame);
        const model = await scenario.fit(frame, params, SEED);
        const bytes = modelToBytes(model);
        expect(modelToBytes(await scenario.fit(frame, params, SEED))).toEqual(bytes);
        expect(modelToBytes(frame)).toEqual(before);
        const asked = structuredClone(request);
        await decideIn(world, model, asked);
        expect(asked).toEqual(request);
        expect(modelToBytes(model)).toEqual(bytes);
      }));

    test("nothing at or after the moment is gathered", () =>
      within(ordinary, async (world) => {
        const before = await scenario.gather(world.past, world.now);
        await world.happenAt(world.now);
        await world.happenAt(world.now + 60_000);
        expect(await scenario.gather(world.past, world.now)).toEqual(before);
        const later = await scenario.gather(world.past, world.now + 120_000);
        expect(given.canonical(later)).not.toEqual(given.canonical(before));
      }));

    test("the order in which one instant arrives does not matter", async () => {
      const frames = [];
      for (const events of ["ordinary", "shuffled"] as const) {
        frames.push(
          await within({ ...ordinary, events }, async (world) =>
            given.canonical(await scenario.gather(world.past, world.now)),
          ),
        );
      }
      expect(frames[1]).toEqual(frames[0]);
    });

    test.each(["none", "one", "alike"] as const)(
      "a log with events: %s gives a decision or a problem, and only numbers",
      (events) =>
        within({ ...ordinary, events }, async (world) => {
          const outcome = await outcomeOf(async () =>
            decideIn(world, await learned(world), request),
          );
          expect(outcome).toMatch(/^(decision|problem)/);
          expect(outcome).not.toMatch(/NaN|Infinity/);
        }),
    );

    test("saved and loaded, it decides the same; who and what is unknown is said", () =>
      within(ordinary, async (world) => {
        const model = await learned(world);
        const loaded = modelFromBytes(modelToBytes(model)) as Model;
        const first = await decideIn(world, model, request);
        const second = await decideIn(world, loaded, request);
        expect(given.essence(second)).toEqual(given.essence(first));
        const fallback = (await decideIn(world, model, given.unknown)) as { notices?: unknown[] };
        expect(fallback.notices?.length).toBeGreaterThan(0);
        expect(() => scenario.schema.decision.parse(fallback)).not.toThrow();
        expect(first).toMatchObject({
          seed: expect.any(Number),
          asOf: expect.any(Number),
          model: expect.anything(),
        });
        expect(JSON.stringify(first)).toMatch(/"reasons":\[\{/);
      }));

    test("valid requests are answered or refused by field; invalid ones refused by field", () =>
      within(ordinary, async (world) => {
        const model = await learned(world);
        const schema = z.toJSONSchema(scenario.schema.request, { io: "input" }) as JsonSchema;
        const random = createRandom(SEED).split("requests");
        for (let at = 0; at < REQUESTS; at++) {
          const drawn = drawValue(schema, schema, random, 0);
          const parsed = scenario.schema.request.safeParse(drawn);
          expect(parsed.error?.issues ?? []).toEqual([]);
          const outcome = await outcomeOf(() => decideIn(world, model, parsed.data as Request));
          expect(outcome).toMatch(/^(decision|problem \S+ \/)/);
        }
        for (const [field, wrong] of wrongFields(schema)) {
          const refused = scenario.schema.request.safeParse({ ...request, [field]: wrong });
          expect(refused.error?.issues[0]?.path[0] ?? field).toBe(field);
          expect(refused.success).toBe(false);
        }
      }));

    test("a shopper who is erased is as one who never was", async () => {
      const without = await within({ ...ordinary, events: "without shopper" }, async (world) =>
        given.canonical(await scenario.gather(world.past, world.now)),
      );
      await within(ordinary, async (world) => {
        const before = given.canonical(await scenario.gather(world.past, world.now));
        expect(before).not.toEqual(without);
        await world.erase(given.shopper);
        const frame = await scenario.gather(world.past, world.now);
        expect(given.canonical(frame)).toEqual(without);
        const model = await scenario.fit(frame, params, SEED);
        const text = new TextDecoder("latin1").decode(modelToBytes(model));
        expect(text.includes(given.shopper)).toBe(false);
      });
    });

    test("the minor unit of money does not matter", async () => {
      const essences = [];
      for (const moneyTimes of [1, 100]) {
        essences.push(
          await within({ ...ordinary, moneyTimes }, async (world) =>
            given.essence(await decideIn(world, await learned(world), request)),
          ),
        );
      }
      expect(essences[1]).toEqual(essences[0]);
    });

    test("beats its baseline on the simulated shop", { timeout: 60_000 }, async () => {
      const reached = await given.againstBaseline();
      expect(reached.scenario).toBeGreaterThan(reached.baseline);
    });
  });
}

/** "decision …" or "problem code pointers"; a bug goes through. */
async function outcomeOf(decide: () => Promise<unknown>): Promise<string> {
  try {
    return `decision ${JSON.stringify(await decide(), (_, value) => spelled(value))}`;
  } catch (error) {
    if (!isProblem(error)) throw error;
    return `problem ${error.code} ${error.errors.map(({ pointer }) => pointer).join(" ")}`;
  }
}

/** JSON writes null for what is no number: here it is written out. */
const spelled = (value: unknown): unknown =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : value;

// ---- requests drawn from a schema

interface JsonSchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minimum?: number;
  readonly maximum?: number;
}

const DEPTH_MOST = 4;
const TEXTS = ["a", "kitchen-1", "水壶", "x".repeat(60), "priceMinor", "p1", "0", "constructor"];

function drawValue(schema: JsonSchema, root: JsonSchema, random: Random, depth: number): unknown {
  const name = schema.$ref?.split("/").at(-1);
  if (name !== undefined) return drawValue(root.$defs?.[name] ?? {}, root, random, depth);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return random.pick(schema.enum);
  const ways = schema.anyOf ?? schema.oneOf;
  if (ways !== undefined) {
    // The last way of a recursive schema is its leaf.
    const way = depth >= DEPTH_MOST ? ways.at(-1) : random.pick(ways);
    return drawValue(way ?? {}, root, random, depth + 1);
  }
  return drawPlain(schema, root, random, depth);
}

function drawPlain(schema: JsonSchema, root: JsonSchema, random: Random, depth: number): unknown {
  switch (schema.type) {
    case "object":
      return drawObject(schema, root, random, depth);
    case "array": {
      const items = schema.items ?? { type: "string" };
      const length = random.int(3);
      return Array.from({ length }, () => drawValue(items, root, random, depth + 1));
    }
    case "integer":
    case "number": {
      const low = Math.max(schema.minimum ?? 0, -1_000);
      const high = Math.min(schema.maximum ?? 1_000, low + 1_000);
      const drawn = low + random.uniform() * (high - low);
      return schema.type === "integer" ? Math.round(drawn) : drawn;
    }
    case "boolean":
      return random.bernoulli(0.5);
    default:
      return random.pick(TEXTS);
  }
}

function drawObject(
  { properties = {}, required = [] }: JsonSchema,
  root: JsonSchema,
  random: Random,
  depth: number,
): Record<string, unknown> {
  const chosen = Object.entries(properties).filter(
    ([name]) => required.includes(name) || random.bernoulli(0.4),
  );
  return Object.fromEntries(
    chosen.map(([name, part]) => [name, drawValue(part, root, random, depth + 1)]),
  );
}

/** Every field with a value of a type that no field has, and one field that does not exist. */
function wrongFields({ properties = {} }: JsonSchema): readonly [string, unknown][] {
  const wrong = { not: { what: [Number.NEGATIVE_INFINITY] } };
  return [...Object.keys(properties), "noSuchField"].map((field) => [field, wrong]);
}
