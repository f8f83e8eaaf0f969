import { Badge, Button, Code, Select, Stack, Text } from "@mantine/core";
import type { JSX } from "react";
import type { Webhook, WebhookDelivery } from "../../../client/src/made/schemas.ts";
import { useAsk, useChange } from "../../ui/api.ts";
import { moment } from "../../ui/format.ts";
import { Answered, Nothing, Sheet } from "../../ui/frame.tsx";
import { useAddressState } from "../../ui/links.tsx";
import { DataTable } from "../../ui/table.tsx";
import { useLanguage, useWords } from "../../ui/words.ts";
import { WEBHOOK_WORDS } from "./webhooks.words.ts";

const EVERY_MS = 5_000;
const SHOWN_MOST = 50;
const COLOURS = { waiting: "gray", delivered: "teal", failed: "seal" } as const;

/** What one webhook was told, and what came of each try. */
export function Deliveries({ webhooks }: { readonly webhooks: readonly Webhook[] }): JSX.Element {
  const words = useWords(WEBHOOK_WORDS);
  const [chosen, choose] = useAddressState("webhook", "");
  const id = webhooks.find((one) => one.id === chosen)?.id ?? webhooks[0]?.id ?? "";
  return (
    <Sheet title={words.deliveries} about={words.deliveriesNote}>
      <Stack>
        <Select
          label={words.of}
          data={webhooks.map(({ id: value, url: label }) => ({ value, label }))}
          value={id}
          allowDeselect={false}
          onChange={(next) => choose(next ?? "")}
          maw={480}
        />
        <DeliveriesOf key={id} id={id} />
      </Stack>
    </Sheet>
  );
}

function DeliveriesOf({ id }: { readonly id: string }): JSX.Element {
  const words = useWords(WEBHOOK_WORDS);
  const language = useLanguage();
  const found = useAsk(
    ["deliveries", id],
    (client) => client.webhooks.listWebhookDeliveries(id, { limit: SHOWN_MOST }),
    { everyMs: EVERY_MS },
  );
  return (
    <Answered of={found}>
      {({ rows }) => (
        <DataTable
          name="deliveries"
          rows={rows}
          keyOf={(one) => one.id}
          columns={[
            {
              id: "time",
              head: words.time,
              value: ({ createdAt }) => moment(createdAt, language),
            },
            { id: "what", head: words.what, value: ({ kind }) => words.kind[kind] },
            {
              id: "state",
              head: words.state,
              value: ({ state }) => words.states[state],
              cell: (one) => <State delivery={one} />,
            },
            { id: "tries", head: words.tries, value: ({ attempts }) => attempts },
            { id: "status", head: words.status, value: ({ last }) => last?.status },
            { id: "took", head: words.took, value: ({ last }) => last?.durationMs },
            {
              id: "answer",
              head: words.answer,
              value: ({ last }) => last?.error ?? last?.answer,
              cell: (one) => <Answer delivery={one} />,
            },
            {
              id: "next",
              head: words.next,
              value: ({ nextAt }) => moment(nextAt, language),
              isExportOnly: true,
            },
          ]}
          empty={<Nothing title={words.nothingTold}>{words.nothingToldNote}</Nothing>}
        />
      )}
    </Answered>
  );
}

function State({
  delivery: { state, nextAt },
}: {
  readonly delivery: WebhookDelivery;
}): JSX.Element {
  const words = useWords(WEBHOOK_WORDS);
  const language = useLanguage();
  return (
    <Stack gap={4} align="flex-start">
      <Badge color={COLOURS[state]}>{words.states[state]}</Badge>
      {nextAt === null ? null : (
        <Text size="xs" c="dimmed">
          {words.next}: {moment(nextAt, language)}
        </Text>
      )}
    </Stack>
  );
}

function Answer({ delivery }: { readonly delivery: WebhookDelivery }): JSX.Element {
  const words = useWords(WEBHOOK_WORDS);
  const { last, body } = delivery;
  return (
    <Stack gap={4} align="flex-start" miw={220}>
      {last?.error === null ? last.answer : last?.error}
      <details>
        <summary style={{ cursor: "pointer" }}>{words.sent}</summary>
        <Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {body}
        </Code>
      </details>
      <Again delivery={delivery} />
    </Stack>
  );
}

function Again({ delivery }: { readonly delivery: WebhookDelivery }): JSX.Element | null {
  const words = useWords(WEBHOOK_WORDS);
  const { id, webhook, kind, state } = delivery;
  const again = useChange(
    (client) => client.webhooks.repeatWebhookDelivery(webhook, id),
    [["deliveries", webhook]],
  );
  if (kind === "test" || state === "waiting") return null;
  return (
    <Button
      size="compact-sm"
      variant="default"
      loading={again.isPending}
      onClick={() => again.mutate(undefined)}
    >
      {words.again}
    </Button>
  );
}
