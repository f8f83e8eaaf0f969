import { Command } from "commander";
import type { Job } from "../storage/jobs.ts";
import { wholeOption } from "./options.ts";
import { followJob } from "./session/follow.ts";
import { type Context, withSession } from "./session/session.ts";
import { moment, table } from "./terminal/print.ts";
import { progressLine } from "./terminal/progress.ts";

export function jobsCommand(context: Context): Command {
  const jobs = new Command("jobs").description("Long work: what runs, what ended and how");
  jobs.addCommand(listCommand(context), { isDefault: true });
  jobs.addCommand(watchCommand(context));
  jobs.addCommand(cancelCommand(context));
  return jobs;
}

function listCommand(context: Context): Command {
  return new Command("list")
    .description("Newest first")
    .option("--limit <number>", "jobs at most", wholeOption, 20)
    .option("--installation", "backups and rebuilds, which are of no shop")
    .action((options: { limit: number; installation?: boolean }, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = options.installation ? undefined : await session.shop();
        const query = { limit: options.limit };
        const found = await session.connection.call<{ rows: readonly Job[] }>("GET", "/v1/jobs", {
          shop,
          query,
        });
        session.print(found.rows, () => jobsText(found.rows));
      }),
    );
}

function watchCommand(context: Context): Command {
  return new Command("watch")
    .argument("<id>", "the job's id")
    .description("Follow a job to its end; Ctrl-C cancels it")
    .action((id: string, _options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const path = `/v1/jobs/${encodeURIComponent(id)}`;
        const job = await session.connection.call<Job>("GET", path, { shop });
        const result = await followJob<unknown>(session, shop, job);
        session.print(result, () => JSON.stringify(result, null, 2));
      }),
    );
}

function cancelCommand(context: Context): Command {
  return new Command("cancel")
    .argument("<id>", "the job's id")
    .description("Cancel a job")
    .action((id: string, _options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const path = `/v1/jobs/${encodeURIComponent(id)}/cancel`;
        const job = await session.connection.call<Job>("POST", path, { shop });
        session.print(job, () => jobsText([job]));
      }),
    );
}

function jobsText(jobs: readonly Job[]): string {
  return table(
    jobs,
    {
      id: (job) => job.id,
      kind: (job) => job.kind,
      state: (job) => job.state,
      begun: (job) => moment(job.startedAt),
      ended: (job) => moment(job.endedAt),
      progress: (job) => job.error?.detail ?? progressLine(job.progress, 0, 0),
    },
    "no jobs",
  );
}
