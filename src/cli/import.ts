import { extname, join, resolve } from "node:path";
import { Command } from "commander";
import { adapters } from "../collect/adapters/named.ts";
import type { ImportReport, ImportRequest } from "../collect/importing.ts";
import { isProblem, problem } from "../errors.ts";
import { runJob } from "./session/follow.ts";
import { type Context, type Session, withSession } from "./session/session.ts";
import { DEMO_SHOP, rememberImported } from "./session/shop.ts";
import { number } from "./terminal/print.ts";
import { Interrupted } from "./terminal/terminal.ts";

interface Options {
  readonly from?: string;
  readonly source?: string;
  readonly mapping?: string;
}

interface Source {
  readonly name: string;
  readonly about: string;
}

/** Formats of plain files by the ending of their name. */
const FORMATS: Readonly<Record<string, string>> = {
  ".csv": "csv",
  ".tsv": "tsv",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".parquet": "parquet",
  ".xml": "merchant-xml",
};

/** Any file, by the name of its format; what stands in `adapters` is one published data set each. */
const PLAIN: readonly Source[] = [
  { name: "csv", about: "a CSV file, with a mapping or our own column names" },
  { name: "tsv", about: "the same, separated by tabs" },
  { name: "jsonl", about: "a file of JSON lines, as export writes it" },
  { name: "parquet", about: "a Parquet file" },
  { name: "merchant-tsv", about: "a Google Merchant feed, separated by tabs" },
  { name: "merchant-xml", about: "a Google Merchant feed as RSS or Atom" },
];
const isNamed = (source: string): boolean => adapters.some(({ name }) => name === source);

/** Into which shop a plain file goes when nothing is said and there is none but the demo. */
const FIRST_SHOP = "main";

export function importCommand(context: Context): Command {
  const sources: readonly Source[] = [...adapters, ...PLAIN];
  const widest = Math.max(...sources.map(({ name }) => name.length));
  const list = sources.map(({ name, about }) => `  ${name.padEnd(widest)}  ${about}`).join("\n");
  return new Command("import")
    .argument("<source>", "a source of the list below, or a file")
    .description("Bring in a data set by name, or a file with a mapping")
    .option("--from <path>", "the source's file or folder (a set's own: below SHOPKEEPER_DATA)")
    .option("--source <name>", "format of a file whose name does not tell it")
    .option("--mapping <file>", "which column means what, see docs/guide/import-your-data.md")
    .addHelpText("after", `\nSources:\n${list}`)
    .action((wanted: string, options: Options, self: Command) =>
      withSession(context, self, async (session) => {
        const request = requestOf(wanted, options, context.terminal.env);
        const shop = await shopFor(session, isNamed(request.source) ? request.source : undefined);
        const report = await importInto(session, shop, request);
        rememberImported(session.settings.config.folder, shop);
        session.print({ shop, ...report }, () => reportText(shop, report));
      }),
    );
}

/** What is imported from where: a source by its name, else a file by its ending. */
export function requestOf(
  wanted: string,
  options: Options,
  env: Readonly<Record<string, string | undefined>>,
): ImportRequest {
  const mapping = options.mapping === undefined ? {} : { mapping: resolve(options.mapping) };
  if (isNamed(wanted)) {
    const sets = env["SHOPKEEPER_DATA"] ?? join("..", "shared", "data");
    return { source: wanted, from: resolve(options.from ?? join(sets, wanted)), ...mapping };
  }
  if (options.from !== undefined)
    return { source: wanted, from: resolve(options.from), ...mapping };
  const source = options.source ?? FORMATS[extname(wanted).toLowerCase()];
  if (source === undefined) {
    const detail = `"${wanted}" is no source, and its ending tells no format: --source names one`;
    throw problem("unknown-dataset", detail);
  }
  return { source, from: resolve(wanted), ...mapping };
}

/** A named data set goes into a shop of its own name; a file into the shop that is not the demo. */
async function shopFor(session: Session, named: string | undefined): Promise<string> {
  const said = session.globals.shop ?? session.terminal.env["SHOPKEEPER_SHOP"] ?? named;
  const shop = said ?? (await ownShop(session));
  await session.connection.call("POST", "/v1/shops", { body: { id: shop } });
  session.terminal.note(`into shop ${shop}`);
  return shop;
}

async function ownShop(session: Session): Promise<string> {
  const { rows } = await session.connection.call<{ rows: readonly { id: string }[] }>(
    "GET",
    "/v1/shops",
  );
  const [own, ...more] = rows.filter(({ id }) => id !== DEMO_SHOP);
  if (own === undefined) return FIRST_SHOP;
  return more.length === 0 ? own.id : session.shop();
}

async function importInto(
  session: Session,
  shop: string,
  request: ImportRequest,
): Promise<ImportReport> {
  try {
    return await runJob<ImportReport>(session, { path: "/v1/imports", shop, body: request });
  } catch (error) {
    if (error instanceof Interrupted || (isProblem(error) && error.code === "cancelled")) {
      session.terminal.note("What was taken is kept; the same command goes on from there.");
    }
    throw error;
  }
}

export function reportText(shop: string, report: ImportReport): string {
  const rate = report.seconds > 0 ? Math.round(report.rows / report.seconds) : 0;
  const rows = `${number(report.rows)} rows in ${report.seconds.toFixed(1)} s`;
  const lines = [
    `${report.source} into shop ${shop}: ${rows} (${number(rate)} rows/s)`,
    `${number(report.events)} events and ${number(report.items)} items taken, ${number(report.duplicates)} were there already`,
  ];
  if (report.quarantined > 0) {
    lines.push(`${number(report.quarantined)} rows refused: shopkeeper quarantine --shop ${shop}`);
  }
  if (report.skipped > 0) {
    lines.push(`${number(report.skipped)} rows left out by the set's published protocol`);
  }
  if (report.withheld > 0) {
    lines.push(`${number(report.withheld)} events not kept: their shoppers do not allow measuring`);
  }
  if (report.resumed) lines.push("it went on where an interrupted run had stopped");
  return lines.join("\n");
}
