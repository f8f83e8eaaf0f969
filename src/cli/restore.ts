import { existsSync, readdirSync } from "node:fs";
import { rename, rm, rmdir } from "node:fs/promises";
import { resolve } from "node:path";
import { Command } from "commander";
import { problem } from "../errors.ts";
import { runningServer } from "./session/connect.ts";
import { runJob } from "./session/follow.ts";
import { type Context, type Globals, settingsOf, withSession } from "./session/session.ts";
import { number } from "./terminal/print.ts";

/** What a server may have left behind in a folder that holds no data. */
const HARMLESS = new Set(["server.json", "shopkeeper.yaml"]);

export function restoreCommand(context: Context): Command {
  return new Command("restore")
    .argument("<backup>", "a folder that backup made")
    .description("Make the data folder from a backup; refuses to overwrite one that holds data")
    .action(async (backup: string, _options: unknown, self: Command) => {
      const { folder } = settingsOf(context, self.optsWithGlobals<Globals>()).config;
      await copyBackup(resolve(backup), folder);
      context.terminal.note(`restored into ${folder}; making what is derived`);
      await withSession(context, self, async (session) => {
        const work = { path: "/v1/rebuild", shop: undefined };
        const done = await runJob<{ events: number; seconds: number }>(session, work);
        session.print(
          { folder, events: done.events },
          () => `${number(done.events)} events are back`,
        );
      });
    });
}

/** Checked against the manifest, copied beside the place, then moved into it. */
async function copyBackup(backup: string, folder: string): Promise<void> {
  if (await runningServer(folder)) {
    throw problem("storage-locked", `a server runs on ${folder}: stop it first`);
  }
  const held = existsSync(folder) ? readdirSync(folder) : [];
  if (held.some((name) => !HARMLESS.has(name))) {
    const detail = `${folder} holds data; restore into another folder with --data, or move it away`;
    throw problem("conflict", detail);
  }
  const draft = `${folder}.restoring`;
  await rm(draft, { recursive: true, force: true });
  const { restorePlatform } = await import("../platform.ts");
  await restorePlatform(backup, draft);
  for (const name of held) {
    if (name === "shopkeeper.yaml") await rename(`${folder}/${name}`, `${draft}/${name}`);
    else await rm(`${folder}/${name}`);
  }
  if (existsSync(folder)) await rmdir(folder);
  await rename(draft, folder);
}
