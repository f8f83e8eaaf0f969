import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Command } from "commander";
import type { Picture } from "../../collect/pictures/pictures.ts";
import { problem } from "../../errors.ts";
import { type Context, withSession } from "../session/session.ts";
import { number } from "../terminal/print.ts";

export function itemsCommand(context: Context): Command {
  const items = new Command("items").description("What is known of single items");
  items.addCommand(pictureCommand(context));
  return items;
}

function pictureCommand(context: Context): Command {
  return new Command("picture")
    .argument("<group>", "the group; an item without one is its own")
    .argument("[file]", "a JPEG, PNG or WebP file")
    .description("Upload the picture of an item: it then stands beside what looks like it")
    .option("--remove", "remove it instead")
    .action((group: string, file: string | undefined, options: { remove?: true }, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const path = `/v1/items/${encodeURIComponent(group)}/picture`;
        if (options.remove === true) {
          await session.connection.call("DELETE", path, { shop });
          session.print({ group, removed: true }, () => `The picture of ${group} is removed.`);
          return;
        }
        const sent = { shop, file: { type: "image/jpeg", bytes: await bytesOf(file) } };
        const kept = await session.connection.call<Picture>("PUT", path, sent);
        session.print(kept, () => keptText(kept));
      }),
    );
}

/** What the file is the server sees for itself. */
async function bytesOf(file: string | undefined): Promise<Uint8Array<ArrayBuffer>> {
  if (file === undefined) {
    throw problem("invalid-request", "name the file, or say --remove", {
      errors: [{ pointer: "/file", detail: "a JPEG, PNG or WebP file" }],
    });
  }
  const read = await readFile(resolve(file)).catch((cause: NodeJS.ErrnoException) => {
    throw problem("missing-data", `${file} cannot be read: ${cause.message}`, { cause });
  });
  return new Uint8Array(read);
}

const keptText = ({ group, width, height, bytes }: Picture): string =>
  `The picture of ${group} is kept: ${width} x ${height} pixels, ${number(bytes)} bytes.`;
