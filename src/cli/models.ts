import { resolve } from "node:path";
import { Command, Option } from "commander";
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
  models.addCommand(rollbackCommand(context));
  models.addCommand(withdrawCommand(context));
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
        const places = await placesOf(session, rows);
        session.print(rows, () => versionsText(rows, places));
      }),
    );
}

/** By version what it does, of those that answer. */
async function placesOf(
  session: Session,
  rows: readonly ModelVersion[],
): Promise<ReadonlyMap<string, string>> {
  const shop = await session.shop();
  const places = new Map<string, string>();
  for (const scenario of new Set(rows.map((row) => row.scenario))) {
    const found = await session.connection.call<Serving>("GET", "/v1/models/serving", {
      shop,
      query: { scenario },
    });
    if (found.inService) places.set(found.inService.version, "in service");
    if (found.canary) {
      places.set(found.canary.version.version, `on trial, ${number(100 * found.canary.share)} %`);
    }
  }
  return places;
}

interface Serving {
  readonly inService: ModelVersion | null;
  readonly canary: { readonly version: ModelVersion; readonly share: number } | null;
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

function rollbackCommand(context: Context): Command {
  return new Command("rollback")
    .description("Back to the version that was in service before")
    .addOption(
      new Option("--scenario <name>", "whose")
        .choices(["recommend", "predict"])
        .default("recommend"),
    )
    .action((body: { scenario: string }, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const path = "/v1/models/rollback";
        const back = await session.connection.call<ModelVersion>("POST", path, { shop, body });
        session.print(back, () => `${back.version} is in service again`);
      }),
    );
}

function withdrawCommand(context: Context): Command {
  return new Command("withdraw")
    .argument("<version>", "from the list")
    .description("Never use a version again; one in service leaves service")
    .requiredOption("--why <words>", "kept with the version")
    .action((version: string, body: { why: string }, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const path = `/v1/models/${encodeURIComponent(version)}/withdraw`;
        const gone = await session.connection.call<ModelVersion>("POST", path, { shop, body });
        session.print(gone, () => `${gone.version} is withdrawn: it will not serve`);
      }),
    );
}

function exportCommand(context: Context): Command {
  return new Command("export")
    .argument("<folder>", "a new folder of the server's machine")
    .description("Write a version and what it learned from, to be trained elsewhere")
    .option("--of <version>", "which; else the newest recommender that was not withdrawn")
    .action((folder: string, options: { of?: string }, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const version = options.of ?? newestOf(await versionsOf(session));
        const path = `/v1/models/${encodeURIComponent(version)}/export`;
        const body = { folder: resolve(folder) };
        const report = await runJob<LeavingReport>(session, { path, shop, body });
        session.print(report, () => leavingText(report));
      }),
    );
}

function newestOf(versions: readonly ModelVersion[]): string {
  const newest = versions.find(
    ({ scenario, withdrawn }) => scenario === "recommend" && withdrawn === undefined,
  );
  if (newest === undefined) throw problem("no-model", "the shop has no recommender to export");
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

function versionsText(rows: readonly ModelVersion[], places: ReadonlyMap<string, string>): string {
  return table(
    rows,
    {
      version: (row) => row.version,
      made: (row) => moment(row.createdAt),
      "learned until": (row) => moment(row.asOf),
      seed: (row) => row.seed,
      kB: (row) => Math.round(row.bytes / 1024),
      state: (row) => places.get(row.version) ?? (row.withdrawn && `withdrawn: ${row.withdrawn}`),
    },
    "no model has been trained yet",
  );
}
