import {
  ActionIcon,
  AppShell,
  Box,
  Burger,
  Button,
  Group,
  Menu,
  NavLink,
  ScrollArea,
  Select,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useLocation, useNavigate } from "@tanstack/react-router";
import type { JSX, ReactNode } from "react";
import { usePlace } from "../ui/api.ts";
import { type Language, useLanguage, useWords } from "../ui/words.ts";
import { groups, pages } from "./pages.ts";
import { leave, SESSION, type Session } from "./session.ts";
import { CONTENT, SkipLink } from "./skip-link.tsx";

const WORDS = {
  en: {
    mark: "Shopkeeper",
    bar: "Pages",
    openBar: "Open the bar of pages",
    shop: "Shop",
    other: "中文",
    light: "Light colours",
    dark: "Dark colours",
    leave: "Sign out",
    storefront: "Open the storefront",
    roles: { owner: "owner", editor: "editor", viewer: "viewer" },
  },
  zh: {
    mark: "掌柜",
    bar: "页面",
    openBar: "打开页面栏",
    shop: "店铺",
    other: "English",
    light: "浅色",
    dark: "深色",
    leave: "退出登录",
    storefront: "打开演示店面",
    roles: { owner: "所有者", editor: "编辑", viewer: "只读" },
  },
};

interface ShellProps {
  readonly session: Session;
  readonly setLanguage: (language: Language) => void;
}

/** What stands around every page: which shop, which pages, who is in. */
export function Shell({
  session,
  setLanguage,
  children,
}: ShellProps & { readonly children: ReactNode }): JSX.Element {
  const words = useWords(WORDS);
  const [isOpen, { toggle, close }] = useDisclosure(false);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: "sm", collapsed: { mobile: !isOpen } }}
      padding={{ base: "md", sm: "xl" }}
    >
      <SkipLink />
      <AppShell.Header bg="var(--sheet)" px="md">
        <Group h="100%" justify="space-between" wrap="nowrap" gap="sm">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={words.openBar}
            />
            <Box
              component="a"
              href="/"
              c="#fff"
              bg="#b3261e"
              px={6}
              py={1}
              fw={600}
              td="none"
              style={{ borderRadius: 5, letterSpacing: ".05em", whiteSpace: "nowrap" }}
            >
              掌柜
            </Box>
            <ShopChoice session={session} />
          </Group>
          <ReaderMenu session={session} setLanguage={setLanguage} />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar bg="var(--sheet)" p="xs" aria-label={words.bar}>
        <AppShell.Section grow component={ScrollArea} type="auto">
          <PageLinks onGo={close} />
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id={CONTENT} tabIndex={-1}>
        <Box maw={1280} mx="auto">
          {children}
        </Box>
      </AppShell.Main>
    </AppShell>
  );
}

function PageLinks({ onGo }: { readonly onGo: () => void }): JSX.Element {
  const language = useLanguage();
  const { shop } = usePlace();
  const { pathname } = useLocation();
  const base = `/${encodeURIComponent(shop.id)}`;
  return (
    <>
      {Object.entries(groups).map(([group, name]) => {
        const listed = pages.filter((page) => page.group === group && page.name);
        return listed.length === 0 ? null : (
          <Box key={group} mb="xs" role="group" aria-label={name[language]}>
            <Text size="xs" c="dimmed" px="sm" py={4}>
              {name[language]}
            </Text>
            {listed.map((page) => (
              <NavLink
                key={page.path}
                label={page.name?.[language]}
                active={isAt(pathname, base + page.path)}
                variant="light"
                style={{ borderRadius: 8 }}
                onClick={onGo}
                renderRoot={(props: object) => <Link {...props} to={base + page.path} />}
              />
            ))}
          </Box>
        );
      })}
    </>
  );
}

/** Whether the address is the page or lies below it. */
function isAt(pathname: string, path: string): boolean {
  const here = pathname.replace(/^\/admin(?=\/)/, "");
  return here === path || here.startsWith(`${path}/`);
}

function ShopChoice({ session }: { readonly session: Session }): JSX.Element {
  const words = useWords(WORDS);
  const { shop } = usePlace();
  const navigate = useNavigate();
  if (session.shops.length < 2) return <Text fw={600}>{shop.name}</Text>;
  return (
    <Select
      aria-label={words.shop}
      data={session.shops.map(({ id, name }) => ({ value: id, label: name }))}
      value={shop.id}
      allowDeselect={false}
      searchable={session.shops.length > 10}
      w={{ base: 130, sm: 200 }}
      onChange={(id) => {
        if (id) void navigate({ to: `/${encodeURIComponent(id)}${pages[0]?.path ?? ""}` });
      }}
    />
  );
}

function ReaderMenu({ session, setLanguage }: ShellProps): JSX.Element {
  const words = useWords(WORDS);
  const other: Language = useLanguage() === "en" ? "zh" : "en";
  const scheme = useComputedColorScheme("light");
  const { setColorScheme } = useMantineColorScheme();
  const queries = useQueryClient();
  const goOut = async (): Promise<void> => {
    await leave();
    queries.clear();
    queries.setQueryData(SESSION, null);
  };
  return (
    <Group gap="xs" wrap="nowrap">
      <Button variant="subtle" size="compact-sm" lang={other} onClick={() => setLanguage(other)}>
        {words.other}
      </Button>
      <ActionIcon
        variant="subtle"
        aria-label={scheme === "dark" ? words.light : words.dark}
        onClick={() => setColorScheme(scheme === "dark" ? "light" : "dark")}
      >
        {scheme === "dark" ? "☀" : "☾"}
      </ActionIcon>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" size="compact-sm">
            {session.user.name}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{words.roles[session.user.role]}</Menu.Label>
          <Menu.Item component="a" href="/shop">
            {words.storefront}
          </Menu.Item>
          <Menu.Item onClick={() => void goOut()}>{words.leave}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}
