import { Alert, Anchor, Button, PasswordInput, Stack } from "@mantine/core";
import { type FormEvent, type JSX, useEffect, useRef, useState } from "react";
import { problemLine } from "../ui/problem-words.ts";
import { type Language, useLanguage, useWords } from "../ui/words.ts";
import { Doorway } from "./doorway.tsx";
import { NEW_PASSWORD_WORDS } from "./new-password.words.ts";
import { choosePassword, leave, type Refusal, type Session } from "./session.ts";

const LEAST = 12;

/** The one thing that may be done with a password that the server made up: choosing another. */
export function NewPassword({
  session,
  given,
  changed,
  setLanguage,
}: {
  readonly session: Session;
  /** What was just signed in with; after a reload it is asked for again. */
  readonly given: string | undefined;
  readonly changed: (session: Session | null) => void;
  readonly setLanguage: (language: Language) => void;
}): JSX.Element {
  const words = useWords(NEW_PASSWORD_WORDS);
  const { refused, isBusy, submit } = useSubmit(given, changed);
  const goOut = async (): Promise<void> => {
    await leave();
    changed(null);
  };
  const foot = (
    <Anchor component="button" size="sm" onClick={() => void goOut()}>
      {words.leave}
    </Anchor>
  );
  const { name } = session.user;
  const about = words.about(name);
  return (
    <Doorway title={words.title} {...{ about, foot, setLanguage }}>
      <form onSubmit={(event) => void submit(event)}>
        {/* So that the browser keeps the new password under the right name. */}
        <input type="text" autoComplete="username" value={name} readOnly hidden />
        <Fields {...{ given, refused }} />
        <Button type="submit" loading={isBusy} mt="md" fullWidth>
          {words.choose}
        </Button>
      </form>
    </Doorway>
  );
}

function Fields({
  given,
  refused,
}: {
  readonly given: string | undefined;
  readonly refused: Refusal | undefined;
}): JSX.Element {
  const words = useWords(NEW_PASSWORD_WORDS);
  const language = useLanguage();
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const isWrong = (pointer: string): boolean =>
    refused?.errors?.some((error) => error.pointer === pointer) ?? false;
  const isElse = refused !== undefined && !isWrong("/current") && !isWrong("/password");
  return (
    <Stack>
      {given === undefined ? (
        <PasswordInput
          name="current"
          ref={first}
          label={words.current}
          autoComplete="current-password"
          error={isWrong("/current") ? words.wrong : null}
          required
        />
      ) : null}
      <PasswordInput
        name="next"
        {...(given === undefined ? {} : { ref: first })}
        label={words.next}
        description={words.least}
        autoComplete="new-password"
        minLength={LEAST}
        error={isWrong("/password") ? words.same : null}
        required
      />
      {isElse ? (
        <Alert color="seal" variant="light" role="alert">
          {problemLine(refused, language)}
        </Alert>
      ) : null}
    </Stack>
  );
}

interface Submitting {
  readonly refused: Refusal | undefined;
  readonly isBusy: boolean;
  submit(event: FormEvent<HTMLFormElement>): Promise<void>;
}

function useSubmit(given: string | undefined, changed: (session: Session) => void): Submitting {
  const [refused, setRefused] = useState<Refusal | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const written = new FormData(event.currentTarget);
    setBusy(true);
    try {
      const current = given ?? String(written.get("current"));
      changed(await choosePassword(current, String(written.get("next"))));
    } catch (failed) {
      setRefused(failed as Refusal);
    } finally {
      setBusy(false);
    }
  };
  return { refused, isBusy, submit };
}
