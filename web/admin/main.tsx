import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type JSX, StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { isProblem } from "../../client/src/index.ts";
import { cssVariables, theme } from "../ui/theme.ts";
import { firstLanguage, type Language, LanguageContext, rememberLanguage } from "../ui/words.ts";
import { Door } from "./door.tsx";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (tries, error) => tries < 2 && isProblem(error) && error.code === "unreachable",
    },
  },
});

function Admin(): JSX.Element {
  const [language, setLanguage] = useState<Language>(firstLanguage);
  useEffect(() => {
    document.documentElement.lang = language;
    rememberLanguage(language);
  }, [language]);
  return (
    <LanguageContext value={language}>
      <Door setLanguage={setLanguage} />
    </LanguageContext>
  );
}

const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
// Read by the library that holds the page still under a drawer: its styles need the nonce too.
Object.assign(globalThis, { __webpack_nonce__: nonce });
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariables}
        defaultColorScheme="auto"
        getStyleNonce={() => nonce}
      >
        <Notifications />
        <QueryClientProvider client={queries}>
          <Admin />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
