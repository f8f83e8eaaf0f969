import type { Readable } from "node:stream";
import { z } from "zod";
import type { Collect, Rejected } from "../../collect/collect.ts";
import type { Config } from "../../config.ts";
import { type FieldError, type ProblemCode, problemKind } from "../../errors.ts";
import { problemCodes } from "./problem.ts";

/**
 * Newline-delimited JSON, in both directions, in memory bounded by one batch: the next bytes are
 * read from the socket only when the batch before is durable, so a sender that is faster than the
 * disk is slowed down by TCP itself. A broken line is told of and the lines around it are taken.
 */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** Undefined when the line was longer than allowed; it was then skipped. */
  readonly text: string | undefined;
}

const NEWLINE = 0x0a;

/** Lines of a stream of bytes; blank ones are counted and left out. @unit lineBytesMost bytes */
export async function* linesOf(source: Readable, lineBytesMost: number): AsyncGenerator<Line> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let number = 0;
  const finish = (last: Buffer): Line => {
    number++;
    const bytes = heldBytes + last.length;
    const text = bytes > lineBytesMost ? undefined : Buffer.concat([...held, last]).toString();
    held = [];
    heldBytes = 0;
    return { number, text: text?.trim() };
  };
  for await (const chunk of source as AsyncIterable<Buffer>) {
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      const line = finish(chunk.subarray(from, to));
      from = to + 1;
      if (line.text !== "") yield line;
    }
    heldBytes += chunk.length - from;
    if (heldBytes <= lineBytesMost) held.push(chunk.subarray(from));
    else held = [];
  }
  if (heldBytes > 0) yield finish(Buffer.alloc(0));
}

export interface RejectedLine {
  readonly line: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors: readonly FieldError[];
  readonly remedy: string;
}

export interface LinesTaken {
  readonly lines: number;
  readonly events: number;
  readonly items: number;
  readonly duplicates: number;
  readonly rejected: number;
  /** The first of the rejected lines, at most 1 000. */
  readonly rejections: readonly RejectedLine[];
}

export const linesTakenSchema: z.ZodType<LinesTaken> = z
  .object({
    lines: z.int(),
    events: z.int().describe("New events written"),
    items: z.int().describe("Items added or changed"),
    duplicates: z.int().describe("Lines that changed nothing"),
    rejected: z.int(),
    rejections: z
      .array(
        z.object({
          line: z.int().min(1),
          code: z.enum(problemCodes),
          detail: z.string(),
          errors: z.array(z.object({ pointer: z.string(), detail: z.string() })),
          remedy: z.string(),
        }),
      )
      .describe("The first 1 000"),
  })
  .meta({ id: "LinesTaken" });

const REJECTIONS_LISTED = 1_000;

export interface LineSource {
  readonly source: Readable;
  readonly limits: LineLimits;
  /** Whether lines with an `item` are items; else every line is an event. */
  readonly items: boolean;
}

export interface LineLimits {
  readonly lineBytes: number;
  readonly batch: number;
}

export const lineLimits = ({ server, collect }: Config): LineLimits => ({
  lineBytes: server.bodyLimitBytes,
  batch: Math.min(collect.eventsPerBatch, collect.itemsPerBatch),
});

/** Takes events, and items where `items` allows them, line by line in batches. */
export async function takeLines(
  collect: Collect,
  shop: string,
  { source, limits, items }: LineSource,
): Promise<LinesTaken> {
  const tally = newTally();
  let batch: Parsed[] = [];
  for await (const line of linesOf(source, limits.lineBytes)) {
    const parsed = parseLine(tally, line, items);
    if (!parsed) continue;
    if (batch.length >= limits.batch || (batch[0] && batch[0].kind !== parsed.kind)) {
      await takeBatch(collect, shop, batch, tally);
      batch = [];
    }
    batch.push(parsed);
  }
  await takeBatch(collect, shop, batch, tally);
  tally.rejections.sort((left, right) => left.line - right.line);
  return tally;
}

type Tally = { -readonly [Key in keyof LinesTaken]: LinesTaken[Key] } & {
  rejections: RejectedLine[];
};

const newTally = (): Tally => ({
  lines: 0,
  events: 0,
  items: 0,
  duplicates: 0,
  rejected: 0,
  rejections: [],
});

interface Parsed {
  readonly line: number;
  readonly kind: "event" | "item";
  readonly input: object;
}

function parseLine(tally: Tally, line: Line, itemsToo: boolean): Parsed | undefined {
  tally.lines++;
  if (line.text === undefined) {
    reject(tally, line.number, fault("too-large", "the line is longer than is taken"));
    return undefined;
  }
  const value = parseJson(line.text);
  if (value === undefined) {
    reject(tally, line.number, fault("invalid-request", "the line is not a JSON object"));
    return undefined;
  }
  const kind = itemsToo && "item" in value ? "item" : "event";
  return { line: line.number, kind, input: withoutOurs(value, kind) };
}

function parseJson(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What an export adds by itself is left out again, so that what was exported imports as it was. */
function withoutOurs(value: object, kind: Parsed["kind"]): object {
  if (kind === "item") {
    const { updatedAt: _, ...item } = value as { updatedAt?: unknown };
    return item;
  }
  const { shop: _, receivedAt: __, ...event } = value as { shop?: unknown; receivedAt?: unknown };
  return event;
}

async function takeBatch(
  collect: Collect,
  shop: string,
  batch: readonly Parsed[],
  tally: Tally,
): Promise<void> {
  const [first] = batch;
  if (!first) return;
  const inputs = batch.map((parsed) => parsed.input);
  if (first.kind === "event") {
    const taken = await collect.events(shop, inputs);
    tally.events += taken.accepted;
    tally.duplicates += taken.duplicates;
    rejectAll(tally, batch, taken.rejected);
  } else {
    const taken = await collect.items(shop, inputs);
    tally.items += taken.upserted;
    tally.duplicates += taken.unchanged;
    rejectAll(tally, batch, taken.rejected);
  }
}

function rejectAll(tally: Tally, batch: readonly Parsed[], rejected: readonly Rejected[]): void {
  for (const { index, ...why } of rejected) reject(tally, batch[index]?.line ?? 0, why);
}

type Fault = Omit<RejectedLine, "line">;

const fault = (code: ProblemCode, detail: string): Fault => ({
  code,
  detail,
  errors: [],
  remedy: problemKind(code).remedy,
});

function reject(tally: Tally, line: number, why: Fault): void {
  tally.rejected++;
  if (tally.rejections.length < REJECTIONS_LISTED) tally.rejections.push({ line, ...why });
}

/** Rows as lines of JSON text, for an answer that is streamed. */
export async function* asLines(batches: AsyncIterable<readonly string[]>): AsyncGenerator<string> {
  for await (const batch of batches) {
    if (batch.length > 0) yield `${batch.join("\n")}\n`;
  }
}
