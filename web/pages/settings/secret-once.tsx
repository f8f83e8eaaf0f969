import { Alert, Button, CopyButton, Group, Text } from "@mantine/core";
import type { JSX } from "react";
import { useWords } from "../../ui/words.ts";
import { SETTINGS_WORDS } from "./words.ts";

/** A password or key that the server tells once. */
export function SecretOnce({ secret }: { readonly secret: string }): JSX.Element {
  const words = useWords(SETTINGS_WORDS);
  return (
    <Alert color="teal" variant="light" title={words.secretOnce} role="status">
      <Group>
        <Text ff="monospace" style={{ overflowWrap: "anywhere" }}>
          {secret}
        </Text>
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button size="compact-sm" variant="default" onClick={copy}>
              {copied ? words.copied : words.copy}
            </Button>
          )}
        </CopyButton>
      </Group>
    </Alert>
  );
}
