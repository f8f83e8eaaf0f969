import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Command, Option } from "commander";
import type { ModelVersion } from "../model/registry.ts";
import type {
  PredictionsRecorded,
  PredictOutcomes,
  PredictPage,
  PredictReport,
  PredictRow,
  SegmentForecasts,
} from "../scenarios/predict/predict.ts";
import {
  type ChanceName,
  chanceNames,
  type PredictChance,
  type PredictDecision,
  type SegmentName,
  segmentNames,
} from "../scenarios/predict/schema.ts";
import { trainPredictWorkSchema } from "../serve/jobs.ts";
import { numberOption, providerOption } from "./options.ts";
import { priceText } from "./recommend.ts";
import { kept, runJob } from "./session/follow.ts";
import { type Context, type Session, withSession } from "./session/session.ts";
import { table } from "./terminal/print.ts";
import { trainedText } from "./train.ts";

export function predictCommand(context: Context): Command {
  const predict = new Command("predict").description("What shoppers will probably do next");
  predict.addCommand(shopperCommand(context), { isDefault: true });
  predict.addCommand(everybodyCommand(context));
  predict.addCommand(segmentsCommand(context));
  predict.addCommand(reportCommand(context));
  predict.addCommand(trainCommand(context));
  predict.addCommand(recordCommand(context));
  predict.addCommand(outcomesCommand(context));
  return predict;
}

function shopperCommand(context: Context): Command {
  return new Command("shopper")
    .argument("<shopper>", "the shopper's id")
    .description("The chances of one shopper, and which events moved them")
    .option("--locale <language>", "en or zh, for reasons")
    .action((shopper: string, { locale }: { locale?: string }, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const body = { shopper, locale };
        const path = "/v1/predictions";
        const decision = await session.connection.call<PredictDecision>("POST", path, {
          shop,
          body,
        });
        session.print(decision, () => predictionText(decision));
      }),
    );
}

function everybodyCommand(context: Context): Command {
  return new Command("everybody")
    .description("Every shopper as a line of CSV, to a file or to standard output")
    .option("--to <file>", "written whole or not at all")
    .action(({ to }: { to?: string }, self: Command) =>
      withSession(context, self, async (session) => {
        const lines = csvLines(session, await session.shop());
        if (to === undefined) {
          await pipeline(Readable.from(lines), process.stdout, { end: false });
          return;
        }
        const draft = `${to}.part`;
        try {
          await pipeline(Readable.from(lines), createWriteStream(draft));
          await rename(draft, to);
        } catch (error) {
          await rm(draft, { force: true });
          throw error;
        }
      }),
    );
}

const PAGE = 5_000;

async function* csvLines(session: Session, shop: string): AsyncGenerator<string> {
  yield `${csvHead.join(",")}\n`;
  let after: string | null = "";
  while (after !== null) {
    const query: Record<string, string | number> = { after, limit: PAGE };
    const page: PredictPage = await session.connection.call<PredictPage>("GET", "/v1/predictions", {
      shop,
      query,
    });
    yield page.rows.map((row) => `${csvLine(row)}\n`).join("");
    after = page.next;
  }
}

const ofAnyMoment: readonly ChanceName[] = chanceNames.filter((name) => !name.endsWith("_session"));
export const csvHead: readonly string[] = [
  "shopper",
  "segment",
  ...ofAnyMoment,
  "expected_minor",
  "currency",
];

/** A head that was left out is an empty cell. */
export function csvLine({ person, segment, chances, expectedMinor, currency }: PredictRow): string {
  const cells = [
    person,
    segment,
    ...ofAnyMoment.map((head) => chances[head]?.toFixed(6)),
    expectedMinor,
    currency,
  ];
  return cells.map(csvCell).join(",");
}

/** Quoted where it must be (RFC 4180), and where a spreadsheet would take it for a formula. */
function csvCell(value: string | number | null | undefined): string {
  const text = value === null || value === undefined ? "" : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function segmentsCommand(context: Context): Command {
  return new Command("segments")
    .description("What each segment of shoppers is expected to do")
    .action((_options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const path = "/v1/predictions/segments";
        const found = await session.connection.call<SegmentForecasts>("GET", path, { shop });
        session.print(found, () => segmentsText(found));
      }),
    );
}

function reportCommand(context: Context): Command {
  return new Command("report")
    .description("How right the model in service was: calibration and lift by head")
    .action((_options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const report = await reportOf(session, shop);
        session.print(report, () => reportText(report));
      }),
    );
}

const reportOf = (session: Session, shop: string): Promise<PredictReport> =>
  session.connection.call<PredictReport>("GET", "/v1/predictions/report", { shop });

function trainCommand(context: Context): Command {
  return new Command("train")
    .description("Learn from the shop's log, and put the new version in service")
    .option("--seed <number>", "the same seed and data give the same model", numberOption, 1)
    .option("--without <voice...>", "leave voices out: network, trees, logistic, orders")
    .addOption(providerOption())
    .action((options: { seed: number; without?: readonly string[] }, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const version = await trainPredictions(session, shop, options);
        // A version that was withdrawn is not in service: the report would be of another.
        const report = version.withdrawn === undefined ? await reportOf(session, shop) : undefined;
        session.print(version, () => trainingText(version, report));
      }),
    );
}

export function trainPredictions(
  session: Session,
  shop: string,
  { seed, without }: { readonly seed: number; readonly without?: readonly string[] },
): Promise<ModelVersion> {
  const body = { seed, params: without === undefined ? {} : { without } };
  const payload = kept(trainPredictWorkSchema, body);
  return runJob<ModelVersion>(session, { path: "/v1/predictions/train", shop, body, payload });
}

export function trainingText(version: ModelVersion, report: PredictReport | undefined): string {
  const came = report === undefined ? (version.withdrawn ?? "") : reportText(report);
  return `${trainedText(version)}\n\n${came}`;
}

function recordCommand(context: Context): Command {
  return new Command("record")
    .description(
      "Write what is expected of every shopper into the log, to see later how it came true",
    )
    .addOption(
      new Option("--segment <segment...>", "only shoppers of these")
        .choices(segmentNames)
        .default([]),
    )
    .action(({ segment: segments }: { segment: readonly SegmentName[] }, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const work = { path: "/v1/predictions/record", shop, body: { segments } };
        const recorded = await runJob<PredictionsRecorded>(session, work);
        session.print(recorded, () => recordedText(recorded));
      }),
    );
}

export function recordedText(done: PredictionsRecorded): string {
  const { model, asked, recorded, before, withheld } = done;
  return [
    `${recorded} predictions by ${model} are in the log, of ${asked} shoppers`,
    ...(before > 0 ? [`note: ${before} were there before`] : []),
    ...(withheld > 0 ? [`note: ${withheld} shoppers do not allow to be measured`] : []),
    "see how they came true from tomorrow on: shopkeeper predict outcomes",
  ].join("\n");
}

function outcomesCommand(context: Context): Command {
  return new Command("outcomes")
    .description("How the predictions in the log came true")
    .option("--model <version>", "of one version; without it, of all")
    .action(({ model }: { model?: string }, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const query: Record<string, string> = model === undefined ? {} : { model };
        const path = "/v1/predictions/outcomes";
        const found = await session.connection.call<PredictOutcomes>("GET", path, { shop, query });
        session.print(found, () => outcomesText(found));
      }),
    );
}

export function outcomesText({ models, judged, heads, values }: PredictOutcomes): string {
  if (models.length === 0) return "no prediction is in the log yet: shopkeeper predict record";
  const list = table(
    heads,
    {
      head: ({ head }) => head,
      days: ({ days }) => days,
      cases: ({ cases }) => cases,
      expected: ({ expected }) => Math.round(expected),
      happened: ({ happened }) => happened,
      AUC: ({ judged: found }) => found?.overall.auc,
      Brier: ({ judged: found }) => found?.overall.brier,
      ECE: ({ judged: found }) => found?.overall.ece,
      "first tenth": ({ lift: [first] }) => (first ? `${first.lift.toFixed(1)} x` : undefined),
    },
    "the time that they look ahead is not over yet",
  );
  const spent = values.map(
    ({ days, cases, expectedMinor, paidMinor, currency, gini }) =>
      `spent within ${days} days by ${cases}: ${priceText(paidMinor, currency)}, expected ` +
      `${priceText(expectedMinor, currency)}, Gini ${gini.toFixed(3)}`,
  );
  const told = models.map(
    ({ model, recorded, firstAt, lastAt }) =>
      `${model}: ${recorded} recorded, ${dayText(firstAt)} to ${dayText(lastAt)}`,
  );
  return [list, "", ...spent, `${judged} predictions judged`, ...told].join("\n");
}

const dayText = (at: number): string => new Date(at).toISOString().slice(0, 10);

export function predictionText(decision: PredictDecision): string {
  const list = table(
    decision.chances,
    {
      chance: ({ head }) => head,
      days: ({ days }) => days,
      probability: ({ probability }) => probability,
      usual: ({ usual }) => usual,
      by: ({ voice }) => voice,
      why: (chance) => whyText(chance),
    },
    "no head is learned yet",
  );
  const [likely] = decision.next;
  const { value } = decision;
  const lines = [
    likely === undefined ? "" : `next: ${likely.action} (${likely.probability.toFixed(2)})`,
    value === null
      ? ""
      : `expected within ${value.days} days: ` +
        `${priceText(value.expectedMinor ?? undefined, value.currency ?? undefined)}`,
    returnText(decision.returns),
    `${decision.segment}, ${decision.model ?? "no model yet"}, ${decision.request}`,
    ...decision.notices.map((notice) => `note: ${notice}`),
  ];
  return [list, "", ...lines.filter((line) => line !== "")].join("\n");
}

function returnText(returns: PredictDecision["returns"]): string {
  if (returns === null) return "";
  const { medianDays, horizonDays } = returns;
  if (medianDays === null) return `back: more likely than not later than in ${horizonDays} days`;
  return `back: as likely as not within ${medianDays.toFixed(1)} days`;
}

/** The two events that moved it most. */
const whyText = ({ reasons }: PredictChance): string =>
  reasons
    .slice(0, 2)
    .map(({ text }) => text)
    .join("; ");

export function segmentsText({ segments, model }: SegmentForecasts): string {
  const heads = Object.fromEntries(
    ofAnyMoment.map((head) => [
      head,
      (row: SegmentForecasts["segments"][number]) => row.chances[head],
    ]),
  );
  const list = table(
    segments,
    {
      segment: ({ segment }) => segment,
      shoppers: ({ shoppers }) => shoppers,
      ...heads,
      expected: (row) => priceText(row.expectedMinor ?? undefined, row.currency ?? undefined),
    },
    "there are no shoppers yet",
  );
  return [list, "", model].join("\n");
}

export function reportText({
  heads,
  notes,
  model,
}: Pick<PredictReport, "heads" | "notes" | "model">): string {
  const list = table(
    heads,
    {
      head: ({ head }) => head,
      by: ({ voice }) => voice,
      cases: ({ judged }) => judged.overall.cases,
      rate: ({ judged }) => judged.overall.rate,
      said: ({ judged }) => judged.overall.said,
      AUC: ({ judged }) => judged.overall.auc,
      Brier: ({ judged }) => judged.overall.brier,
      ECE: ({ judged }) => judged.overall.ece,
      "first tenth": ({ lift }) => `${(lift[0]?.lift ?? 0).toFixed(1)} x`,
    },
    "no head is learned yet",
  );
  return [list, "", ...notes.map((note) => `note: ${note}`), model].join("\n");
}
