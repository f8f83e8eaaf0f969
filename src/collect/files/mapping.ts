import { readFile } from "node:fs/promises";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { fieldErrors, problem } from "../../errors.ts";
import type { Plain } from "../bounded-json.ts";
import { gather } from "../bounded-json.ts";
import {
  eventFromRow,
  itemFromRow,
  jsonOf,
  kindOfRow,
  momentOf,
  type RowOptions,
  type TimeUnit,
} from "./canonical-row.ts";

/**
 * A mapping file says which column of a foreign table is which of our fields. It renames: what
 * comes out is a row with our own column names, which canonical-row.ts reads. The format is
 * described in this room's README.
 */
export interface Mapping {
  readonly event?: FieldMap | undefined;
  readonly item?: FieldMap | undefined;
}

export type FieldMap = Readonly<Record<string, FieldSource>>;

/** A column's name; a column with a treatment; or a constant. */
export type FieldSource =
  | string
  | {
      readonly column: string;
      /** What the column's words mean in ours. A word not listed is passed on as it is. */
      readonly words?: Readonly<Record<string, string>> | undefined;
      readonly time?: TimeUnit | "iso" | undefined;
      /** Splits the text into a list. */
      readonly split?: string | undefined;
      /** Instead of an empty cell. */
      readonly otherwise?: string | number | boolean | undefined;
    }
  | { readonly constant: string | number | boolean };

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const fieldSource: z.ZodType<FieldSource> = z.union([
  z.string().min(1),
  z.strictObject({
    column: z.string().min(1),
    words: z.record(z.string(), z.string()).optional(),
    time: z.enum(["s", "ms", "us", "iso"]).optional(),
    split: z.string().min(1).optional(),
    otherwise: scalar.optional(),
  }),
  z.strictObject({ constant: scalar }),
]);
const fieldMap = z.record(z.string(), fieldSource);

const mappingSchema: z.ZodType<Mapping> = z
  .strictObject({ event: fieldMap.optional(), item: fieldMap.optional() })
  .refine((mapping) => mapping.event !== undefined || mapping.item !== undefined, {
    error: "needs a section event, item or both",
  });

/** @throws problem `missing-data` */
export async function readMappingText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw problem("missing-data", `the mapping file ${path} cannot be read`, { cause: error });
  }
}

/** @throws problem `invalid-file` naming what is wrong */
export function parseMapping(text: string, path: string): Mapping {
  const parsed = mappingSchema.safeParse(yamlOf(text, path));
  if (parsed.success) return parsed.data;
  const errors = fieldErrors(parsed.error.issues);
  const named = errors.map((error) => `${error.pointer || "/"}: ${error.detail}`).join("; ");
  throw problem("invalid-file", `mapping ${path}: ${named}`, { errors });
}

function yamlOf(text: string, path: string): unknown {
  try {
    return parseYaml(text) as unknown;
  } catch (error) {
    throw problem("invalid-file", `mapping ${path} is not YAML`, { cause: error });
  }
}

export interface Mapped {
  readonly kind: "event" | "item";
  readonly input: Plain;
}

/** What a row says under a mapping; without one, by its own column names. Empty: it says nothing. */
export function mapRow(row: Plain, mapping: Mapping | undefined, options: RowOptions): Mapped[] {
  if (mapping === undefined) {
    const kind = kindOfRow(row);
    if (kind === undefined) return [];
    return [
      { kind, input: kind === "event" ? eventFromRow(row, options) : itemFromRow(row, options) },
    ];
  }
  const left = unmapped(row, mapping);
  const mapped: Mapped[] = [];
  if (mapping.item !== undefined) {
    const item = itemFromRow(renamed(row, mapping.item), options);
    mapped.push({ kind: "item", input: withLeft(item, "extra", left) });
  }
  if (mapping.event !== undefined) {
    const event = eventFromRow(renamed(row, mapping.event), options);
    mapped.push({ kind: "event", input: withLeft(event, "properties", left) });
  }
  return mapped;
}

function renamed(row: Plain, fields: FieldMap): Plain {
  return gather(Object.entries(fields).map(([field, source]) => [field, cellFor(row, source)]));
}

/** Columns that no section names: kept under their own names. */
function unmapped(row: Plain, mapping: Mapping): readonly [string, unknown][] {
  const used = columnsOf(mapping);
  return Object.entries(row)
    .filter(([column, cell]) => !used.has(column) && cell !== null && cell !== "")
    .map(([column, cell]) => [column, jsonOf(cell)]);
}

function withLeft(input: Plain, under: string, left: readonly [string, unknown][]): Plain {
  if (left.length === 0) return input;
  const own = input[under];
  return { ...input, [under]: gather([...left, ...Object.entries(own ?? {})]) };
}

function columnsOf({ event, item }: Mapping): ReadonlySet<string> {
  const sources = [...Object.values(event ?? {}), ...Object.values(item ?? {})];
  return new Set(
    sources.flatMap((source) => {
      if (typeof source === "string") return [source];
      return "column" in source ? [source.column] : [];
    }),
  );
}

function cellFor(row: Plain, source: FieldSource): unknown {
  if (typeof source === "string") return row[source];
  if ("constant" in source) return source.constant;
  const cell = row[source.column];
  if (cell === undefined || cell === null || cell === "") return source.otherwise;
  const { words, time, split } = source;
  if (words !== undefined) return Object.hasOwn(words, String(cell)) ? words[String(cell)] : cell;
  if (time !== undefined) return momentOf(cell, time === "iso" ? undefined : time);
  if (split !== undefined)
    return String(cell)
      .split(split)
      .map((part) => part.trim());
  return cell;
}
