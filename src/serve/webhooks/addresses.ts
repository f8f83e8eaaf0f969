import { lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { problem } from "../../errors.ts";

/**
 * Where a webhook may lead. Whoever may name an address could make this server knock at doors that
 * only it can see, so a host is judged by what it resolves to, and at the very moment of
 * connecting: a name that changes between the look and the call gains nothing.
 */
const inside = new BlockList();
const V4: readonly (readonly [net: string, prefix: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];
/** Loopback, unspecified, private, link-local, many at once, and IPv4 in other clothes. */
const V6: readonly (readonly [net: string, prefix: number])[] = [
  ["::", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["2001::", 32],
  ["2002::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
];
for (const [net, prefix] of V4) inside.addSubnet(net, prefix, "ipv4");
for (const [net, prefix] of V6) inside.addSubnet(net, prefix, "ipv6");

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");

/** Is the address one that the internet does not lead to? */
export const isInside = (address: string): boolean => inside.check(address, familyOf(address));

/** The host of an address, an IPv6 one without its brackets. */
const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, "");

const isLoopback = (host: string): boolean =>
  host === "localhost" || (isIP(host) !== 0 && loopback.check(host, familyOf(host)));

export interface Allowed {
  /** `webhooks.allowPrivate` */
  readonly allowPrivate: boolean;
}

/** A host that is not to be called, said as a problem of the call. */
export class NotPublic extends Error {
  constructor(host: string) {
    super(`${host} is not on the internet; webhooks.allowPrivate would allow it`);
  }
}

/** Resolves a host as `net` does, and refuses it when any of its addresses is inside. */
export const publicLookup =
  ({ allowPrivate }: Allowed): LookupFunction =>
  (host, options, done) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, "");
      const wrong = allowPrivate ? undefined : addresses.find((one) => isInside(one.address));
      if (wrong) return done(new NotPublic(`${host} (${wrong.address})`), "");
      const [first] = addresses;
      if (options.all || first === undefined) return done(null, addresses);
      return done(null, first.address, first.family);
    });
  };

/** A host that is written as an address is never looked up. @throws NotPublic */
export function refuseInside(url: URL, { allowPrivate }: Allowed): void {
  const host = hostOf(url);
  if (!allowPrivate && isIP(host) !== 0 && isInside(host)) throw new NotPublic(host);
}

/**
 * The address, when a webhook may lead there. A name that cannot be resolved yet is let in: it is
 * judged again at each call.
 * @throws problem `invalid-request`
 */
export async function judgedUrl(text: string, allowed: Allowed): Promise<string> {
  if (!URL.canParse(text)) throw wrongUrl("must be an address such as https://shop.example/hook");
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") throw wrongUrl("must hold no name or password");
  if (url.hash !== "") throw wrongUrl("must have no part behind #");
  const isPlain = url.protocol === "http:" && isLoopback(hostOf(url));
  if (url.protocol !== "https:" && !isPlain) {
    throw wrongUrl("must begin with https:// (or, on this machine, http://)");
  }
  const why = await whyNotPublic(url, allowed);
  if (why !== undefined) throw wrongUrl(why);
  return url.href;
}

function whyNotPublic(url: URL, allowed: Allowed): Promise<string | undefined> {
  const host = hostOf(url);
  if (isIP(host) !== 0) {
    const isRefused = !allowed.allowPrivate && isInside(host);
    return Promise.resolve(isRefused ? new NotPublic(host).message : undefined);
  }
  return new Promise((resolve) => {
    publicLookup(allowed)(host, { all: true }, (error) =>
      resolve(error instanceof NotPublic ? error.message : undefined),
    );
  });
}

const wrongUrl = (detail: string): Error =>
  problem("invalid-request", `/url ${detail}`, { errors: [{ pointer: "/url", detail }] });
