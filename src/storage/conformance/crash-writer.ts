import { systemClock } from "../../clock.ts";
import { isProblem } from "../../errors.ts";
import { openEmbedded } from "../engines/open.ts";
import { embeddedConfig } from "./embedded-config.ts";
import { logRow } from "./event-log.ts";

/**
 * A program that a test kills: it appends batches, projects them, and prints a line for each batch
 * once it is acknowledged. Or says which problem kept it from opening the folder.
 */
const [folder = "", firstText = "0"] = process.argv.slice(2);
const BATCH = 50;

async function writeForever(): Promise<void> {
  const { log, analytics } = await openEmbedded({
    folder,
    config: embeddedConfig,
    clock: systemClock,
  });
  await analytics.migrate(["CREATE TABLE IF NOT EXISTS seen (seq BIGINT)"]);
  for (let first = Number(firstText); ; first += BATCH) {
    await log.append(
      "shop",
      Array.from({ length: BATCH }, (_, index) => logRow(first + index)),
    );
    process.stdout.write(`acknowledged ${first + BATCH}\n`);
    const from = await analytics.cursor("seen");
    const to = await log.head("shop");
    const places: number[] = [];
    for await (const rows of log.read("shop", { after: from, batch: 1000 })) {
      places.push(...rows.map((row) => row.seq));
    }
    await analytics.apply({ cursor: "seen", from, to }, [{ table: "seen", columns: [places] }], []);
  }
}

writeForever().catch((error: unknown) => {
  process.stdout.write(`${isProblem(error) ? `${error.code}: ${error.message}` : String(error)}\n`);
  process.exitCode = 1;
});
