import { resolve } from "node:path";
import { Command } from "commander";
import { problem } from "../errors.ts";
import type { LeavingReport } from "../model/exchange/exchange-folder.ts";
import type { ModelVersion } from "../model/registry.ts";
import type { ReturnedVersion } from "../scenarios/recommend/recommend.ts";
import { compressCommand } from "./models/compress.ts";
import { runJob } from "./session/follow.ts";
import { type Context, type Session, withSession } from "./session/session.ts";
import { moment, number, table } from "./terminal/print.ts";
import { versionText } from "./train.ts";

export function modelsCommand(context: Context): Command {
  const models = new Command("models").description(
    "Versions of the shop's models, and the way out to train one elsewhere",
  );
  models.addCommand(listCommand(context), { isDefault: true });
  models.addCommand(promoteCommand(context));
  models.addCommand(compressCommand(context));
  models.addCommand(exportCommand(context));
  models.addCommand(importCommand(context));
  return models;
}

function listCommand(context: Context): Command {
  return new Command("list")
    .description("Newest first")
    .action((_options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const rows = await versionsOf(session);
        session.print(rows, () => versionsText(rows));
      }),
    );
}

async function versionsOf(session: Session): Promise<readonly ModelVersion[]> {
  const shop = await session.shop();
  const found = await session.connection.call<{ rows: readonly ModelVersion[] }>(
    "GET",
    "/v1/models",
    { shop },
  );
  return found.rows;
}

function promoteCommand(context: Context): Command {
  return new Command("promote")
    .argument("<version>", "from the list")
    .description("Put a version in service; the one before is remembered")
    .action((version: string, _options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const path = `/v1/models/${encodeURIComponent(version)}/promote`;
        const promoted = await session.connection.call<ModelVersion>("POST", path, { shop });
        session.print(promoted, () => `${promoted.version} is in service`);
      }),
    );
}

function exportCommand(context: Context): Command {
  return new Command("export")
    .argument("<folder>", "a new folder of the server's machine")
    .description("Write a version and what it learned from, to be trained elsewhere")
    .option("--version <name>", "which; else the newest that was not withdrawn")
    .action((folder: string, options: { version?: string }, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const version = options.version ?? newestOf(await versionsOf(session));
        const path = `/v1/models/${encodeURIComponent(version)}/export`;
        const body = { folder: resolve(folder) };
        const report = await runJob<LeavingReport>(session, { path, shop, body });
        session.print(report, () => leavingText(report));
      }),
    );
}

function newestOf(versions: readonly ModelVersion[]): string {
  const newest = versions.find(({ withdrawn }) => withdrawn === undefined);
  if (newest === undefined) throw problem("no-model", "the shop has no model version to export");
  return newest.version;
}

function leavingText({ folder, version, actions, questions, bytes }: LeavingReport): string {
  const size = `${number(Math.round(bytes / 1024))} kB`;
  return [
    `${version} in ${folder}: ${number(actions)} actions, ${number(questions)} questions, ${size}`,
    `train there, then: shopkeeper models import ${folder}`,
  ].join("\n");
}

function importCommand(context: Context): Command {
  return new Command("import")
    .argument("<folder>", "where export wrote and training left its weights")
    .description("Take trained weights as a new version, judged on what was held out")
    .option("--promote", "put it in service if it answers no worse than the version that left")
    .action((folder: string, options: { promote?: boolean }, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const body = { folder: resolve(folder), promote: options.promote === true };
        const work = { path: "/v1/models/import", shop, body };
        const found = await runJob<ReturnedVersion>(session, work);
        session.print(found, () => returnedText(found));
      }),
    );
}

function returnedText({ version, from, promoted, why }: ReturnedVersion): string {
  const found = `from ${from}; ${why}`;
  return [versionText(version), "", found, stateText(version, promoted)].join("\n");
}

function stateText({ version, withdrawn }: ModelVersion, promoted: boolean): string {
  if (promoted) return `${version} is in service`;
  if (withdrawn !== undefined) return `${version} is withdrawn: it will not serve`;
  return `${version} is not in service: shopkeeper models promote ${version}`;
}

function versionsText(rows: readonly ModelVersion[]): string {
  return table(
    rows,
    {
      version: (row) => row.version,
      made: (row) => moment(row.createdAt),
      "learned until": (row) => moment(row.asOf),
      seed: (row) => row.seed,
      kB: (row) => Math.round(row.bytes / 1024),
      withdrawn: (row) => row.withdrawn,
    },
    "no model has been trained yet",
  );
}
