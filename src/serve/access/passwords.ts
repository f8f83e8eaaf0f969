import { type BinaryLike, randomBytes, randomInt, scrypt, timingSafeEqual } from "node:crypto";
import { problem } from "../../errors.ts";

/**
 * Passwords are kept as scrypt (RFC 7914) with a salt of their own, beside the parameters they were
 * made with, so that the cost can be raised: who signs in next is kept at the new one. Memory is
 * what makes guessing dear: 128 × cost × block bytes, 64 MiB at a cost of 2^16.
 */
export interface KeptPassword {
  readonly method: "scrypt";
  readonly costLog2: number;
  readonly block: number;
  readonly parallel: number;
  /** Hex. */
  readonly salt: string;
  /** Hex. */
  readonly hash: string;
}

export interface Passwords {
  keep(password: string): Promise<KeptPassword>;
  /** Takes as long where there is no password to compare with. */
  matches(password: string, kept: KeptPassword | undefined): Promise<boolean>;
  /** Whether it was kept at the cost that is asked for now. */
  isCurrent(kept: KeptPassword): boolean;
}

export const PASSWORD_LENGTH_LEAST = 12;
export const PASSWORD_LENGTH_MOST = 256;

const BLOCK = 8;
const PARALLEL = 2;
const HASH_BYTES = 32;
/** Each takes a thread of four and the memory above. */
const AT_ONCE = 2;
const WAITING_MOST = 50;

type Parameters = Pick<KeptPassword, "costLog2" | "block" | "parallel">;

export function openPasswords(costLog2: number): Passwords {
  const now: Parameters = { costLog2, block: BLOCK, parallel: PARALLEL };
  const inTurn = turnstile();
  const derive = (password: string, salt: Buffer, given: Parameters): Promise<Buffer> =>
    inTurn(() => deriveNow(password.normalize("NFKC"), salt, given));
  const nobodysSalt = randomBytes(16);

  return {
    async keep(password) {
      const salt = randomBytes(16);
      const hash = await derive(password, salt, now);
      return { method: "scrypt", ...now, salt: salt.toString("hex"), hash: hash.toString("hex") };
    },
    async matches(password, kept) {
      if (kept === undefined) {
        await derive(password, nobodysSalt, now);
        return false;
      }
      const hash = await derive(password, Buffer.from(kept.salt, "hex"), kept);
      return timingSafeEqual(hash, Buffer.from(kept.hash, "hex"));
    },
    isCurrent: (kept) =>
      kept.costLog2 === costLog2 && kept.block === BLOCK && kept.parallel === PARALLEL,
  };
}

function deriveNow(password: BinaryLike, salt: Buffer, given: Parameters): Promise<Buffer> {
  const cost = 2 ** given.costLog2;
  const { block: blockSize, parallel: parallelization } = given;
  // The bound of Node counts a little more than the formula.
  const maxmem = 256 * cost * blockSize;
  return new Promise((resolve, reject) => {
    scrypt(
      password,
      salt,
      HASH_BYTES,
      { cost, blockSize, parallelization, maxmem },
      (error, derived) => (error ? reject(error) : resolve(derived)),
    );
  });
}

/** Lets so many through at once; the others wait, unless too many do. */
function turnstile(): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let inside = 0;
  return async (work) => {
    if (inside < AT_ONCE) inside++;
    else if (waiting.length < WAITING_MOST) {
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else throw problem("overloaded", "too many passwords are being checked");
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else inside--;
    }
  };
}

const CONSONANTS = "bdfgklmnprstvz";
const VOWELS = "aeiou";
const GROUPS = 6;

/** Six words that mean nothing and can be said aloud: 73 bits of chance. */
export function readablePassword(): string {
  const letter = (of: string): string => of[randomInt(of.length)] ?? "";
  const syllable = (): string => letter(CONSONANTS) + letter(VOWELS);
  return Array.from({ length: GROUPS }, () => syllable() + syllable()).join("-");
}
