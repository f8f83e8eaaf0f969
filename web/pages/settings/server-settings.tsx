import { Stack, Text } from "@mantine/core";
import type { JSX } from "react";
import { useAsk } from "../../ui/api.ts";
import { Answered, Sheet } from "../../ui/frame.tsx";
import { DataTable } from "../../ui/table.tsx";
import { useWords } from "../../ui/words.ts";
import { SETTINGS_WORDS } from "./words.ts";

/** The settings in force; they are changed where they are written. */
export function ServerSettings(): JSX.Element {
  const words = useWords(SETTINGS_WORDS);
  const config = useAsk(["config"], (client) => client.installation.getConfig());
  return (
    <Stack gap="lg">
      <WhoComputes />
      <Sheet title={words.tabs.config} about={words.configNote}>
        <Answered of={config}>
          {(found) => (
            <DataTable
              name="settings"
              rows={settingsOf(found)}
              keyOf={([name]) => name}
              columns={[
                { id: "setting", head: words.setting, value: ([name]) => name },
                { id: "value", head: words.value, value: ([, value]) => value },
              ]}
              empty={null}
            />
          )}
        </Answered>
      </Sheet>
    </Stack>
  );
}

/** The provider that computes networks, and why not the one that was asked for. */
function WhoComputes(): JSX.Element {
  const words = useWords(SETTINGS_WORDS);
  const compute = useAsk(["compute"], (client) => client.installation.getCompute());
  return (
    <Sheet title={words.compute} about={words.computeNote}>
      <Answered of={compute} height={60}>
        {({ asked, inUse, fallbacks, threads }) => (
          <Stack gap={4}>
            <Text>{words.computes(words.providers[inUse], threads)}</Text>
            {asked === inUse ? null : (
              <Text size="sm">{words.computeAsked(words.providers[asked])}</Text>
            )}
            {fallbacks.map(({ provider, why, remedy }) => (
              <Text size="sm" c="dimmed" key={provider}>
                {words.providers[provider]}: {why} {remedy}
              </Text>
            ))}
          </Stack>
        )}
      </Answered>
    </Sheet>
  );
}

/** Each setting by its name as it is written: `server.port`. */
function settingsOf(config: object, before = ""): (readonly [string, string])[] {
  return Object.entries(config).flatMap(([name, value]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? settingsOf(value, `${before}${name}.`)
      : [[`${before}${name}`, String(value)] as const],
  );
}
