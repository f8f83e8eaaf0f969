import type { JSX, MouseEvent } from "react";
import { useWords } from "../ui/words.ts";
import "./skip-link.css";

const WORDS = { en: "Skip to content", zh: "跳到正文" };

/** The id of what the link leads to; it is given the focus, so it has a `tabIndex` of -1. */
export const CONTENT = "page";

/** The first stop of the keyboard, unseen until then: past the bars, to the page itself. */
export function SkipLink(): JSX.Element {
  return (
    <a className="skip-link" href={`#${CONTENT}`} onClick={skip}>
      {useWords(WORDS)}
    </a>
  );
}

/** The address stays as it is: what stands behind its question mark is the page's. */
function skip(event: MouseEvent): void {
  event.preventDefault();
  const content = document.getElementById(CONTENT);
  content?.focus({ preventScroll: true });
  content?.scrollIntoView();
}
