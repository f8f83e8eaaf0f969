import { z } from "zod";
import type { Clock } from "../clock.ts";
import { problem } from "../errors.ts";
import type { Records } from "../storage/records.ts";

/** Reports of evaluations, newest first, at most `evaluate.reportsKept` of a shop. */
export interface Report {
  /** "report-000012": ascending, never reused while a later one is kept. */
  readonly id: string;
  readonly createdAt: number;
  /** The protocol it was made by. */
  readonly options: unknown;
  readonly result: unknown;
}

export const reportSummarySchema: z.ZodType<Omit<Report, "result">> = z
  .object({ id: z.string(), createdAt: z.number(), options: z.unknown() })
  .meta({ id: "ReportSummary" });

export const reportSchema: z.ZodType<Report> = z
  .object({ id: z.string(), createdAt: z.number(), options: z.unknown(), result: z.unknown() })
  .meta({ id: "Report" });

export interface Reports {
  add(shop: string, options: unknown, result: unknown): Promise<Report>;
  list(shop: string): Promise<readonly Report[]>;
  /** @throws problem `unknown-report` */
  get(shop: string, id: string): Promise<Report>;
  /** @throws problem `unknown-report` when there is none */
  latest(shop: string): Promise<Report>;
}

const KIND = "report";

export function openReports(records: Records, clock: Clock, kept: number): Reports {
  const ascending = async (shop: string): Promise<readonly Report[]> => {
    const page = await records.list<Report>(shop, KIND, { limit: kept + 1 });
    return page.rows.map((row) => row.value);
  };
  return {
    async add(shop, options, result) {
      const before = await ascending(shop);
      const number = Number(before.at(-1)?.id.slice("report-".length) ?? 0) + 1;
      const id = `report-${String(number).padStart(6, "0")}`;
      const report: Report = { id, createdAt: clock(), options, result };
      const surplus = before.slice(0, Math.max(0, before.length + 1 - kept));
      await records.write(shop, [
        { put: report, kind: KIND, id, expect: 0 },
        ...surplus.map((old) => ({ remove: true, kind: KIND, id: old.id }) as const),
      ]);
      return report;
    },
    async list(shop) {
      return [...(await ascending(shop))].reverse();
    },
    async get(shop, id) {
      const found = await records.get<Report>(shop, KIND, id);
      if (!found) throw problem("unknown-report", `there is no report "${id}"`);
      return found.value;
    },
    async latest(shop) {
      const newest = (await ascending(shop)).at(-1);
      if (!newest) throw problem("unknown-report", "no evaluation has been run yet");
      return newest;
    },
  };
}
