import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { isProblem } from "../../../errors.ts";
import { checkpointFile, smallTraining } from "../conformance/small-training.ts";
import { type FitBehaviour, type FittedBehaviour, fitBehaviour } from "../fit-behaviour.ts";
import type { CheckpointPlace } from "./checkpoints.ts";

/** In memory, with all that was ever written. */
function openPlace(
  everySteps: number,
  first?: Uint8Array,
): CheckpointPlace & { readonly written: Uint8Array[] } {
  const written = first === undefined ? [] : [first];
  return {
    everySteps,
    written,
    read: async () => written.at(-1),
    write: async (bytes) => void written.push(bytes),
  };
}

/** What a training is told by, without what the clock says. */
const trajectory = ({ epochs, best, parameters }: FittedBehaviour) => ({
  parameters,
  best: best.epoch,
  epochs: epochs.map(({ epoch, loss, ndcg, hitRate }) => ({ epoch, loss, ndcg, hitRate })),
});

const codeOf = async (work: Promise<unknown>): Promise<unknown> =>
  await work.then(
    () => "done",
    (thrown: unknown) => (isProblem(thrown) ? thrown.code : thrown),
  );

let whole: FittedBehaviour;
beforeAll(async () => {
  whole = await fitBehaviour(smallTraining);
});

describe("a training with checkpoints", () => {
  test("is the same as one without", async () => {
    const place = openPlace(3);
    const kept = await fitBehaviour({ ...smallTraining, checkpoints: place });
    expect(trajectory(kept)).toEqual(trajectory(whole));
    expect(place.written.length).toBeGreaterThan(whole.epochs.length);
  });

  test("goes on from every checkpoint to the same losses and bytes", async () => {
    const place = openPlace(13);
    await fitBehaviour({ ...smallTraining, checkpoints: place });
    for (const bytes of place.written) {
      const resumed = await fitBehaviour({ ...smallTraining, checkpoints: openPlace(13, bytes) });
      expect(trajectory(resumed)).toEqual(trajectory(whole));
    }
  });

  test("stopped by its signal after an epoch it goes on with the next", async () => {
    const place = openPlace(1_000);
    const control = new AbortController();
    const stopped = fitBehaviour({
      ...smallTraining,
      checkpoints: place,
      signal: control.signal,
      onEpoch: ({ epoch }) => epoch === 2 && control.abort(),
    });
    expect(await codeOf(stopped)).toBe("cancelled");
    const told: number[] = [];
    const resumed = await fitBehaviour({
      ...smallTraining,
      checkpoints: place,
      onEpoch: ({ epoch }) => void told.push(epoch),
    });
    expect(told[0]).toBe(3);
    expect(trajectory(resumed)).toEqual(trajectory(whole));
    const seconds = resumed.epochs.map((report) => report.seconds);
    expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
  });

  test("killed in the midst of writing one it goes on from the one before", async () => {
    const folder = await mkdtemp(join(tmpdir(), "shopkeeper-checkpoint-"));
    const path = join(folder, "training");
    const script = fileURLToPath(new URL("../conformance/killed-training.ts", import.meta.url));
    const child = spawn(process.execPath, ["--import", "tsx", script, path], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "exit");
    const said = once(createInterface({ input: child.stdout }), "line");
    expect(await Promise.race([said, ended])).toEqual(["now"]);
    child.kill("SIGKILL");
    expect(await ended).toEqual([null, "SIGKILL"]);
    expect((await readdir(folder)).sort()).toEqual(["training", "training.half"]);
    const resumed = await fitBehaviour({
      ...smallTraining,
      checkpoints: checkpointFile(path, 3),
    });
    expect(trajectory(resumed)).toEqual(trajectory(whole));
    await rm(folder, { recursive: true });
  });

  test("that is done is done, and trains no more", async () => {
    const place = openPlace(1_000);
    await fitBehaviour({ ...smallTraining, checkpoints: place });
    const told: number[] = [];
    const again = await fitBehaviour({
      ...smallTraining,
      checkpoints: openPlace(1_000, place.written.at(-1)),
      onEpoch: ({ epoch }) => void told.push(epoch),
    });
    expect(told).toEqual([]);
    expect(trajectory(again)).toEqual(trajectory(whole));
  });

  test("does not go on from another training's, nor from a damaged one", async () => {
    const place = openPlace(1_000);
    await fitBehaviour({ ...smallTraining, checkpoints: place });
    const bytes = place.written[0] as Uint8Array;
    const { sequences, settings, shape } = smallTraining;
    const tokens = sequences.tokens.map((token, at) => (at === 0 ? (token + 1) % 12 : token));
    const others: Partial<FitBehaviour>[] = [
      { seed: 2 },
      { settings: { ...settings, learningRate: 0.01 } },
      { shape: { ...shape, dropout: 0.1 } },
      { sequences: { ...sequences, tokens } },
      { questions: smallTraining.questions.slice(1) },
    ];
    for (const other of others) {
      const checkpoints = openPlace(1_000, bytes);
      const fit = fitBehaviour({ ...smallTraining, ...other, checkpoints });
      expect(await codeOf(fit)).toBe("invalid-model-file");
    }
    const cut = openPlace(1_000, bytes.subarray(0, bytes.length - 9));
    const fit = fitBehaviour({ ...smallTraining, checkpoints: cut });
    expect(await codeOf(fit)).toBe("storage-damaged");
  });
});
