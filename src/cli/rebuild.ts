import { Command } from "commander";
import type { Job } from "../storage/jobs.ts";
import { followJob } from "./follow.ts";
import { type Context, withSession } from "./session.ts";
import { number } from "./terminal/print.ts";
import { duration } from "./terminal/progress.ts";

export function rebuildCommand(context: Context): Command {
  return new Command("rebuild")
    .description("Drop what is derived and make it again from the log")
    .action((_options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const job = await session.connection.call<Job>("POST", "/v1/rebuild");
        const done = await followJob<{ events: number; seconds: number }>(session, undefined, job);
        session.print(done, () => `${number(done.events)} events in ${duration(done.seconds)}`);
      }),
    );
}
