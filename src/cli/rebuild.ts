import { Command } from "commander";
import { runJob } from "./session/follow.ts";
import { type Context, withSession } from "./session/session.ts";
import { number } from "./terminal/print.ts";
import { duration } from "./terminal/progress.ts";

export function rebuildCommand(context: Context): Command {
  return new Command("rebuild")
    .description("Drop what is derived and make it again from the log")
    .action((_options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const work = { path: "/v1/rebuild", shop: undefined };
        const done = await runJob<{ events: number; seconds: number }>(session, work);
        session.print(done, () => `${number(done.events)} events in ${duration(done.seconds)}`);
      }),
    );
}
