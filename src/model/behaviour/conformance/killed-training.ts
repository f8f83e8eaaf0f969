import { writeFile } from "node:fs/promises";
import { fitBehaviour } from "../fit-behaviour.ts";
import { checkpointFile, smallTraining } from "./small-training.ts";

/**
 * Trains with a checkpoint at the path given, says "now" in the midst of writing its third, and waits to
 * be killed: half of the bytes lie beside the second.
 */
const path = process.argv[2] ?? "";
const place = checkpointFile(path, 3);
let kept = 0;
await fitBehaviour({
  ...smallTraining,
  checkpoints: {
    ...place,
    write: async (bytes) => {
      kept++;
      if (kept < 3) return await place.write(bytes);
      await writeFile(`${path}.half`, bytes.subarray(0, bytes.length / 2));
      process.stdout.write("now\n");
      await new Promise((resolve) => setInterval(resolve, 2 ** 30));
    },
  },
});
