import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isProblem } from "../../client/src/index.ts";

/**
 * Receives the webhooks of a shop system: nothing is believed before its signature was checked over
 * the bytes as they came, nothing is answered for before Shopkeeper has it on disk. What fails is
 * answered 503, so that the shop system sends it again; ids made from what it says of itself make
 * the second time harmless.
 */
export interface Webhook {
  readonly topic: string;
  readonly body: unknown;
}

export interface Receiver {
  readonly secret: string;
  readonly topicHeader: string;
  readonly signatureHeader: string;
  handle(webhook: Webhook): Promise<void>;
}

/** Both Shopify and WooCommerce allow far less. */
const BODY_BYTES_MOST = 8_388_608;

export function openReceiver(receiver: Receiver): Server {
  return createServer((request, response) => {
    void receive(receiver, request).then(
      (status) => answer(response, status),
      (error: unknown) => answer(response, isProblem(error) && error.status === 400 ? 422 : 503),
    );
  });
}

const answer = (response: ServerResponse, status: number): void => {
  response.writeHead(status).end();
};

async function receive(receiver: Receiver, request: IncomingMessage): Promise<number> {
  if (request.method !== "POST") return 405;
  const bytes = await bytesOf(request);
  if (bytes === undefined) return 413;
  const said = header(request, receiver.signatureHeader);
  if (!isSigned(bytes, said, receiver.secret)) return 401;
  const topic = header(request, receiver.topicHeader);
  if (topic === "") return 400;
  await receiver.handle({ topic, body: JSON.parse(bytes.toString("utf8")) });
  return 200;
}

const header = (request: IncomingMessage, name: string): string =>
  String(request.headers[name] ?? "");

async function bytesOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > BODY_BYTES_MOST) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Base64 of the HMAC-SHA256 of the body, compared in constant time. */
export function isSigned(bytes: Buffer, signature: string, secret: string): boolean {
  const right = createHmac("sha256", secret).update(bytes).digest();
  const said = Buffer.from(signature, "base64");
  return said.length === right.length && timingSafeEqual(said, right);
}
