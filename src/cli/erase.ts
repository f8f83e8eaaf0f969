import { Command } from "commander";
import type { ErasureCertificate } from "../collect/collect.ts";
import { problem } from "../errors.ts";
import { type Context, type Session, withSession } from "./session/session.ts";
import { moment, number } from "./terminal/print.ts";

export function eraseCommand(context: Context): Command {
  return new Command("erase")
    .argument("<shopper>", "the shopper's id")
    .description("Erase a shopper from the log and from all that is derived; cannot be undone")
    .option("--yes", "do not ask")
    .action((shopper: string, options: { yes?: boolean }, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        if (options.yes !== true) await confirm(session, shop, shopper);
        const path = `/v1/shoppers/${encodeURIComponent(shopper)}`;
        const done = await session.connection.call<ErasureCertificate>("DELETE", path, { shop });
        session.print(done, () => certificateText(done));
      }),
    );
}

async function confirm(session: Session, shop: string, shopper: string): Promise<void> {
  if (!session.terminal.answers) {
    throw problem(
      "invalid-request",
      "nobody is there to confirm: add --yes to erase without asking",
    );
  }
  const question = `Erase "${shopper}" of shop ${shop} for good? Type the id to go on: `;
  const answer = await session.terminal.ask(question);
  if (answer.trim() !== shopper)
    throw problem("cancelled", "the id was not typed; nothing is erased");
}

function certificateText(done: ErasureCertificate): string {
  return [
    `certificate ${done.id}`,
    `at          ${moment(done.at)} UTC`,
    `events      ${number(done.events)}`,
    `aliases     ${number(done.aliases)}`,
    `derived     ${done.derived.join(", ") || "-"}`,
    `subject     ${done.subject} (SHA-256 of shop and id with the salt)`,
    `salt        ${done.salt}`,
  ].join("\n");
}
