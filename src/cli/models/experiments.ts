import { Command } from "commander";
import type { Interval } from "../../evaluate/bootstrap.ts";
import type { Measure } from "../../evaluate/trial-report.ts";
import type { ModelVersion, Trial } from "../../model/registry.ts";
import type { Experiment } from "../../serve/experiments.ts";
import { numberOption } from "../options.ts";
import { type Context, type Session, withSession } from "../session/session.ts";
import { moment, number, table } from "../terminal/print.ts";

const NONE = "no trial yet: shopkeeper experiments begin <version> --share 0.1";

export function experimentsCommand(context: Context): Command {
  const experiments = new Command("experiments").description(
    "A version of the recommender on trial beside the one in service: what it does to sales",
  );
  experiments.addCommand(listCommand(context), { isDefault: true });
  experiments.addCommand(showCommand(context));
  experiments.addCommand(beginCommand(context));
  experiments.addCommand(endCommand(context));
  return experiments;
}

async function trialsOf(session: Session, shop: string): Promise<readonly Trial[]> {
  const path = "/v1/experiments";
  return (await session.connection.call<{ rows: readonly Trial[] }>("GET", path, { shop })).rows;
}

function listCommand(context: Context): Command {
  return new Command("list")
    .description("Newest first; the first may still run")
    .action((_options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const rows = await trialsOf(session, await session.shop());
        session.print(rows, () => trialsText(rows));
      }),
    );
}

function showCommand(context: Context): Command {
  return new Command("show")
    .argument("[trial]", "from the list; the newest when absent")
    .description(
      "Shoppers, clicks, purchases and revenue of both versions, and whether they differ",
    )
    .option("--effect <share>", "the difference worth telling, of what is now", numberOption, 0.1)
    .action((trial: string | undefined, { effect }: { effect: number }, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const id = trial ?? (await trialsOf(session, shop))[0]?.id;
        if (id === undefined) {
          session.print(null, () => NONE);
          return;
        }
        const path = `/v1/experiments/${encodeURIComponent(id)}`;
        const query = { effect };
        const found = await session.connection.call<Experiment>("GET", path, { shop, query });
        session.print(found, () => experimentText(found));
      }),
    );
}

function beginCommand(context: Context): Command {
  return new Command("begin")
    .argument("<version>", "from shopkeeper models")
    .description("Try a version on some of the shoppers, in place of one that is tried now")
    .option("--share <share>", "of the shoppers, up to 0.5", numberOption, 0.1)
    .action((version: string, { share }: { share: number }, self: Command) =>
      withSession(context, self, async (session) => {
        const tried = await tryOn(session, version, share);
        const words = `${tried.version} is tried on ${percent(share)} of the shoppers`;
        session.print(tried, () => words);
      }),
    );
}

function endCommand(context: Context): Command {
  return new Command("end")
    .description("End the trial that runs; all shoppers are answered by the version in service")
    .action((_options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const [newest] = await trialsOf(session, await session.shop());
        const runs = newest?.until === null;
        const ended = runs ? await tryOn(session, newest.version, 0) : null;
        session.print(ended, () => (ended ? `${ended.version} is tried no more` : "no trial runs"));
      }),
    );
}

async function tryOn(session: Session, version: string, share: number): Promise<ModelVersion> {
  const path = `/v1/models/${encodeURIComponent(version)}/canary`;
  const shop = await session.shop();
  return session.connection.call<ModelVersion>("POST", path, { shop, body: { share } });
}

function trialsText(rows: readonly Trial[]): string {
  return table(
    rows,
    {
      trial: ({ id }) => id,
      version: ({ version }) => version,
      beside: ({ against }) => against,
      share: ({ share }) => percent(share),
      since: ({ since }) => moment(since),
      until: ({ until }) => (until === null ? "runs" : moment(until)),
    },
    NONE,
  );
}

export function experimentText(found: Experiment): string {
  const { trial, control, treatment, balance, mixed, unknownLists } = found;
  const arms = [
    { name: trial.against, share: 1 - trial.share, ...control },
    { name: trial.version, share: trial.share, ...treatment },
  ];
  const until = trial.until === null ? "" : ` until ${moment(trial.until)}`;
  const off = balance.good
    ? []
    : [
        `the groups are not as drawn (${percent(balance.share)} in place of ` +
          `${percent(balance.expectedShare)}, p ${balance.p.toExponential(1)}): believe no number here`,
      ];
  const notes = [
    ...(mixed === 0 ? [] : [`${number(mixed)} shoppers saw lists of both`]),
    ...(unknownLists === 0 ? [] : [`${number(unknownLists)} lists were for nobody known`]),
  ];
  return [
    `${trial.id} since ${moment(trial.since)}${until}`,
    table(
      arms,
      {
        version: ({ name }) => name,
        share: ({ share }) => percent(share),
        shoppers: ({ shoppers }) => shoppers,
        lists: ({ lists }) => lists,
        clicked: ({ clickedLists }) => clickedLists,
        buyers: ({ buyers }) => buyers,
        orders: ({ orders }) => orders,
        "through lists": ({ ordersThrough }) => ordersThrough,
      },
      "",
    ),
    measuresText(found),
    [...off, ...notes].join("\n"),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function measuresText({ trial, measures, effect }: Experiment): string {
  return table(
    measures,
    {
      measure: (row) => nameOf(row),
      [trial.against]: (row) => range(row, row.control),
      [trial.version]: (row) => range(row, row.treatment),
      difference: (row) => (row.relative === null ? null : rangeOf(row.relative, percent)),
      verdict: (row) => verdictOf(row, effect),
    },
    "",
  );
}

const nameOf = ({ measure, currency }: Measure): string =>
  currency === null ? measure : `${measure}, minor ${currency}`;

const range = ({ measure }: Measure, interval: Interval): string =>
  rangeOf(interval, measure === "revenue_per_shopper" ? (value) => value.toFixed(1) : percent);

const rangeOf = ({ mean, low, high }: Interval, say: (value: number) => string): string =>
  `${say(mean)} (${say(low)} to ${say(high)})`;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function verdictOf({ verdict, moreShoppers, moreLists }: Measure, effect: number): string {
  if (verdict === "better" || verdict === "worse") return verdict;
  if (verdict === "alike") return `alike within ${percent(effect)}`;
  if (moreShoppers === null || moreLists === null) return "open: nothing to go by yet";
  return (
    `open: about ${number(moreShoppers)} more shoppers (${number(moreLists)} lists) ` +
    `to tell ${percent(effect)}`
  );
}
