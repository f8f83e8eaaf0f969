import { Badge, Button, Group, MultiSelect, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, type JSX, useState } from "react";
import type { Webhook } from "../../../client/src/made/schemas.ts";
import { useAsk, useChange } from "../../ui/api.ts";
import { ConfirmButton } from "../../ui/confirm-button.tsx";
import { Answered, Nothing, Sheet } from "../../ui/frame.tsx";
import { ProblemNote } from "../../ui/problem-note.tsx";
import { DataTable } from "../../ui/table.tsx";
import { useWords } from "../../ui/words.ts";
import { Deliveries } from "./deliveries.tsx";
import { SecretOnce } from "./secret-once.tsx";
import { WEBHOOK_WORDS } from "./webhooks.words.ts";

type Kind = Webhook["kinds"][number];

/** Addresses that are told what happens: added, tried, switched, and what came of it. */
export function Webhooks(): JSX.Element {
  const words = useWords(WEBHOOK_WORDS);
  const webhooks = useAsk(["webhooks"], (client) => client.webhooks.listWebhooks());
  const [secret, setSecret] = useState<string | undefined>(undefined);
  return (
    <Answered of={webhooks}>
      {({ rows }) => (
        <Stack>
          <Sheet title={words.title} about={words.about}>
            <DataTable
              name="webhooks"
              rows={rows}
              keyOf={({ id }) => id}
              columns={[
                {
                  id: "url",
                  head: words.address,
                  value: ({ url }) => url,
                  cell: ({ url }) => (
                    <Text size="sm" miw={220} style={{ overflowWrap: "anywhere" }}>
                      {url}
                    </Text>
                  ),
                },
                {
                  id: "kinds",
                  head: words.kinds,
                  value: ({ kinds }) => kinds.map((kind) => words.kind[kind]).join(" · "),
                  cell: ({ kinds }) => (
                    <Text size="sm" miw={220}>
                      {kinds.map((kind) => words.kind[kind]).join(" · ")}
                    </Text>
                  ),
                },
                { id: "secret", head: words.secret, value: ({ masked }) => masked },
                {
                  id: "on",
                  head: words.isOn,
                  value: ({ enabled }) => (enabled ? words.on : words.off),
                },
                {
                  id: "change",
                  head: words.change,
                  value: () => "",
                  cell: (webhook) => <WebhookChanges webhook={webhook} onSecret={setSecret} />,
                },
              ]}
              empty={<Nothing title={words.none}>{words.noneNote}</Nothing>}
            />
          </Sheet>
          {secret === undefined ? null : <SecretOnce secret={secret} />}
          <NewWebhook onSecret={setSecret} />
          {rows.length === 0 ? null : <Deliveries webhooks={rows} />}
        </Stack>
      )}
    </Answered>
  );
}

function WebhookChanges({
  webhook: { id, url, enabled },
  onSecret,
}: {
  readonly webhook: Webhook;
  readonly onSecret: (secret: string) => void;
}): JSX.Element {
  const words = useWords(WEBHOOK_WORDS);
  const touched = [["webhooks"], ["deliveries", id]];
  const test = useChange((client) => client.webhooks.testWebhook(id), touched);
  const turn = useChange(
    (client) => client.webhooks.changeWebhook(id, { enabled: !enabled }),
    touched,
  );
  const renew = useChange((client) => client.webhooks.renewWebhookSecret(id), touched);
  const remove = useChange((client) => client.webhooks.removeWebhook(id), touched);
  const failed = test.error ?? turn.error ?? renew.error ?? remove.error;
  const look = { size: "compact-sm", variant: "default" } as const;
  return (
    <Stack gap="xs">
      <Group gap="xs" wrap="nowrap">
        <Button {...look} loading={test.isPending} onClick={() => test.mutate(undefined)}>
          {words.test}
        </Button>
        <Button {...look} loading={turn.isPending} onClick={() => turn.mutate(undefined)}>
          {enabled ? words.switchOff : words.switchOn}
        </Button>
        <ConfirmButton
          {...look}
          label={words.renew}
          title={words.renewTitle}
          onSure={() =>
            renew.mutate(undefined, { onSuccess: ({ secret: made }) => onSecret(made) })
          }
        >
          {words.renewNote}
        </ConfirmButton>
        <ConfirmButton
          {...look}
          label={words.remove}
          title={words.removeTitle}
          onSure={() => remove.mutate(undefined)}
        >
          {words.removeNote(url)}
        </ConfirmButton>
      </Group>
      {test.data === undefined ? null : <TestAnswer {...test.data} />}
      {failed ? <ProblemNote error={failed} /> : null}
    </Stack>
  );
}

function TestAnswer({
  state,
  last,
}: {
  readonly state: "waiting" | "delivered" | "failed";
  readonly last: { readonly status: number | null; readonly error: string | null } | null;
}): JSX.Element {
  const words = useWords(WEBHOOK_WORDS);
  const why = last?.error ?? String(last?.status ?? "");
  return (
    <Group gap="xs" role="status">
      <Badge color={state === "delivered" ? "teal" : "seal"}>{words.states[state]}</Badge>
      {why}
    </Group>
  );
}

function NewWebhook({ onSecret }: { readonly onSecret: (secret: string) => void }): JSX.Element {
  const words = useWords(WEBHOOK_WORDS);
  const { test: _, ...told } = words.kind;
  const every = Object.keys(told) as Kind[];
  const [kinds, setKinds] = useState<readonly Kind[]>(every);
  const add = useChange(
    (client, url: string) => client.webhooks.createWebhook({ url, kinds: [...kinds] }),
    [["webhooks"]],
  );
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    add.mutate(String(new FormData(form).get("url")), {
      onSuccess: ({ secret }) => {
        onSecret(secret);
        form.reset();
      },
    });
  };
  return (
    <Sheet title={words.add} about={words.addNote}>
      <form onSubmit={submit}>
        <Stack align="flex-start">
          <TextInput
            name="url"
            type="url"
            label={words.address}
            description={words.addressNote}
            placeholder="https://shop.example/shopkeeper"
            required
            w="100%"
            maw={480}
          />
          <MultiSelect
            label={words.kinds}
            data={every.map((value) => ({ value, label: words.kind[value] }))}
            value={[...kinds]}
            onChange={(next) => setKinds(next as Kind[])}
            w="100%"
            maw={480}
          />
          <Button type="submit" loading={add.isPending} disabled={kinds.length === 0}>
            {words.add}
          </Button>
        </Stack>
      </form>
      {add.error ? <ProblemNote error={add.error} /> : null}
    </Sheet>
  );
}
