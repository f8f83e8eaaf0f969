import { createHash } from "node:crypto";
import type { Sequences } from "../../algorithms/sequences.ts";

/** What a behaviour model learns from and is judged by. Rows are persons without names. */
export interface Lesson {
  /** Token to item group. */
  readonly groups: readonly string[];
  /** Everything but what is held out. */
  readonly learn: Sequences;
  readonly all: Sequences;
  readonly questions: readonly LessonQuestion[];
}

/** Held out: what came after the history. @shape history [n] */
export interface LessonQuestion {
  readonly history: Int32Array;
  readonly target: number;
}

/** SHA-256: the same lesson, the same text, so that weights are known to belong to it. O(n). */
export function fingerprintOf({ groups, learn, all, questions }: Lesson): string {
  const hash = createHash("sha256").update(JSON.stringify([groups, questions.length]));
  const add = ({ buffer, byteOffset, byteLength }: ArrayBufferView): void => {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  };
  for (const { offsets, tokens, times, weights } of [learn, all]) {
    for (const part of [offsets, tokens, times, weights]) add(part);
  }
  for (const { history, target } of questions)
    add(Int32Array.of(history.length, target, ...history));
  return hash.digest("hex");
}
