import { Command, InvalidArgumentError } from "commander";
import type {
  Affected,
  RetentionCertificate,
  RetentionChange,
  RetentionPreview,
  RetentionRules,
} from "../../collect/retention/retention.ts";
import { problem } from "../../errors.ts";
import { wholeOption } from "../options.ts";
import { runJob } from "../session/follow.ts";
import { type Context, type Session, withSession } from "../session/session.ts";
import { moment, number, table } from "../terminal/print.ts";

export function retentionCommand(context: Context): Command {
  const retention = new Command("retention").description(
    "How long events are kept, and what is allowed to who was not asked",
  );
  retention.addCommand(showCommand(context), { isDefault: true });
  retention.addCommand(withRules(previewCommand(context)));
  retention.addCommand(withRules(setCommand(context)));
  retention.addCommand(applyCommand(context));
  retention.addCommand(certificatesCommand(context));
  return retention;
}

type Rules = RetentionRules & { readonly appliedAt: number | null };

interface RuleOptions {
  readonly shopperDays?: number;
  readonly anonymousDays?: number;
  readonly measure?: boolean;
  readonly personalise?: boolean;
}

/** Infinity is for ever: an option that is null counts as not given. */
const daysOption = (text: string): number =>
  text === "ever" ? Number.POSITIVE_INFINITY : wholeOption(text);

const daysOf = (days: number): number | null => (Number.isFinite(days) ? days : null);

function yesOption(text: string): boolean {
  if (text !== "yes" && text !== "no") throw new InvalidArgumentError("Say yes or no.");
  return text === "yes";
}

const withRules = (command: Command): Command =>
  command
    .option("--shopper-days <days>", "keep events of known shoppers; ever: always", daysOption)
    .option("--anonymous-days <days>", "keep events of nobody known; ever: always", daysOption)
    .option("--measure <yes|no>", "count who has said nothing in figures", yesOption)
    .option("--personalise <yes|no>", "personalise for who has said nothing", yesOption);

function showCommand(context: Context): Command {
  return new Command("show")
    .description("The rules in force")
    .action((_options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const rules = await ask<Rules>(session, "GET", "");
        session.print(rules, () => rulesText(rules));
      }),
    );
}

function previewCommand(context: Context): Command {
  return new Command("preview")
    .description("How many events a change would let go of; nothing is changed")
    .action((options: RuleOptions, self: Command) =>
      withSession(context, self, async (session) => {
        const body = await changeOf(session, options);
        const found = await ask<RetentionPreview>(session, "POST", "/preview", body);
        session.print(found, () => previewText(found));
      }),
    );
}

function setCommand(context: Context): Command {
  return new Command("set")
    .description("Change the rules; they are applied once a day")
    .action((options: RuleOptions, self: Command) =>
      withSession(context, self, async (session) => {
        const body = await changeOf(session, options);
        if (Object.keys(body).length === 0) {
          throw problem("invalid-request", "nothing to change: give one of the options");
        }
        const rules = await ask<Rules>(session, "PATCH", "", body);
        session.print(rules, () => rulesText(rules));
      }),
    );
}

function applyCommand(context: Context): Command {
  return new Command("apply")
    .description("Let go of what is too old by the rules, now; cannot be undone")
    .option("--yes", "do not ask")
    .action((options: { yes?: boolean }, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        if (options.yes !== true) await confirm(session, shop);
        const work = { shop, path: "/v1/retention/apply" };
        const done = await runJob<RetentionCertificate | null>(session, work);
        session.print(done, () => (done === null ? "nothing is too old" : certificates([done])));
      }),
    );
}

function certificatesCommand(context: Context): Command {
  return new Command("certificates")
    .description("What was let go of, newest first")
    .action((_options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const path = "/certificates";
        const { rows } = await ask<{ rows: readonly RetentionCertificate[] }>(session, "GET", path);
        session.print(rows, () => certificates(rows));
      }),
    );
}

async function ask<Answer>(
  session: Session,
  method: "GET" | "POST" | "PATCH",
  path: string,
  body?: RetentionChange,
): Promise<Answer> {
  const shop = await session.shop();
  return await session.connection.call<Answer>(method, `/v1/retention${path}`, { shop, body });
}

/** Of the two parts of consent the one that is not given stays as it is. */
async function changeOf(session: Session, options: RuleOptions): Promise<RetentionChange> {
  const { measure, personalise, shopperDays, anonymousDays } = options;
  const days = {
    ...(shopperDays !== undefined && { shopperDays: daysOf(shopperDays) }),
    ...(anonymousDays !== undefined && { anonymousDays: daysOf(anonymousDays) }),
  };
  if (measure === undefined && personalise === undefined) return days;
  const { consent: now } = await ask<Rules>(session, "GET", "");
  const consent = {
    measure: measure ?? now.measure,
    personalise: personalise ?? now.personalise,
  };
  return { ...days, consent };
}

async function confirm(session: Session, shop: string): Promise<void> {
  if (!session.terminal.answers) {
    throw problem("invalid-request", "nobody is there to confirm: add --yes to go on unasked");
  }
  const found = await ask<RetentionPreview>(session, "POST", "/preview", {});
  session.terminal.note(previewText(found));
  const question = `Let go of them for good? Type the shop's name (${shop}) to go on: `;
  const answer = await session.terminal.ask(question);
  if (answer.trim() !== shop) throw problem("cancelled", "the name was not typed; nothing went");
}

const forDays = (days: number | null): string => (days === null ? "for ever" : `${days} days`);

function rulesText({ shopperDays, anonymousDays, consent, appliedAt }: Rules): string {
  const { measure, personalise } = consent;
  return [
    `events of shoppers    ${forDays(shopperDays)}`,
    `events of nobody      ${forDays(anonymousDays)}`,
    `who has said nothing  ${measure ? "is" : "is not"} counted in figures`,
    `                      ${personalise ? "gets" : "does not get"} personal lists`,
    `applied last          ${moment(appliedAt)}`,
  ].join("\n");
}

const previewText = ({ shoppers, anonymous, quarantine }: RetentionPreview): string =>
  [
    `of shoppers  ${affectedText(shoppers, "events")}`,
    `of nobody    ${affectedText(anonymous, "events")}`,
    `refused      ${affectedText(quarantine, "rows")}`,
  ].join("\n");

const affectedText = ({ events, goes, oldestAt }: Affected, what: string): string => {
  const since = goes === 0 ? "" : `, the oldest from ${moment(oldestAt)}`;
  return `${number(goes)} of ${number(events)} ${what} would go${since}`;
};

function certificates(rows: readonly RetentionCertificate[]): string {
  return table(
    rows,
    {
      certificate: ({ id }) => id,
      at: ({ at }) => moment(at),
      "of shoppers": ({ shopperEvents }) => shopperEvents,
      "of nobody": ({ anonymousEvents }) => anonymousEvents,
      persons: ({ persons }) => persons,
      refused: ({ quarantined }) => quarantined,
      oldest: ({ oldestAt }) => moment(oldestAt),
      newest: ({ newestAt }) => moment(newestAt),
      "to the end": ({ complete }) => (complete ? "yes" : "no"),
    },
    "nothing was let go of yet",
  );
}
