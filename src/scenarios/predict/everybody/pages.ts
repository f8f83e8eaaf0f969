import type { Past } from "../../../features/past.ts";
import type { Timelines } from "../../../features/timelines.ts";
import { timelinesAsOf } from "../../../features/timelines-as-of.ts";
import type { Answers, Oracle } from "../answers.ts";
import type { Stretch } from "../counted.ts";
import { chancesOf, valueIn } from "../decide.ts";
import { SESSION_GAP_MINUTES } from "../gather.ts";
import type { Lent } from "../oracles.ts";
import type {
  PredictPage,
  PredictPageRequest,
  PredictRow,
  SegmentForecast,
  SegmentForecasts,
} from "../predict.ts";
import { type ChanceName, type SegmentName, segmentNames } from "../schema.ts";
import { segmentOf } from "../segments.ts";

/** Everybody asked at once: pages of shoppers, and what their segments come to. */
const SEGMENT_PAGE = 5_000;

/** O(page's events + page x cost of an answer). @unit now epoch ms */
export async function pageOf(
  { oracle, version }: Lent,
  past: Past,
  now: number,
  { after, limit }: PredictPageRequest,
): Promise<PredictPage> {
  const timelines = await timelinesAsOf(past, now, {
    of: { after, limit },
    currency: oracle.model.currency,
    sessionGapMinutes: SESSION_GAP_MINUTES,
  });
  const rows = [...(await rowsOf(oracle, timelines, now))].sort((a, b) =>
    a.person < b.person ? -1 : 1,
  );
  const next = rows.length < limit ? null : (rows.at(-1)?.person ?? null);
  return { rows, next, model: version, asOf: now };
}

async function rowsOf(
  oracle: Oracle,
  timelines: Timelines,
  now: number,
): Promise<readonly PredictRow[]> {
  const stretches = timelines.persons.map(
    (_, row): Stretch => ({
      from: timelines.offsets[row] as number,
      to: timelines.offsets[row + 1] as number,
      now,
    }),
  );
  const answers = await oracle.answer(timelines, stretches);
  return timelines.persons.map((person, row) => ({
    person,
    segment: segmentOf(timelines, stretches[row] as Stretch),
    chances: namedChances(oracle, answers, row),
    expectedMinor: valueIn(oracle.model, answers, row)?.expectedMinor ?? null,
    currency: oracle.model.currency,
  }));
}

const namedChances = (oracle: Oracle, answers: Answers, row: number): PredictRow["chances"] =>
  Object.fromEntries(
    chancesOf(oracle.model, answers, false, row).map(({ head, probability }) => [
      head,
      probability,
    ]),
  );

/** O(shop's events + shoppers x cost of an answer). @unit now epoch ms */
export async function segmentsOf(lent: Lent, past: Past, now: number): Promise<SegmentForecasts> {
  const sums = new Map<SegmentName, SegmentSum>();
  let after: string | null = "";
  while (after !== null) {
    const page: PredictPage = await pageOf(lent, past, now, { after, limit: SEGMENT_PAGE });
    for (const row of page.rows) add(sums, row);
    after = page.next;
  }
  const segments = segmentNames.flatMap((segment) => {
    const sum = sums.get(segment);
    return sum === undefined ? [] : [forecastOf(segment, sum, lent.oracle.model.currency)];
  });
  return { segments, model: lent.version, asOf: now };
}

interface SegmentSum {
  shoppers: number;
  readonly chances: Map<ChanceName, number>;
  expectedMinor: number | null;
}

function add(sums: Map<SegmentName, SegmentSum>, row: PredictRow): void {
  const sum = sums.get(row.segment) ?? { shoppers: 0, chances: new Map(), expectedMinor: null };
  sums.set(row.segment, sum);
  sum.shoppers++;
  for (const [head, chance] of Object.entries(row.chances) as [ChanceName, number][]) {
    sum.chances.set(head, (sum.chances.get(head) ?? 0) + chance);
  }
  if (row.expectedMinor !== null) sum.expectedMinor = (sum.expectedMinor ?? 0) + row.expectedMinor;
}

function forecastOf(
  segment: SegmentName,
  { shoppers, chances, expectedMinor }: SegmentSum,
  currency: string | null,
): SegmentForecast {
  const means = [...chances].map(([head, sum]) => [head, sum / shoppers]);
  return { segment, shoppers, chances: Object.fromEntries(means), expectedMinor, currency };
}
