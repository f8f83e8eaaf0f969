import { resolve } from "node:path";
import { Command } from "commander";
import type { BackupReport } from "../storage/storage.ts";
import { runJob } from "./session/follow.ts";
import { type Context, withSession } from "./session/session.ts";
import { number } from "./terminal/print.ts";

export function backupCommand(context: Context): Command {
  return new Command("backup")
    .argument("<folder>", "an empty folder, or one that is not there yet")
    .description("Copy everything that cannot be rebuilt, while the server keeps running")
    .action((folder: string, _options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const body = { folder: resolve(folder) };
        const work = { path: "/v1/backup", shop: undefined, body };
        const report = await runJob<BackupReport>(session, work);
        session.print(report, () => backupText(report));
      }),
    );
}

function backupText(report: BackupReport): string {
  const size = `${number(Math.round(report.bytes / 2 ** 20))} MB`;
  const counts = `${number(report.events)} events, ${number(report.records)} records`;
  return `${report.folder}: ${counts}, ${number(report.blobs)} blobs, ${size}`;
}
