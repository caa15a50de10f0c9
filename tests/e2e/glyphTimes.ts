/** When the icons of tests change, as the page itself notes it. */
import type { Page } from "@playwright/test";

declare global {
  interface Window {
    passedAt?: Map<string, number>;
  }
}

/** Let the page note from now on when a row of the Test Explorer first shows the icon of a passed test. */
export async function watchPassedIcons(page: Page): Promise<void> {
  await page.evaluate(() => {
    const seen = new Map<string, number>();
    window.passedAt = seen;
    const look = (): void => {
      const now = Date.now();
      for (const row of document.querySelectorAll(".test-explorer .monaco-list-row")) {
        const name = row.getAttribute("aria-label")?.split(" (")[0] ?? "";
        const passed = row.querySelector(".codicon-testing-passed-icon") !== null;
        if (passed && !seen.has(name)) seen.set(name, now);
      }
    };
    const explorer = document.querySelector(".test-explorer");
    if (explorer === null) throw new Error("the Test Explorer is not open");
    look();
    const changes = { subtree: true, childList: true, attributes: true, attributeFilter: ["class"] };
    new MutationObserver(look).observe(explorer, changes);
  });
}

/** Name of a test → when its row first showed that it had passed, in milliseconds since 1970. */
export async function passedIcons(page: Page): Promise<ReadonlyMap<string, number>> {
  return new Map(await page.evaluate(() => [...(window.passedAt ?? [])]));
}
