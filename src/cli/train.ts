import { Command, Option } from "commander";
import type { ModelVersion } from "../model/registry.ts";
import { architectureNames, recommendParamsSchema } from "../scenarios/recommend/schema.ts";
import { numberOption, oneMore, providerOption } from "./options.ts";
import { runJob } from "./session/follow.ts";
import { type Context, type Session, withSession } from "./session/session.ts";
import { named } from "./settings.ts";
import { type Columns, number, table } from "./terminal/print.ts";
import { duration } from "./terminal/progress.ts";

interface Options {
  readonly seed: number;
  readonly without?: readonly string[];
  readonly architecture?: string;
  readonly param?: readonly string[];
  readonly incremental?: boolean;
  readonly replay?: number;
}

export function trainCommand(context: Context): Command {
  return new Command("train")
    .description("Fit a new model on the shop's log and put it in service")
    .option("--seed <number>", "the same seed and data give the same model", numberOption, 1)
    .option("--without <source...>", "leave sources out, e.g. --without ease als")
    .addOption(
      new Option("--architecture <name>", "the body of the behaviour model").choices(
        architectureNames,
      ),
    )
    .addOption(providerOption())
    .option(
      "--param <name=value>",
      "any parameter of the model, e.g. behaviour.blocks=2; repeatable",
      oneMore,
      [],
    )
    .option("--incremental", "go on from the version in service with what happened since")
    .addOption(
      new Option("--replay <share>", "older actions among those it learns from then, 0..0.95")
        .argParser(numberOption)
        .implies({ incremental: true }),
    )
    .action((options: Options, command: Command) =>
      withSession(context, command, async (session) => {
        const shop = await session.shop();
        const version = await trainShop(session, shop, options);
        session.print(version, () => versionText(version));
      }),
    );
}

export async function trainShop(
  session: Session,
  shop: string,
  options: Options,
): Promise<ModelVersion> {
  const { seed, replay, incremental } = options;
  const asked = paramsOf(options);
  const params = incremental && Object.keys(asked).length === 0 ? {} : { params: asked };
  const onward = incremental
    ? { from: "service", ...(replay === undefined ? {} : { replayShare: replay }) }
    : {};
  const body = { seed, ...params, ...onward };
  return runJob<ModelVersion>(session, { path: "/v1/train", shop, body });
}

const PARAM = { option: "--param", see: "RecommendParams at /docs" };

function paramsOf({ without, architecture, param = [] }: Options): Record<string, unknown> {
  const chosen = architecture === undefined ? [] : [`behaviour.architecture=${architecture}`];
  const params = named(recommendParamsSchema.parse({}), [...chosen, ...param], PARAM);
  return without === undefined ? params : { ...params, without };
}

export function versionText(version: ModelVersion): string {
  const size = `${number(Math.round(version.bytes / 1024))} kB`;
  return [
    `${version.version} trained in ${duration(version.fitSeconds)}, ${size}`,
    ...onwardText(version),
    ...(version.withdrawn === undefined ? [] : [version.withdrawn]),
    "",
    metricsText(version.metrics),
  ].join("\n");
}

function onwardText({ onward }: ModelVersion): string[] {
  if (onward === undefined) return [];
  const { version, fresh, older, passes, cases, ndcgBefore, ndcg } = onward;
  const [then, now] = [ndcgBefore.toFixed(4), ndcg.toFixed(4)];
  return [
    `from ${version} by ${fresh} actions since and ${older} older ones, ${passes} passes`,
    `NDCG@10 of ${cases} new questions what comes next: ${now}, before ${then}`,
  ];
}

/**
 * Metrics are named "question.method.metric": a row for each method, a column for each question.
 * What has a shorter name is said in a line of its own.
 */
function metricsText(metrics: Readonly<Record<string, number>>): string {
  const rows = new Map<string, Map<string, number>>();
  const columns = new Set<string>();
  const alone: string[] = [];
  for (const [name, value] of Object.entries(metrics)) {
    const [question = "", method = "", metric] = name.split(".");
    if (metric === undefined) {
      alone.push(`${name} ${number(value)}`);
      continue;
    }
    const column = `${question} ${metric}`;
    columns.add(column);
    const row = rows.get(method) ?? new Map<string, number>();
    rows.set(method, row.set(column, value));
  }
  const read = [...columns].map((column) => [column, (row: MetricRow) => row[1].get(column)]);
  const heads: Columns<MetricRow> = { method: (row) => row[0], ...Object.fromEntries(read) };
  return [table([...rows], heads, "no metrics were taken"), "", alone.join(", ")].join("\n").trim();
}

type MetricRow = readonly [method: string, values: ReadonlyMap<string, number>];
