import { useEffect, useState } from "react";

const EVERY_MS = 5_000;

/** What time it is, told again every five seconds. @unit result epoch ms */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** What a field of date and time holds, in the reader's time zone. @unit at epoch ms */
export function asLocalTime(at: number | undefined): string {
  if (at === undefined) return "";
  const minutes = new Date(at).getTimezoneOffset();
  return new Date(at - minutes * 60_000).toISOString().slice(0, 16);
}

/** The moment that a field of date and time holds; undefined where it is empty. @unit result epoch ms */
export function fromLocalTime(text: string): number | undefined {
  const at = new Date(text).getTime();
  return Number.isNaN(at) ? undefined : at;
}
