/**
 * The checksum CRC-32 of zip and PNG files: tells damage by accident (any burst of up to 32 bits for
 * certain, else all but one in four thousand million), not by intent: whoever wants to can forge it.
 * Idea: the remainder of a division of polynomials, a byte at a time by a table. Source: ISO 3309.
 */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

/** O(n). @shape bytes [n] @unit result 0 .. 2^32 - 1 */
export function crc32(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) rest = table[(rest ^ bytes[i]) & 0xff] ^ (rest >>> 8);
  return (rest ^ 0xffffffff) >>> 0;
}
