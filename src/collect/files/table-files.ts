import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { TableFormat, TableRow, Tables } from "../../storage/tables.ts";
import type { Plain } from "../bounded-json.ts";
import { eventIdFrom, timedEventId } from "../event-id.ts";
import type { Adapter, Candidate, Part, PartBatch } from "../importing.ts";
import { jsonOf, type RowOptions } from "./canonical-row.ts";
import { type Mapping, mapRow } from "./mapping.ts";
import { type MerchantRow, merchantColumn, merchantItem } from "./merchant-item.ts";
import { readMerchantXml } from "./merchant-xml.ts";

/**
 * Any file as an adapter: plain tables with or without a mapping, and Google Merchant feeds. An
 * event's id is made of its moment, its line and what the line says, not of the file's name: a
 * file that was moved, or has grown at its end, imports again without a second copy of anything.
 */
export interface TableFile extends RowOptions {
  readonly format: TableFormat;
  readonly mapping: Mapping | undefined;
}

export function tableFile({ format, mapping, currency }: TableFile): Adapter {
  return {
    name: format,
    about: `A ${format.toUpperCase()} file with a mapping, or with our own column names`,
    async parts(tables, from, batchRows) {
      const total = await tables.count(from, format);
      const read = async function* (afterLine: number): AsyncGenerator<PartBatch> {
        const options = { format, afterLine, batch: batchRows };
        for await (const { rows, bad } of tables.read(from, options)) {
          const mapped = mapRows(rows, mapping, { currency });
          yield { ...mapped, bad: [...bad, ...mapped.bad], ...extent(rows, bad, afterLine) };
        }
      };
      return [{ name: "rows", total, read }];
    },
  };
}

type Lines = readonly { readonly line: number }[];

function extent(
  rows: Lines,
  bad: Lines,
  before: number,
): Pick<PartBatch, "rows" | "skipped" | "line"> {
  const last = Math.max(before, rows.at(-1)?.line ?? 0, bad.at(-1)?.line ?? 0);
  return { rows: rows.length + bad.length, skipped: 0, line: last };
}

function mapRows(
  rows: readonly TableRow[],
  mapping: Mapping | undefined,
  options: RowOptions,
): Pick<PartBatch, "items" | "events" | "bad"> {
  const items: Candidate[] = [];
  const events: Candidate[] = [];
  const bad: PartBatch["bad"][number][] = [];
  for (const { line, values } of rows) {
    const row = mapping === undefined ? undefined : jsonRow(values);
    const mapped = mapRow(values, mapping, options);
    if (mapped.length === 0)
      bad.push({ line, text: JSON.stringify(jsonRow(values)), reason: unnamed });
    for (const { kind, input } of mapped) {
      if (kind === "item") items.push({ line, input, row });
      else events.push({ line, input: identified(input, line, values), row });
    }
  }
  return { items, events, bad };
}

const unnamed =
  "the columns say neither an event (name) nor an item (item, title); give a mapping file";

function jsonRow(values: Plain): Plain {
  return Object.fromEntries(Object.entries(values).map(([name, cell]) => [name, jsonOf(cell)]));
}

/** An event from a line of a table, with the id it will have at every import. */
export function identified(input: Plain, line: number, values: Plain): Plain {
  const { eventId, at } = input;
  if (typeof eventId === "string") return { ...input, eventId: eventIdFrom("file", eventId) };
  const says = `${line}\0${JSON.stringify(jsonRow(values))}`;
  return { ...input, eventId: timedEventId(Number(at ?? 0), "file", says) };
}

/** @unit now epoch ms: decides which sale prices hold */
export function merchantTsv(now: number): Adapter {
  return {
    name: "merchant-tsv",
    about: "A Google Merchant feed as a tab-separated file",
    async parts(tables, from, batchRows) {
      const total = await tables.count(from, "tsv");
      const read = async function* (afterLine: number): AsyncGenerator<PartBatch> {
        const options = { format: "tsv", afterLine, batch: batchRows } as const;
        for await (const { rows, bad } of tables.read(from, options)) {
          const items = rows.map(({ line, values }) => {
            return { line, input: merchantItem(merchantRow(values), now) };
          });
          yield { items, events: [], bad, ...extent(rows, bad, afterLine) };
        }
      };
      return [{ name: "items", total, read }];
    },
  };
}

function merchantRow(values: Plain): MerchantRow {
  const row = new Map<string, string[]>();
  for (const [name, cell] of Object.entries(values)) {
    if (cell === null || cell === undefined || cell === "") continue;
    row.set(merchantColumn(name), [String(jsonOf(cell))]);
  }
  return row;
}

/** The feed is read twice: once to count, so that progress has an end. */
export function merchantXml(now: number): Adapter {
  return {
    name: "merchant-xml",
    about: "A Google Merchant feed as RSS or Atom",
    async parts(_tables: Tables, from: string): Promise<readonly Part[]> {
      let total = 0;
      for await (const products of readMerchantXml(from)) total += products.length;
      const read = async function* (afterLine: number): AsyncGenerator<PartBatch> {
        for await (const products of readMerchantXml(from)) {
          const items = products
            .filter(({ ordinal }) => ordinal > afterLine)
            .map(({ ordinal: line, row }) => ({ line, input: merchantItem(row, now) }));
          const line = items.at(-1)?.line;
          if (line === undefined) continue;
          yield { items, events: [], bad: [], rows: items.length, skipped: 0, line };
        }
      };
      return [{ name: "items", total, read }];
    },
  };
}

/** What tells one import from another: its source, its file and its mapping. */
export function importKey(source: string, from: string, mapping: string | undefined): string {
  const hash = createHash("sha256");
  for (const part of [source, from, mapping ?? ""]) hash.update(part).update("\0");
  return `${source}-${basename(from)
    .replaceAll(/[^A-Za-z0-9.-]/g, "_")
    .slice(0, 40)}-${hash.digest("hex").slice(0, 12)}`;
}
