import { Badge, Button, Group, Select, Stack, TextInput } from "@mantine/core";
import { type FormEvent, type JSX, useState } from "react";
import type { Key } from "../../../client/src/made/schemas.ts";
import { useAsk, useChange, usePlace } from "../../ui/api.ts";
import { ConfirmButton } from "../../ui/confirm-button.tsx";
import { moment } from "../../ui/format.ts";
import { Answered, Nothing, Sheet } from "../../ui/frame.tsx";
import { ProblemNote } from "../../ui/problem-note.tsx";
import { DataTable } from "../../ui/table.tsx";
import { useLanguage, useWords } from "../../ui/words.ts";
import { SecretOnce } from "./secret-once.tsx";
import { SETTINGS_WORDS } from "./words.ts";

type Kind = Key["role"];
const KINDS: readonly Kind[] = ["publishable", "secret", "owner"];

/** The keys of this shop: made, seen masked, revoked. */
export function Keys(): JSX.Element {
  const words = useWords(SETTINGS_WORDS);
  const language = useLanguage();
  const keys = useAsk(["keys"], (client) => client.keys.listKeys());
  return (
    <Stack>
      <Sheet title={words.tabs.keys} about={words.keysNote}>
        <Answered of={keys}>
          {({ rows }) => (
            <DataTable
              name="keys"
              rows={rows}
              keyOf={({ id }) => id}
              columns={[
                { id: "name", head: words.purpose, value: ({ name }) => name },
                { id: "kind", head: words.kind, value: ({ role }) => words.kinds[role] },
                { id: "shop", head: words.shop, value: ({ shop }) => shop ?? words.allShops },
                { id: "key", head: words.key, value: ({ masked }) => masked },
                {
                  id: "made",
                  head: words.made,
                  value: ({ createdAt }) => moment(createdAt, language),
                },
                {
                  id: "used",
                  head: words.used,
                  value: ({ lastUsedDay }) => lastUsedDay ?? words.never,
                },
                {
                  id: "change",
                  head: words.change_,
                  value: () => "",
                  cell: (key) => <Revoke apiKey={key} />,
                },
              ]}
              empty={<Nothing title={words.noKeys} />}
            />
          )}
        </Answered>
      </Sheet>
      <NewKey />
    </Stack>
  );
}

function Revoke({ apiKey }: { readonly apiKey: Key }): JSX.Element {
  const words = useWords(SETTINGS_WORDS);
  const revoke = useChange((client) => client.keys.revokeKey(apiKey.id), [["keys"]]);
  if (apiKey.revokedAt !== null) return <Badge color="gray">{words.revoked}</Badge>;
  return (
    <ConfirmButton
      size="compact-sm"
      variant="default"
      label={words.revoke}
      title={words.revokeTitle}
      onSure={() => revoke.mutate(undefined as never)}
    >
      {words.revokeNote}
    </ConfirmButton>
  );
}

function NewKey(): JSX.Element {
  const words = useWords(SETTINGS_WORDS);
  const { shop } = usePlace();
  const [role, setRole] = useState<Kind>("publishable");
  const make = useChange(
    (client, name: string) =>
      client.keys.createKey({ role, name, ...(role === "owner" ? {} : { shop: shop.id }) }),
    [["keys"]],
  );
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    make.mutate(String(new FormData(form).get("name")), { onSuccess: () => form.reset() });
  };
  return (
    <Sheet title={words.addKey}>
      <form onSubmit={submit}>
        <Group align="flex-end">
          <TextInput name="name" label={words.purpose} required />
          <Select
            label={words.kind}
            data={KINDS.map((value) => ({ value, label: words.kinds[value] }))}
            value={role}
            allowDeselect={false}
            onChange={(next) => setRole((next ?? "publishable") as Kind)}
          />
          <Button type="submit" loading={make.isPending}>
            {words.addKey}
          </Button>
        </Group>
      </form>
      {make.error ? <ProblemNote error={make.error} /> : null}
      {make.data === undefined ? null : <SecretOnce secret={make.data.secret} />}
    </Sheet>
  );
}
