import { Alert, Button, PasswordInput, Stack } from "@mantine/core";
import type { FormEvent, JSX } from "react";
import { useChange } from "../../ui/api.ts";
import { Sheet } from "../../ui/frame.tsx";
import { ProblemNote } from "../../ui/problem-note.tsx";
import { useWords } from "../../ui/words.ts";
import { SETTINGS_WORDS } from "./words.ts";

const LEAST = 12;

export function OwnPassword(): JSX.Element {
  const words = useWords(SETTINGS_WORDS);
  const change = useChange((client, body: { current: string; password: string }) =>
    client.session.changePassword(body),
  );
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const body = { current: String(given.get("current")), password: String(given.get("next")) };
    change.mutate(body, { onSuccess: () => form.reset() });
  };
  return (
    <Sheet title={words.password} about={words.passwordNote}>
      <form onSubmit={submit}>
        <Stack maw={360}>
          <PasswordInput
            name="current"
            label={words.current}
            autoComplete="current-password"
            required
          />
          <PasswordInput
            name="next"
            label={words.next}
            autoComplete="new-password"
            minLength={LEAST}
            required
          />
          {change.error ? <ProblemNote error={change.error} /> : null}
          {change.isSuccess ? (
            <Alert color="teal" variant="light" role="status">
              {words.changed}
            </Alert>
          ) : null}
          <Button type="submit" loading={change.isPending}>
            {words.change}
          </Button>
        </Stack>
      </form>
    </Sheet>
  );
}
