import { Button, Group, Stack, TextInput } from "@mantine/core";
import type { FormEvent, JSX } from "react";
import { useAsk, useChange } from "../../ui/api.ts";
import { moment } from "../../ui/format.ts";
import { Answered, Sheet } from "../../ui/frame.tsx";
import { ProblemNote } from "../../ui/problem-note.tsx";
import { DataTable } from "../../ui/table.tsx";
import { useLanguage, useWords } from "../../ui/words.ts";
import { SETTINGS_WORDS } from "./words.ts";

/** The shops of the installation, each apart from the others. */
export function Shops(): JSX.Element {
  const words = useWords(SETTINGS_WORDS);
  const language = useLanguage();
  const shops = useAsk(["shops"], (client) => client.shops.listShops());
  const open = useChange(
    (client, shop: { id: string; name: string }) => client.shops.createShop(shop),
    [["shops"]],
  );
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const shop = { id: String(given.get("id")), name: String(given.get("name")) };
    open.mutate(shop, { onSuccess: () => form.reset() });
  };
  return (
    <Stack>
      <Sheet title={words.tabs.shops}>
        <Answered of={shops}>
          {({ rows }) => (
            <DataTable
              name="shops"
              rows={rows}
              keyOf={({ id }) => id}
              columns={[
                { id: "id", head: words.shop, value: ({ id }) => id },
                { id: "name", head: words.shopName, value: ({ name }) => name },
                {
                  id: "since",
                  head: words.since,
                  value: ({ createdAt }) => moment(createdAt, language),
                },
              ]}
              empty={null}
            />
          )}
        </Answered>
      </Sheet>
      <Sheet title={words.openShop}>
        <form onSubmit={submit}>
          <Group align="flex-end">
            <TextInput name="id" label={words.shopId} required />
            <TextInput name="name" label={words.shopName} required />
            <Button type="submit" loading={open.isPending}>
              {words.openShop}
            </Button>
          </Group>
        </form>
        {open.error ? <ProblemNote error={open.error} /> : null}
      </Sheet>
    </Stack>
  );
}
