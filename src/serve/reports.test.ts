import { expect, test } from "vitest";
import { fixedClock } from "../clock.ts";
import { memoryRecords } from "../collect/conformance/memory-storage.ts";
import { openReports } from "./reports.ts";

test("reports are numbered upwards, newest first, and the oldest make room", async () => {
  const reports = openReports(memoryRecords(), fixedClock(5), 2);
  await expect(reports.latest("tea")).rejects.toMatchObject({ code: "unknown-report" });
  for (const n of [1, 2, 3]) await reports.add("tea", { n }, { ndcg: n });
  expect((await reports.list("tea")).map((report) => report.id)).toEqual([
    "report-000003",
    "report-000002",
  ]);
  expect(await reports.latest("tea")).toEqual({
    id: "report-000003",
    createdAt: 5,
    options: { n: 3 },
    result: { ndcg: 3 },
  });
  await expect(reports.get("tea", "report-000001")).rejects.toMatchObject({
    code: "unknown-report",
  });
  await expect(reports.get("rice", "report-000003")).rejects.toMatchObject({
    code: "unknown-report",
  });
});
