import { useEffect, useState } from "react";
import { askAsAdmin, usePlace } from "./api.ts";

const AGAIN_MS = 2_000;

/**
 * What the server says about the shop, again each second, while the page is looked at; undefined
 * before the first word. A connection that breaks is made again.
 */
export function useLive<Said>(path: string = "/v1/live"): {
  readonly said: Said | undefined;
  readonly isConnected: boolean;
} {
  const { shop } = usePlace();
  const [said, setSaid] = useState<Said>();
  const [isConnected, setConnected] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    const listen = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        try {
          for await (const data of eventsOf(path, shop.id, stop.signal)) {
            setConnected(true);
            setSaid(JSON.parse(data) as Said);
          }
        } catch {
          // Made again below: a page that is left open outlives servers.
        }
        setConnected(false);
        await pause(AGAIN_MS, stop.signal);
      }
    };
    void listen();
    return () => stop.abort();
  }, [path, shop.id]);
  return { said, isConnected };
}

/** The data of each server-sent event. */
async function* eventsOf(path: string, shop: string, signal: AbortSignal): AsyncGenerator<string> {
  const headers = { accept: "text/event-stream", "x-shop": shop };
  const answer = await askAsAdmin(path, { headers, signal });
  if (!answer.ok || !answer.body) throw new Error(`${path} answered ${answer.status}`);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      const lines = event.split("\n").filter((line) => line.startsWith("data:"));
      if (lines.length > 0) yield lines.map((line) => line.slice(5).trimStart()).join("\n");
    }
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
