import { Command } from "commander";
import type { Shop } from "../collect/shops.ts";
import type { ShopStatus } from "../serve/shop-status.ts";
import { type Context, type Session, withSession } from "./session/session.ts";
import { moment, table } from "./terminal/print.ts";

export function shopsCommand(context: Context): Command {
  return new Command("shops")
    .description("The shops of this installation, and how each stands")
    .action((_options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const rows = await statuses(session);
        session.print(rows, () => statusText(rows));
      }),
    );
}

async function statuses(session: Session): Promise<readonly ShopStatus[]> {
  const { rows } = await session.connection.call<{ rows: readonly Shop[] }>("GET", "/v1/shops");
  const read = (shop: string): Promise<ShopStatus> =>
    session.connection.call<ShopStatus>("GET", "/v1/status", { shop });
  const found: ShopStatus[] = [];
  for (const { id } of rows) found.push(await read(id));
  return found;
}

function statusText(rows: readonly ShopStatus[]): string {
  return table(
    rows,
    {
      shop: (row) => row.shop,
      name: (row) => row.name,
      events: (row) => row.events,
      items: (row) => row.items,
      model: (row) => row.model,
      trained: (row) => moment(row.trainedAt),
      "last event": (row) => moment(row.lastEventAt),
    },
    "no shop yet: run shopkeeper start, or import your data",
  );
}
