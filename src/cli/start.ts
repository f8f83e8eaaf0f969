import { Command } from "commander";
import { isProblem } from "../errors.ts";
import { demoWorld } from "../serve/pages/pictures.ts";
import { EVALUATE_DEFAULTS, evaluateShop, reportText } from "./evaluate.ts";
import { portOption, serveHere } from "./serve.ts";
import type { OpenedHere } from "./session/open-here.ts";
import type { Context, Session } from "./session/session.ts";
import { DEMO_SHOP } from "./session/shop.ts";
import { simulateInto } from "./simulate.ts";
import { number } from "./terminal/print.ts";
import { trainShop, versionText } from "./train.ts";

export function startCommand(context: Context): Command {
  return portOption(new Command("start"))
    .description("Open the shop and serve it; an empty data folder gets the demo shop first")
    .action((_options: unknown, self: Command) =>
      serveHere(context, self, { logLevel: "warn", prepare: openDemo }),
    );
}

/** Fills, trains and measures the demo, unless this was done or the installation has other shops. */
async function openDemo(session: Session, { platform }: OpenedHere): Promise<void> {
  const shops = await platform.shops.list();
  const isDemo = shops.length === 0 || shops.some(({ id }) => id === DEMO_SHOP);
  if (!isDemo) return;
  const { terminal } = session;
  const hasModel = shops.length > 0 && (await platform.models.inService(DEMO_SHOP, "recommend"));
  if (!hasModel) {
    terminal.note("the data folder is empty: opening the demo shop (about a minute)");
    const { items, events } = await simulateInto(session, DEMO_SHOP, demoWorld);
    terminal.note(`the demo shop has ${number(items)} items and ${number(events)} events`);
    terminal.note(versionText(await trainShop(session, DEMO_SHOP, { seed: 1 })));
  }
  if (!(await hasReport(session))) {
    const report = await evaluateShop(session, DEMO_SHOP, EVALUATE_DEFAULTS);
    terminal.note(`\n${reportText(report.result, false)}\n`);
  }
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
