import { Command } from "commander";
import type { OwnTrainingHours } from "../../serve/training-hours.ts";
import type { NextTrainings } from "../../serve/training-schedule.ts";
import { numberOption } from "../options.ts";
import { type Context, withSession } from "../session/session.ts";
import { moment, number } from "../terminal/print.ts";

interface Schedule extends NextTrainings {
  readonly everyHours: number;
  readonly fullEveryHours: number;
  readonly own: OwnTrainingHours;
  readonly waitsFor: "version" | "trial" | null;
}

interface ScheduleOptions {
  readonly every?: number;
  readonly fullEvery?: number;
}

const SERVER = "server";

/** What an option that is null would mean is "as not given", so the server's word is not a number. */
const hoursOption = (text: string): number =>
  text === SERVER ? Number.POSITIVE_INFINITY : numberOption(text);

const asAsked = (hours: number): number | null => (Number.isFinite(hours) ? hours : null);

export function scheduleCommand(context: Context): Command {
  return new Command("schedule")
    .description(
      "How often the recommender is trained by itself, and when next; with options changed",
    )
    .option("--every <hours>", "to the next training that goes on; 0: never; server", hoursOption)
    .option(
      "--full-every <hours>",
      "to the next that learns everything; 0: never; server",
      hoursOption,
    )
    .action(({ every, fullEvery }: ScheduleOptions, self: Command) =>
      withSession(context, self, async (session) => {
        const sent = { shop: await session.shop() };
        const path = "/v1/train/schedule";
        const found = await session.connection.call<Schedule>("GET", path, sent);
        if (every === undefined && fullEvery === undefined) {
          session.print(found, () => scheduleText(found));
          return;
        }
        const body: OwnTrainingHours = {
          everyHours: every === undefined ? found.own.everyHours : asAsked(every),
          fullEveryHours: fullEvery === undefined ? found.own.fullEveryHours : asAsked(fullEvery),
        };
        const changed = await session.connection.call<Schedule>("PUT", path, { ...sent, body });
        session.print(changed, () => scheduleText(changed));
      }),
    );
}

const WAITING = {
  version: "waits for a first training: shopkeeper train",
  trial: "waits for the end of a trial: shopkeeper experiments end",
};

function scheduleText({ own, waitsFor, ...now }: Schedule): string {
  return [
    line("goes on", now.everyHours, own.everyHours, now.onwardAt),
    line("learns everything anew", now.fullEveryHours, own.fullEveryHours, now.fullAt),
    ...(waitsFor === null ? [] : [WAITING[waitsFor]]),
  ].join("\n");
}

function line(what: string, hours: number, own: number | null, at: number | null): string {
  const often = hours === 0 ? "never" : `every ${number(hours)} h`;
  const whose = own === null ? "as the server's settings say" : "for this shop";
  const next = at === null ? "" : `, next ${moment(at)}`;
  return `${what.padEnd(24)}${often}, ${whose}${next}`;
}
