import type { Random } from "../tensor/random.ts";

const hex: readonly string[] = Array.from({ length: 65_536 }, (_, i) =>
  i.toString(16).padStart(4, "0"),
);

const quad = (value: number): string => hex[value & 0xffff] ?? "0000";

/**
 * A UUID of version 7 (RFC 9562): 48 bits of the moment, then 74 seeded bits, so that the same
 * seed names the same event the same way each time and an import run twice changes nothing.
 * @unit at epoch ms
 */
export function eventIdAt(at: number, random: Random): string {
  const a = random.int(0x1_0000_0000);
  const b = random.int(0x1_0000_0000);
  const c = random.int(0x1_0000_0000);
  const time = quad(Math.floor(at / 0x1_0000_0000)) + quad(Math.floor(at / 0x1_0000));
  const version = quad(0x7000 | (a & 0x0fff));
  const variant = quad(0x8000 | ((a >>> 12) & 0x3fff));
  return `${time}-${quad(at)}-${version}-${variant}-${quad(b)}${quad(b >>> 16)}${quad(c)}`;
}

/** Sixteen hexadecimal digits: an id of a session, an order, an unknown device. */
export function shortId(random: Random): string {
  const a = random.int(0x1_0000_0000);
  const b = random.int(0x1_0000_0000);
  return quad(a) + quad(a >>> 16) + quad(b) + quad(b >>> 16);
}
