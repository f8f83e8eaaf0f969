import { Command } from "commander";
import type { ModelVersion } from "../model/registry.ts";
import { numberOption } from "./options.ts";
import { runJob } from "./session/follow.ts";
import { type Context, type Session, withSession } from "./session/session.ts";
import { number, table } from "./terminal/print.ts";
import { duration } from "./terminal/progress.ts";

interface Options {
  readonly seed: number;
  readonly without?: readonly string[];
}

export function trainCommand(context: Context): Command {
  return new Command("train")
    .description("Fit a new model on the shop's log and put it in service")
    .option("--seed <number>", "the same seed and data give the same model", numberOption, 1)
    .option("--without <source...>", "leave sources out, e.g. --without ease als")
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
  const params = options.without === undefined ? {} : { without: options.without };
  const body = { seed: options.seed, params };
  return runJob<ModelVersion>(session, { path: "/v1/train", shop, body });
}

export function versionText(version: ModelVersion): string {
  const metrics = table(
    Object.entries(version.metrics),
    { metric: ([name]) => name, value: ([, value]) => value },
    "no metrics were taken",
  );
  const size = `${number(Math.round(version.bytes / 1024))} kB`;
  return [
    `${version.version} trained in ${duration(version.fitSeconds)}, ${size}`,
    "",
    metrics,
  ].join("\n");
}
