import { liftTable } from "../../../evaluate/lift.ts";
import { judgeSegments } from "../../../evaluate/segments.ts";
import { valueGini } from "../../../evaluate/value-gini.ts";
import type { Past } from "../../../features/past.ts";
import { moneyNote } from "../../../features/tables.ts";
import type { Timelines } from "../../../features/timelines.ts";
import { timelinesAsOf } from "../../../features/timelines-as-of.ts";
import { judging, LIFT_PARTS } from "../chance-voices.ts";
import { SESSION_GAP_MINUTES } from "../gather.ts";
import { chanceHeads } from "../heads.ts";
import { type AskedRow, momentsOf, outcomesOf } from "../moments.ts";
import type { OutcomeHead, OutcomeValue, PredictOutcomes } from "../predict.ts";
import { type ChanceName, chanceNames } from "../schema.ts";
import {
  type RecordedChance,
  type RecordedPrediction,
  readPredictions,
  recordedModels,
} from "./recorded.ts";

/**
 * How predictions on record came true: each is held against what its person did afterwards, as soon as
 * the time it looked ahead is over. The model had not seen any of it. The same person's predictions of
 * several days are cases each, and are alike: intervals taken from the number of cases are too narrow.
 * Persons who refused since, or were erased, are not judged.
 */
export interface OutcomesAsked {
  /** Of one version; null of all. */
  readonly model: string | null;
  /** Held in memory at once; more are drawn by lot. */
  readonly most: number;
}

const DAY_MS = 86_400_000;
const PERSONS_AT_ONCE = 5_000;

/** O(shop's events + predictions log predictions). @unit now epoch ms */
export async function outcomesReport(
  past: Past,
  now: number,
  { model, most }: OutcomesAsked,
): Promise<PredictOutcomes> {
  const models = await recordedModels(past);
  const { currency } = await moneyNote(past, now);
  // No head looks less far ahead than a day.
  const before = now - DAY_MS + 1;
  const predictions = await readPredictions(past, { model, before, most });
  const held: Held = { heads: new Map(), values: new Map(), judged: 0 };
  const ofPerson = groupedBy(predictions, ({ person }) => person);
  let after: string | null = ofPerson.size === 0 ? null : "";
  while (after !== null) {
    const timelines: Timelines = await timelinesAsOf(past, now, {
      of: { after, limit: PERSONS_AT_ONCE },
      currency,
      sessionGapMinutes: SESSION_GAP_MINUTES,
    });
    holdPage(held, timelines, ofPerson);
    after = lastOf(timelines.persons, PERSONS_AT_ONCE);
  }
  return {
    asOf: now,
    models,
    judged: held.judged,
    heads: [...held.heads.values()].sort(inOrder).map(headOf),
    values: [...held.values.values()].map((value) => valueCame(value, currency ?? "")),
  };
}

function groupedBy<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    const own = groups.get(key);
    if (own === undefined) groups.set(key, [one]);
    else own.push(one);
  }
  return groups;
}

function lastOf(persons: readonly string[], limit: number): string | null {
  if (persons.length < limit) return null;
  return persons.reduce((last, person) => (person > last ? person : last), "");
}

/** What was said, and what came, of the predictions whose time is over; by what was asked. */
interface Held {
  readonly heads: Map<string, HeldHead>;
  readonly values: Map<number, HeldValue>;
  /** Predictions of which anything is known yet. */
  judged: number;
}

interface HeldHead {
  readonly head: ChanceName;
  readonly days: number;
  readonly labels: number[];
  readonly said: number[];
  readonly segments: string[];
}

interface HeldValue {
  readonly days: number;
  readonly expected: number[];
  readonly paid: number[];
}

interface AskedPrediction extends AskedRow {
  readonly prediction: RecordedPrediction;
}

function holdPage(
  held: Held,
  timelines: Timelines,
  ofPerson: ReadonlyMap<string, readonly RecordedPrediction[]>,
): void {
  const asked = timelines.persons.flatMap((person, row) =>
    (ofPerson.get(person) ?? []).map((prediction) => ({ row, now: prediction.at, prediction })),
  );
  // Versions may look ahead differently far.
  const alike = groupedBy(
    asked,
    ({ prediction }) => `${churnDays(prediction)} ${valueDays(prediction)}`,
  );
  for (const part of alike.values()) holdAlike(held, timelines, part);
}

const churnDays = ({ chances }: RecordedPrediction): number =>
  chances.find(({ head }) => head === "churn")?.days ?? 1;
const valueDays = ({ value }: RecordedPrediction): number => value?.days ?? 1;

/** @param asked at least one; all look ahead equally far */
function holdAlike(held: Held, timelines: Timelines, asked: readonly AskedPrediction[]): void {
  const { prediction: like } = asked[0] as AskedPrediction;
  const heads = chanceHeads(churnDays(like));
  const { moments, places } = momentsOf(timelines, asked);
  const { happened, known, paidMinor } = outcomesOf(timelines, moments, heads, valueDays(like));
  places.forEach((place, moment) => {
    const { prediction } = asked[place] as AskedPrediction;
    let isKnown = false;
    for (const chance of prediction.chances) {
      const column = moment * heads.length + heads.findIndex(({ name }) => name === chance.head);
      if (known[column] !== 1) continue;
      isKnown = true;
      holdChance(held, prediction, chance, happened[column] as number);
    }
    if (isKnown) held.judged++;
    holdValue(held, prediction, paidMinor[moment] as number, timelines.currency);
  });
}

function holdChance(
  { heads }: Held,
  { segment }: RecordedPrediction,
  { head, days, probability }: RecordedChance,
  label: number,
): void {
  const key = `${head} ${days}`;
  const own = heads.get(key) ?? { head, days, labels: [], said: [], segments: [] };
  heads.set(key, own);
  own.labels.push(label);
  own.said.push(probability);
  own.segments.push(segment);
}

/** Money in another currency than the shop's main one is not compared. */
function holdValue(
  { values }: Held,
  { value }: RecordedPrediction,
  paid: number,
  currency: string | null,
): void {
  if (value === null || Number.isNaN(paid) || value.currency !== currency) return;
  const own = values.get(value.days) ?? { days: value.days, expected: [], paid: [] };
  values.set(value.days, own);
  own.expected.push(value.expectedMinor);
  own.paid.push(paid);
}

const inOrder = (a: HeldHead, b: HeldHead): number =>
  chanceNames.indexOf(a.head) - chanceNames.indexOf(b.head) || a.days - b.days;

/** Fewer than a hundred cases, or cases that all ended alike, are counted and not judged. */
function headOf({ head, days, labels, said, segments }: HeldHead): OutcomeHead {
  const happened = sumOf(labels);
  const { casesLeast } = judging;
  const cases = labels.length;
  const isEnough = cases >= casesLeast && happened > 0 && happened < cases;
  const judged = isEnough ? judgeSegments(labels, said, segments, judging) : null;
  const lift = isEnough ? liftTable(labels, said, LIFT_PARTS) : [];
  return { head, days, cases, happened, expected: sumOf(said), judged, lift };
}

function valueCame({ days, expected, paid }: HeldValue, currency: string): OutcomeValue {
  const [expectedMinor, paidMinor] = [sumOf(expected), sumOf(paid)];
  const gini = valueGini(paid, expected);
  return { days, cases: paid.length, currency, expectedMinor, paidMinor, gini };
}

const sumOf = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);
