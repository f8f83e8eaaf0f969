import type { Line, Lines } from "./calls.ts";
import { problem } from "./problem.ts";

/**
 * JSON lines, both ways, a chunk at a time: the source is asked for more only when the connection
 * takes more, and an answer is read only as fast as its rows are.
 */
const CHUNK_CHARACTERS = 65_536;

/** Rows as bytes of JSON lines. `complete` sees each row before it is written. */
export function linesBody(
  rows: Lines,
  complete: (row: unknown) => unknown,
): ReadableStream<Uint8Array> {
  const source = iteratorOf(rows);
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        let text = "";
        while (text.length < CHUNK_CHARACTERS) {
          const { done, value } = await source.next();
          if (done) {
            if (text !== "") controller.enqueue(encoder.encode(text));
            controller.close();
            return;
          }
          text += `${JSON.stringify(complete(value))}\n`;
        }
        controller.enqueue(encoder.encode(text));
      },
      async cancel() {
        await source.return?.();
      },
    },
    { highWaterMark: 1 },
  );
}

function iteratorOf(rows: Lines): Iterator<unknown> | AsyncIterator<unknown> {
  return Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]();
}

function brokenOff(cause: unknown): never {
  throw problem({ code: "unreachable", detail: "the answer broke off before its end", cause });
}

/** Longest row that an answer may have. */
const ROW_CHARACTERS_MOST = 16_777_216;

/** Rows of an answer in JSON lines. Leaving the loop early ends the answer. */
export async function* rowsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Line> {
  for await (const line of textLines(body)) {
    if (line.trim() !== "") yield JSON.parse(line) as Line;
  }
}

const DATA = /^data: ?/;

/** The data of server-sent events, each JSON on one line, as our servers send them. */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  for await (const line of textLines(body)) {
    if (DATA.test(line)) yield JSON.parse(line.replace(DATA, ""));
  }
}

async function* textLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let held = "";
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(brokenOff);
      held += decoder.decode(value, { stream: !done });
      const lines = held.split("\n");
      held = done ? "" : (lines.pop() ?? "");
      yield* lines;
      if (done) return;
      if (held.length > ROW_CHARACTERS_MOST) {
        const detail = `a row is longer than ${ROW_CHARACTERS_MOST} characters`;
        throw problem({ code: "client-limit", detail });
      }
    }
  } finally {
    await reader.cancel();
  }
}
