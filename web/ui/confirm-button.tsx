import { Button, type ButtonProps, Group, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { JSX, ReactNode } from "react";
import { useWords } from "./words.ts";

const WORDS = { en: { back: "Leave it", close: "Close" }, zh: { back: "不做", close: "关闭" } };

/** A button for what cannot be taken back lightly: it says what will happen before it does it. */
export function ConfirmButton({
  label,
  title,
  children,
  onSure,
  ...look
}: ButtonProps & {
  readonly label: string;
  readonly title: string;
  readonly children: ReactNode;
  readonly onSure: () => void;
}): JSX.Element {
  const words = useWords(WORDS);
  const [isOpen, { open, close }] = useDisclosure(false);
  const sure = (): void => {
    close();
    onSure();
  };
  return (
    <>
      <Button {...look} onClick={open}>
        {label}
      </Button>
      <Modal
        opened={isOpen}
        onClose={close}
        title={title}
        closeButtonProps={{ "aria-label": words.close }}
      >
        <Text component="div" size="sm">
          {children}
        </Text>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={close}>
            {words.back}
          </Button>
          <Button onClick={sure}>{label}</Button>
        </Group>
      </Modal>
    </>
  );
}
