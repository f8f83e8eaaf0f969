import { Command } from "commander";
import { isProblem } from "../errors.ts";
import { demoWorld } from "../serve/pages/pictures.ts";
import { EVALUATE_DEFAULTS, evaluateShop, reportText } from "./evaluate.ts";
import { trainPredictions } from "./predict.ts";
import { serveHere, serverOptions } from "./serve.ts";
import type { OpenedHere } from "./session/open-here.ts";
import type { Context, Session } from "./session/session.ts";
import { DEMO_SHOP } from "./session/shop.ts";
import { simulateInto } from "./simulate.ts";
import { number } from "./terminal/print.ts";
import { trainShop, versionText } from "./train.ts";

export function startCommand(context: Context): Command {
  return serverOptions(new Command("start"))
    .description("Open the shop and serve it; an empty data folder gets the demo shop first")
    .action((_options: unknown, self: Command) =>
      serveHere(context, self, {
        logLevel: "warn",
        prepare: openDemo,
        afterwards: finishDemo,
      }),
    );
}

/** The demo is to be open within two minutes: its behaviour model learns by ids alone, and not for long. */
const BRIEFLY: readonly string[] = ["behaviour.content=false", "behaviour.epochsMost=12"];

/** Fills and trains the demo, unless this was done or the installation has other shops. */
async function openDemo(session: Session, { platform }: OpenedHere): Promise<void> {
  const shops = await platform.shops.list();
  const isThere = shops.some(({ id }) => id === DEMO_SHOP);
  if (shops.length > 0 && !isThere) return;
  if (isThere && (await platform.models.inService(DEMO_SHOP, "recommend"))) return;
  const { terminal } = session;
  terminal.note("the data folder is empty: opening the demo shop (about a minute)");
  const { items, events } = await simulateInto(session, DEMO_SHOP, demoWorld);
  terminal.note(`the demo shop has ${number(items)} items and ${number(events)} events`);
  const version = await trainShop(session, DEMO_SHOP, { seed: 1, param: BRIEFLY });
  terminal.note(`\n${versionText(version)}\n`);
}

/** What the demo can be open without: its predictions, then every method measured, each once. */
async function finishDemo(session: Session, { platform }: OpenedHere): Promise<void> {
  const shops = await platform.shops.list();
  if (!shops.some(({ id }) => id === DEMO_SHOP)) return;
  const { terminal } = session;
  if (!(await platform.models.inService(DEMO_SHOP, "predict"))) {
    terminal.note("learning to predict what shoppers do; the shop is open meanwhile");
    const version = await trainPredictions(session, DEMO_SHOP, { seed: 1, without: ["network"] });
    terminal.note(`\n${versionText(version)}\n`);
  }
  if (await hasReport(session)) return;
  terminal.note("measuring every method on the demo's own log; the shop is open meanwhile");
  // Shoppers of the demo come back to what they have seen: filtering it would leave little to ask.
  const options = { ...EVALUATE_DEFAULTS, keepSeen: true };
  const report = await evaluateShop(session, DEMO_SHOP, options);
  terminal.note(`\n${reportText(report.result, false)}\n`);
  terminal.note("the shop is open; Ctrl-C closes it");
}

async function hasReport(session: Session): Promise<boolean> {
  try {
    await session.connection.call("GET", "/v1/reports/latest", { shop: DEMO_SHOP });
    return true;
  } catch (error) {
    if (isProblem(error) && error.code === "unknown-report") return false;
    throw error;
  }
}
