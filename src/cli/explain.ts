import { Command } from "commander";
import type { ItemExplanation } from "../scenarios/recommend/schema.ts";
import { type ListOptions, listRequest, withListOptions } from "./recommend.ts";
import { type Context, withSession } from "./session/session.ts";
import { table } from "./terminal/print.ts";

export function explainCommand(context: Context): Command {
  return withListOptions(new Command("explain"))
    .argument("<item>", "the item in question")
    .description("Why an item stands in a list, or why it does not")
    .action((surface: string, item: string, options: ListOptions, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const explanation = await session.connection.call<ItemExplanation>(
          "POST",
          "/v1/recommendations/explain",
          { shop, body: { request: listRequest(surface, options), item } },
        );
        session.print(explanation, () => explanationText(explanation));
      }),
    );
}

export function explanationText(explanation: ItemExplanation): string {
  const { item, shown, rank, score, sources, because, stages } = explanation;
  const place = rank === null ? "was no candidate" : `ranks ${rank + 1} before rules`;
  const verdict = `${item} is ${shown ? "shown" : "not shown"}; it ${place}`;
  return [
    score === null ? verdict : `${verdict}, score ${score.toFixed(4)}`,
    "",
    table(
      Object.entries(sources),
      { source: ([name]) => name, gave: ([, value]) => value },
      "no source speaks for it",
    ),
    "",
    table(
      because,
      { because: (row) => row.item, source: (row) => row.source, share: (row) => row.share },
      "nothing the shopper did speaks for it",
    ),
    "",
    table(
      stages,
      { stage: (row) => row.stage, verdict: (row) => row.verdict },
      "no stage was passed",
    ),
  ].join("\n");
}
