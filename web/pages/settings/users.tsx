import { Button, Group, MultiSelect, Select, Stack, TextInput } from "@mantine/core";
import { type FormEvent, type JSX, useState } from "react";
import type { User } from "../../../client/src/made/schemas.ts";
import { useAsk, useChange, usePlace } from "../../ui/api.ts";
import { ConfirmButton } from "../../ui/confirm-button.tsx";
import { moment } from "../../ui/format.ts";
import { Answered, Sheet } from "../../ui/frame.tsx";
import { ProblemNote } from "../../ui/problem-note.tsx";
import { DataTable } from "../../ui/table.tsx";
import { useLanguage, useWords } from "../../ui/words.ts";
import { SecretOnce } from "./secret-once.tsx";
import { SETTINGS_WORDS } from "./words.ts";

type Role = User["role"];
const ROLES: readonly Role[] = ["viewer", "editor", "owner"];

/** Who may sign in, and what for. */
export function Users(): JSX.Element {
  const words = useWords(SETTINGS_WORDS);
  const language = useLanguage();
  const users = useAsk(["users"], (client) => client.users.listUsers());
  const [secret, setSecret] = useState<string | undefined>(undefined);
  return (
    <Stack>
      <Sheet title={words.tabs.users} about={words.roleNotes}>
        <Answered of={users}>
          {({ rows }) => (
            <DataTable
              name="users"
              rows={rows}
              keyOf={({ name }) => name}
              columns={[
                { id: "name", head: words.name, value: ({ name }) => name },
                { id: "role", head: words.role, value: ({ role }) => words.roles[role] },
                {
                  id: "shops",
                  head: words.shops,
                  value: ({ shops }) => shops?.join(", ") ?? words.allShops,
                },
                {
                  id: "last",
                  head: words.lastLogin,
                  value: ({ lastLoginAt }) =>
                    lastLoginAt === null ? words.never : moment(lastLoginAt, language),
                },
                {
                  id: "change",
                  head: words.change_,
                  value: () => "",
                  cell: (user) => <UserChanges user={user} onSecret={setSecret} />,
                },
              ]}
              empty={null}
            />
          )}
        </Answered>
      </Sheet>
      {secret === undefined ? null : <SecretOnce secret={secret} />}
      <NewUser onSecret={setSecret} />
    </Stack>
  );
}

function UserChanges({
  user,
  onSecret,
}: {
  readonly user: User;
  readonly onSecret: (secret: string | undefined) => void;
}): JSX.Element {
  const words = useWords(SETTINGS_WORDS);
  const remove = useChange((client) => client.users.removeUser(user.name), [["users"]]);
  const reset = useChange(
    (client) => client.users.changeUser(user.name, { resetPassword: true }),
    [["users"]],
  );
  const failed = remove.error ?? reset.error;
  return (
    <Stack gap="xs">
      <Group gap="xs" wrap="nowrap">
        <ConfirmButton
          size="compact-sm"
          variant="default"
          label={words.reset}
          title={words.resetTitle}
          onSure={() =>
            reset.mutate(undefined as never, {
              onSuccess: ({ password }) => onSecret(password ?? undefined),
            })
          }
        >
          {words.resetNote(user.name)}
        </ConfirmButton>
        <ConfirmButton
          size="compact-sm"
          variant="default"
          label={words.remove}
          title={words.removeTitle}
          onSure={() => remove.mutate(undefined as never)}
        >
          {words.removeNote(user.name)}
        </ConfirmButton>
      </Group>
      {failed ? <ProblemNote error={failed} /> : null}
    </Stack>
  );
}

function NewUser({
  onSecret,
}: {
  readonly onSecret: (secret: string | undefined) => void;
}): JSX.Element {
  const words = useWords(SETTINGS_WORDS);
  const { shop } = usePlace();
  const shops = useAsk(["shops"], (client) => client.shops.listShops());
  const [role, setRole] = useState<Role>("viewer");
  const [own, setOwn] = useState<readonly string[]>([shop.id]);
  const add = useChange(
    (client, name: string) =>
      client.users.createUser({ name, role, shops: role === "owner" ? null : own }),
    [["users"]],
  );
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    add.mutate(String(new FormData(form).get("name")), {
      onSuccess: ({ password }) => {
        onSecret(password ?? undefined);
        form.reset();
      },
    });
  };
  return (
    <Sheet title={words.addUser} about={words.userNote}>
      <form onSubmit={submit}>
        <Group align="flex-end">
          <TextInput name="name" label={words.name} required />
          <Select
            label={words.role}
            data={ROLES.map((value) => ({ value, label: words.roles[value] }))}
            value={role}
            allowDeselect={false}
            onChange={(next) => setRole((next ?? "viewer") as Role)}
          />
          {role === "owner" ? null : (
            <MultiSelect
              label={words.shops}
              data={(shops.data?.rows ?? []).map(({ id }) => id)}
              value={[...own]}
              onChange={setOwn}
              miw={200}
            />
          )}
          <Button type="submit" loading={add.isPending}>
            {words.addUser}
          </Button>
        </Group>
      </form>
      {add.error ? <ProblemNote error={add.error} /> : null}
    </Sheet>
  );
}
