import { Argument, Command } from "commander";
import type { RecommendDecision } from "../scenarios/recommend/schema.ts";
import { recommendSurfaces } from "../scenarios/recommend/schema.ts";
import { idsOption, numberOption, wholeOption } from "./options.ts";
import { type Context, type Session, withSession } from "./session/session.ts";
import { table } from "./terminal/print.ts";

export interface ListOptions {
  readonly shopper?: string;
  readonly anonymous?: string;
  readonly items: readonly string[];
  readonly limit?: number;
  readonly diversity?: number;
  readonly locale?: string;
  readonly record?: boolean;
}

export function recommendCommand(context: Context): Command {
  const command = withListOptions(new Command("recommend"))
    .description("Ask for a list, as a shop's page would")
    .option("--record", "log the list as shown, as for a real page")
    .action((surface: string, options: ListOptions, self: Command) =>
      withSession(context, self, async (session) => {
        const decision = await ask(session, surface, options);
        session.print(decision, () => decisionText(decision));
      }),
    );
  return command;
}

/** The options that say which list is meant: here, in explain and in the preview of rules. */
export function withListOptions(command: Command): Command {
  return command
    .addArgument(new Argument("<surface>", "where the list stands").choices(recommendSurfaces))
    .option("--shopper <id>", "who is looking")
    .option("--anonymous <id>", "who is looking, not signed in")
    .option("--items <ids>", "item looked at, or cart: ids with commas between", idsOption, [])
    .option("--limit <number>", "length of the list", wholeOption)
    .option("--diversity <share>", "0 most relevant, 1 most varied", numberOption)
    .option("--locale <language>", "en or zh, for titles and reasons");
}

/** The body of a request for a list; nothing is logged unless it is asked for. */
export function listRequest(surface: string, options: ListOptions): Record<string, unknown> {
  const { shopper, anonymous, items, limit, diversity, locale } = options;
  const given = { shopper, anonymous, limit, diversity, locale };
  return { surface, items, record: options.record === true, ...given };
}

async function ask(
  session: Session,
  surface: string,
  options: ListOptions,
): Promise<RecommendDecision> {
  const shop = await session.shop();
  const body = listRequest(surface, options);
  return session.connection.call<RecommendDecision>("POST", "/v1/recommendations", { shop, body });
}

export function decisionText(decision: RecommendDecision): string {
  const list = table(
    decision.items,
    {
      "": (row) => row.position + 1,
      item: (row) => row.item,
      title: (row) => row.title,
      price: (row) => priceText(row.priceMinor, row.currency),
      score: (row) => row.score,
      from: (row) => strongest(row.sources),
      why: (row) => row.reasons.map((reason) => reason.text).join("; "),
    },
    "nothing may be shown here now",
  );
  const model = decision.model ?? "no model yet";
  const notices = decision.notices.map((notice) => `note: ${notice}`);
  return [list, "", `${model}, rules ${decision.rules}, ${decision.request}`, ...notices].join(
    "\n",
  );
}

/** Minor units as the currency writes them; as they are when it is not known. */
export function priceText(minor: number | undefined, currency: string | undefined): string {
  if (minor === undefined) return "-";
  if (currency === undefined) return String(minor);
  const format = new Intl.NumberFormat("en", { style: "currency", currency });
  const places = format.resolvedOptions().maximumFractionDigits ?? 2;
  return `${(minor / 10 ** places).toFixed(places)} ${currency}`;
}

/** The source that gave the most of the score. */
function strongest(sources: Readonly<Partial<Record<string, number>>>): string {
  let best = "-";
  let most = Number.NEGATIVE_INFINITY;
  for (const [name, score = 0] of Object.entries(sources)) {
    if (score > most) [best, most] = [name, score];
  }
  return best;
}
