import { Command, Option } from "commander";
import {
  type BeforeAfter,
  type CompressionMethod,
  type CompressionReport,
  compressionMethods,
} from "../../model/behaviour/compression/report.ts";
import type { ModelVersion } from "../../model/registry.ts";
import type { CompressedVersion } from "../../scenarios/recommend/recommend.ts";
import { compressModelWorkSchema } from "../../serve/jobs.ts";
import { numberOption, wholeOption } from "../options.ts";
import { kept, runJob } from "../session/follow.ts";
import { type Context, withSession } from "../session/session.ts";
import { number, table } from "../terminal/print.ts";

interface Options {
  readonly method: CompressionMethod;
  readonly dropMost?: number;
  readonly share?: number;
  readonly times?: number;
  readonly temperature?: number;
}

export function compressCommand(context: Context): Command {
  return new Command("compress")
    .argument("<version>", "from the list")
    .description("Make a smaller version of it, where its answers lose no more than they may")
    .addOption(new Option("--method <name>", "how").choices(compressionMethods).default("int8"))
    .option("--drop-most <share>", "of NDCG@10 or HR@10 that may be lost (0.02)", numberOption)
    .option("--share <share>", "by prune: of the numbers, those left out (0.2)", numberOption)
    .option("--times <number>", "by pq: 8, 16 or 32 times smaller (8)", wholeOption)
    .option(
      "--temperature <number>",
      "by distill: how far the teacher is softened (2)",
      numberOption,
    )
    .action((version: string, body: Options, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const path = `/v1/models/${encodeURIComponent(version)}/compress`;
        const payload = { version, how: kept(compressModelWorkSchema, body) };
        const found = await runJob<CompressedVersion>(session, { path, shop, body, payload });
        session.print(found, () => compressedText(found));
      }),
    );
}

function compressedText({ version, report }: CompressedVersion): string {
  return [reportText(report), "", verdictText(report), nextText(version)].join("\n");
}

interface Row extends BeforeAfter {
  readonly what: string;
  readonly digits: number;
}

/** What it was and became, and the second as a share of the first. */
function reportText({ bytes, latencyMs, ndcg10, hitRate10 }: CompressionReport): string {
  const kB = { before: bytes.before / 1_024, after: bytes.after / 1_024 };
  const rows: readonly Row[] = [
    { what: "kB of the behaviour model", digits: 0, ...kB },
    { what: "ms to read and score", digits: 3, ...latencyMs },
    { what: "NDCG@10", digits: 4, ...ndcg10 },
    { what: "HR@10", digits: 4, ...hitRate10 },
  ];
  const ratio = ({ before, after }: Row): string =>
    before === 0 ? "" : (after / before).toFixed(3);
  return table(
    rows,
    {
      what: (row) => row.what,
      before: (row) => row.before.toFixed(row.digits),
      after: (row) => row.after.toFixed(row.digits),
      ratio,
    },
    "nothing was measured",
  );
}

function verdictText({ method, cases, drop, dropMost, passed }: CompressionReport): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const lost = drop > 0 ? `loses ${percent(drop)}` : "loses nothing";
  const asked = `on ${number(cases)} held-out actions`;
  const bound = `${passed ? "no more than" : "more than"} the ${percent(dropMost)} that may be lost`;
  return `${method} ${lost} ${asked}: ${bound}`;
}

function nextText(made: ModelVersion | null): string {
  if (made === null) return "no version was made; --drop-most allows more, or try another method";
  const { version, withdrawn } = made;
  if (withdrawn !== undefined) return `${version} is withdrawn, ${withdrawn}`;
  return `${version} is not in service: shopkeeper models promote ${version}`;
}
