/** The VS Code window as a user has it: what can be seen in it and what can be done to it. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { expect, type Locator, type Page } from "@playwright/test";

/** A glyph beside a line: its classes name what VS Code drew, `image` is an extension's own icon. */
export interface Glyph {
  readonly line: number;
  readonly classes: string;
  readonly image: string;
  /** The middle of its line, in pixels from the top of the window. */
  readonly middle: number;
}

const patience = 60_000;

const PANEL_VIEWS = ["Up Next", "Runs", "Cache"] as const;

/** A view of our side panel. */
export type PanelView = (typeof PANEL_VIEWS)[number];

const SHOW: Readonly<Record<PanelView, string>> = {
  "Up Next": "Show What Runs Next",
  Runs: "Show Runs",
  Cache: "Show Cache",
};

export class Workbench {
  readonly page: Page;
  readonly #address: string;
  readonly #pictures: string;

  constructor(page: Page, address: string, pictures: string) {
    this.page = page;
    this.#address = address;
    this.#pictures = pictures;
  }

  /** Open *folder* and wait until the window is drawn. */
  async openFolder(folder: string): Promise<void> {
    await this.page.goto(`${this.#address}/?folder=${encodeURIComponent(folder)}`);
    await this.#isDrawn();
  }

  /** Close the window and open it again, as after a night. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.#isDrawn();
  }

  async #isDrawn(): Promise<void> {
    await this.page.locator(".monaco-workbench").waitFor({ timeout: patience });
    await this.page.locator(".statusbar-item").first().waitFor({ timeout: patience });
  }

  /**
   * Run a command by its title through the command palette.
   * The palette is opened anew until it offers the title: extensions bring theirs only once they are awake.
   */
  async runCommand(title: string): Promise<void> {
    const row = this.page.locator(".quick-input-list .monaco-list-row").filter({ hasText: title }).first();
    await expect(async () => {
      // An open palette would keep what it has found.
      await this.page.keyboard.press("Escape");
      await this.#quickInput(`>${title}`);
      await row.click({ timeout: 3000 });
    }).toPass({ timeout: patience });
  }

  /** A row of the list that asks for a choice. */
  quickPickRow(text: string): Locator {
    return this.page.locator(".quick-input-list .monaco-list-row").filter({ hasText: text });
  }

  /** Titles that the command palette offers for *text*. */
  async paletteTitles(text: string): Promise<readonly string[]> {
    await this.#quickInput(`>${text}`);
    const rows = this.page.locator(".quick-input-list .monaco-list-row");
    await rows.first().waitFor();
    const titles = await rows.evaluateAll((all) => all.map((row) => row.getAttribute("aria-label") ?? ""));
    await this.page.keyboard.press("Escape");
    return titles;
  }

  async #quickInput(text: string): Promise<void> {
    const input = this.page.locator(".quick-input-widget .quick-input-box input");
    await expect(async () => {
      await this.page.keyboard.press("F1");
      await expect(input).toBeVisible({ timeout: 2000 });
    }).toPass({ timeout: patience });
    await input.fill(text);
  }

  async openTestExplorer(): Promise<void> {
    await this.runCommand("Testing: Focus on Test Explorer View");
    await this.page.locator(".test-explorer").waitFor();
  }

  /** Rows of the Test Explorer, top to bottom. */
  get testRows(): Locator {
    return this.page.locator(".test-explorer .monaco-list-row");
  }

  /** The row of a test, file or folder, whatever its state. */
  testRow(label: string): Locator {
    return this.page.locator(`.test-explorer .monaco-list-row[aria-label^="${label} ("]`);
  }

  /** The row of a test in a state such as `Failed`, `Passed`, `Not yet run`. */
  testRowIn(label: string, state: string): Locator {
    return this.page.locator(`.test-explorer .monaco-list-row[aria-label^="${label} (${state})"]`);
  }

  /** Type *text* into the filter of the Test Explorer. */
  async filterTests(text: string): Promise<void> {
    await this.typeIntoTestFilter(text);
    await this.page.keyboard.press("Escape");
  }

  /** The same, and what it offers is left open. */
  async typeIntoTestFilter(text: string): Promise<void> {
    await this.page.locator(".testing-filter-action-bar, .testing-filter-wrapper").first().click();
    await this.page.keyboard.press("Control+a");
    await this.page.keyboard.type(text);
    if (text === "") await this.page.keyboard.press("Delete");
  }

  /**
   * Open every folder, file and class of the Test Explorer.
   * Meanwhile states change, rows move, and VS Code opens the first by itself: a click that met none of it is tried again.
   */
  async expandAllTests(): Promise<void> {
    const closed = this.page.locator('.test-explorer .monaco-list-row[aria-expanded="false"]');
    await this.testRows.first().waitFor();
    await expect(async () => {
      for (let next = await nameOf(closed); next !== undefined; next = await nameOf(closed)) {
        await closed.first().locator(".monaco-tl-twistie").click({ timeout: 2000 });
        const opened = this.testRow(next).and(this.page.locator('[aria-expanded="true"]'));
        await expect(opened.first()).toBeVisible({ timeout: 2000 });
      }
    }).toPass({ timeout: patience });
  }

  /**
   * Open one row of the Test Explorer; the first is opened by VS Code itself when it is the only one.
   * A row that is still to come, or moves while others come, is tried again.
   */
  async openTestRow(label: string): Promise<void> {
    const row = this.testRow(label);
    await expect(async () => {
      if ((await row.getAttribute("aria-expanded")) === "false")
        await row.locator(".monaco-tl-twistie").click();
      await expect(row).toHaveAttribute("aria-expanded", "true", { timeout: 2000 });
    }).toPass({ timeout: patience });
  }

  /** The aria-labels of the Test Explorer's rows, top to bottom. */
  async testRowLabels(): Promise<readonly string[]> {
    return rowLabels(this.testRows);
  }

  /** Open a file by its path below the folder. */
  async openFile(path: string): Promise<void> {
    await this.#quickInput(path);
    const name = path.split("/").at(-1) ?? path;
    await this.page.locator(".quick-input-list .monaco-list-row").filter({ hasText: name }).first().click();
    await this.page
      .locator(`.editor-group-container.active .tab.active[data-resource-name="${name}"]`)
      .waitFor();
    await this.editor.locator(".view-line").first().waitFor();
  }

  get activeTab(): Locator {
    return this.page.locator(".editor-group-container.active .tab.active");
  }

  get editor(): Locator {
    return this.page.locator(".editor-group-container.active .editor-instance .monaco-editor").first();
  }

  /** Put the cursor at the start of a line (1-based) of the active editor. */
  async goToLine(line: number): Promise<void> {
    await this.#quickInput(`:${String(line)}`);
    await this.page.keyboard.press("Enter");
    await this.editor
      .locator(".line-numbers.active-line-number")
      .filter({ hasText: String(line) })
      .waitFor();
  }

  /** Line number → text, for the lines of the active editor that are in sight. */
  async editorLines(): Promise<ReadonlyMap<number, string>> {
    const lines = await this.editor.evaluate(readLines);
    return new Map(lines.map(({ line, text }) => [line, text]));
  }

  /** What decorations add behind the end of a line; empty when nothing. */
  async endOfLineText(line: number): Promise<string> {
    const lines = await this.editor.evaluate(readLines);
    return lines.find((each) => each.line === line)?.after ?? "";
  }

  /** Glyphs in the margin of the active editor. */
  async gutterGlyphs(): Promise<readonly Glyph[]> {
    return this.editor.evaluate(readGlyphs);
  }

  /** Lines that carry an icon of an extension's own, in order. */
  async ownGlyphLines(): Promise<readonly number[]> {
    const glyphs = await this.gutterGlyphs();
    return glyphs.filter(({ image }) => image.includes("url(")).map(({ line }) => line);
  }

  /** Click the run glyph beside a line, once it has come to rest. */
  async clickGutter(line: number): Promise<void> {
    const place = async () => (await this.gutterGlyphs()).find((glyph) => glyph.line === line)?.middle;
    let seen: number | undefined;
    await expect(async () => {
      const before = seen;
      seen = await place();
      expect(seen).toBeDefined();
      expect(seen).toBe(before);
    }).toPass({ timeout: patience });
    const margin = await this.editor.locator(".glyph-margin").first().boundingBox();
    if (margin === null || seen === undefined) throw new Error(`line ${String(line)} is not in sight`);
    await this.page.mouse.click(margin.x + 10, seen);
  }

  /** Insert *text* as a line of its own before a line. */
  async insertLineAt(line: number, text: string): Promise<void> {
    await this.goToLine(line);
    await this.page.keyboard.press("Home");
    await this.page.keyboard.type(text);
    await this.page.keyboard.press("Escape");
    await this.page.keyboard.press("Enter");
  }

  /** Replace a line's text and save the file. */
  async mend({
    file,
    wrong,
    right,
  }: {
    readonly file: string;
    readonly wrong: string;
    readonly right: string;
  }): Promise<void> {
    await this.openFile(file);
    const line = [...(await this.editorLines())].find(([, text]) => text.trim() === wrong)?.[0];
    if (line === undefined) throw new Error(`${wrong} is not in sight`);
    await this.goToLine(line);
    await this.page.keyboard.press("Home");
    await this.page.keyboard.press("Shift+End");
    await this.page.keyboard.type(right);
    await this.page.keyboard.press("Escape");
    await this.page.keyboard.press("Control+s");
    await this.page.locator(".editor-group-container.active .tab.active:not(.dirty)").waitFor();
  }

  /** Run what a row of the Test Explorer stands for by the button in it. */
  async runTestRow(label: string): Promise<void> {
    const row = this.testRow(label);
    const button = row.getByRole("button", { name: /^Run Test(?! with)/ });
    // Rows move while others come, and the button is there only below the pointer.
    await expect(async () => {
      await row.hover();
      await button.click({ timeout: 2_000 });
    }).toPass();
  }

  async pressRerunKeys(): Promise<void> {
    await this.#pressChord("f");
  }

  async pressRerunOutstandingKeys(): Promise<void> {
    await this.#pressChord("o");
  }

  async pressNextFailureKeys(): Promise<void> {
    await this.#pressChord("n");
  }

  async pressPreviousFailureKeys(): Promise<void> {
    await this.#pressChord("p");
  }

  async pressDebugKeys(): Promise<void> {
    await this.#pressChord("d");
  }

  async #pressChord(last: string): Promise<void> {
    for (const key of ["Control+;", "r", last]) await this.page.keyboard.press(key);
  }

  async showTestResults(): Promise<void> {
    await this.page.locator(".part.panel").getByRole("tab", { name: "Test Results" }).click();
    await this.testOutput.waitFor();
  }

  /** The text of the terminal in the Test Results view. */
  get testOutput(): Locator {
    return this.page.locator(".test-output-peek .xterm-rows, .part.panel .xterm-rows").first();
  }

  /** The row of a test in the Test Results view. */
  resultRow(label: string): Locator {
    return this.page
      .locator(".part.panel .test-output-peek-tree .monaco-list-row")
      .filter({ hasText: label });
  }

  /** What the Test Results view says of a failure that was chosen in it. */
  get resultMessage(): Locator {
    return this.page.locator(".part.panel .test-output-peek-message-container");
  }

  get colouredOutput(): Locator {
    return this.testOutput.locator('[class*="xterm-fg-"], [style*="color"]');
  }

  dialogButton(name: string): Locator {
    return this.page.locator(".monaco-dialog-box").getByRole("button", { name });
  }

  async expandCacheRow(label: string): Promise<void> {
    await this.cacheRow(label).locator(".monaco-tl-twistie").click();
    await expect(this.cacheRow(label)).toHaveAttribute("aria-expanded", "true");
  }

  /** A message in the corner of the window. */
  notification(text: string | RegExp): Locator {
    return this.page.locator(".notification-toast").filter({ hasText: text });
  }

  /** The status bar item that shows *text*. */
  statusBarItem(text: string | RegExp): Locator {
    return this.page.locator(".statusbar-item").filter({ hasText: text });
  }

  /** What a screen reader says of the status bar item that shows *text*. */
  statusSentence(text: string | RegExp): Locator {
    return this.statusBarItem(text).locator("a[aria-label]").first();
  }

  /** The whole text of the status bar item that shows *text*. */
  async statusText(text: string | RegExp): Promise<string> {
    return (await this.statusBarItem(text).first().innerText()).trim();
  }

  /** The status bar item that is a button without words, by its name for screen readers. */
  statusBarButton(label: string): Locator {
    return this.page.locator(".statusbar-item a").and(this.page.getByLabel(label, { exact: true }));
  }

  /** Press a button of a message, also of one that has gone from the corner of the window meanwhile. */
  async pressInNotification(text: string | RegExp, button: string): Promise<void> {
    await this.runCommand("Notifications: Show Notifications");
    const messages = this.page.locator(".notifications-center .notification-list-item");
    await messages.filter({ hasText: text }).first().getByRole("button", { name: button }).click();
  }

  /**
   * Do something, and turn to another page of the browser; the window no longer has the focus.
   * @returns a way back
   */
  async goElsewhere(before: () => Promise<void>): Promise<() => Promise<void>> {
    await before();
    const devTools = await this.page.context().newCDPSession(this.page);
    // Playwright tells every page that it has the focus.
    await devTools.send("Emulation.setFocusEmulationEnabled", { enabled: false });
    const elsewhere = await this.page.context().newPage();
    await elsewhere.bringToFront();
    await expect.poll(() => this.page.evaluate(() => document.hasFocus())).toBe(false);
    return async () => {
      await elsewhere.close();
      await devTools.send("Emulation.setFocusEmulationEnabled", { enabled: true });
      await this.page.bringToFront();
    };
  }

  async openCachePanel(): Promise<void> {
    await this.openPanel("Cache");
    await this.cacheRows.first().waitFor();
  }

  /** Open a view of our side panel, and fold the others so that it has all the room. */
  async openPanel(name: PanelView): Promise<void> {
    await this.runCommand(`Pytest Recall: ${SHOW[name]}`);
    await expect(this.#paneHeader(name)).toHaveAttribute("aria-expanded", "true");
    for (const other of PANEL_VIEWS) if (other !== name) await this.#fold(other);
  }

  async #fold(name: PanelView): Promise<void> {
    const header = this.#paneHeader(name);
    await expect(async () => {
      if ((await header.getAttribute("aria-expanded")) === "true") await header.locator(".title").click();
      await expect(header).toHaveAttribute("aria-expanded", "false", { timeout: 2000 });
    }).toPass({ timeout: patience });
  }

  #paneHeader(name: PanelView): Locator {
    return this.page
      .locator(".part.sidebar .pane-header")
      .filter({ has: this.page.locator(".title", { hasText: new RegExp(`^${name}$`) }) });
  }

  /** Rows of the view of our side panel that is open, in the order in which they were drawn. */
  get cacheRows(): Locator {
    return this.page.locator(".part.sidebar .pane-body .monaco-list-row");
  }

  /** Press a button in the title of a view of our side panel, until *effect* shows. */
  async pressPanelButton(view: PanelView, title: string, effect: Locator): Promise<void> {
    await expect(async () => {
      // The buttons are there only below the pointer.
      await this.#paneHeader(view).hover();
      await this.#paneHeader(view).getByRole("button", { name: title }).click({ timeout: 2000 });
      await expect(effect).toBeVisible({ timeout: 5000 });
    }).toPass({ timeout: patience });
  }

  /** Click a button in the title of a view of our side panel, once. */
  async clickPanelButton(view: PanelView, title: string): Promise<void> {
    // The buttons are there only below the pointer.
    await this.#paneHeader(view).hover();
    await this.#paneHeader(view).getByRole("button", { name: title }).click();
  }

  /** What stands beside the name of a view of our side panel. */
  panelWords(view: PanelView): Locator {
    return this.#paneHeader(view).locator(".description");
  }

  /** Press a button in a row of our side panel. */
  async pressRowButton(row: Locator, title: string): Promise<void> {
    await expect(async () => {
      await row.hover();
      await row.getByRole("button", { name: title }).click({ timeout: 2000 });
    }).toPass({ timeout: patience });
  }

  cacheRow(text: string | RegExp): Locator {
    return this.cacheRows.filter({ hasText: text });
  }

  /** A button in the title of the view that is shown in the side bar. */
  viewButton(title: string): Locator {
    return this.page
      .locator(".part.sidebar .actions-container .action-label")
      .and(this.page.getByLabel(title))
      .first();
  }

  /** What VS Code shows below a failing line of why the test failed. */
  get peekedFailure(): Locator {
    return this.page.locator(".peekview-widget .test-output-peek-message-container");
  }

  /** The line (1-based) of the cursor in the active editor. */
  async cursorLine(): Promise<number> {
    const text = await this.page
      .locator(".statusbar-item")
      .filter({ hasText: /^\s*Ln / })
      .innerText();
    return Number(/Ln (\d+)/.exec(text)?.[1]);
  }

  /** What is on the clipboard. */
  async clipboard(): Promise<string> {
    await this.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  /** Save a picture of the window at *path*. */
  async picture(path: string): Promise<void> {
    await this.page.screenshot({ path, animations: "disabled" });
  }

  /** Save a picture of the window and return its path. */
  async screenshot(name: string): Promise<string> {
    mkdirSync(this.#pictures, { recursive: true });
    const path = join(this.#pictures, `${name}.png`);
    // What fades in is shown as it will be.
    await this.page.screenshot({ path, animations: "disabled" });
    return path;
  }
}

/** The name of the first of *rows* of the Test Explorer, without its state; undefined when there is none. */
async function nameOf(rows: Locator): Promise<string | undefined> {
  const [first] = await rows.evaluateAll((all) => all.map((row) => row.getAttribute("aria-label") ?? ""));
  return first?.replace(/ \(.*$/s, "");
}

/** The aria-labels of *rows* from top to bottom; a list draws its rows in any order. */
export async function rowLabels(rows: Locator): Promise<readonly string[]> {
  return rows.evaluateAll((all) =>
    all
      .map((row) => ({ top: row.getBoundingClientRect().top, label: row.getAttribute("aria-label") ?? "" }))
      .sort((a, b) => a.top - b.top)
      .map(({ label }) => label),
  );
}

/**
 * Runs in the page: the drawn lines of an editor, with the text that decorations put behind them.
 * It holds no function with a name: transpilers wrap those in a helper that the page lacks.
 */
function readLines(editor: Element): { line: number; text: string; after: string }[] {
  const numbers = new Map<number, number>();
  for (const number of editor.querySelectorAll(".margin-view-overlays .line-numbers")) {
    numbers.set(Math.round(number.getBoundingClientRect().top), Number(number.textContent));
  }
  return [...editor.querySelectorAll(".view-lines .view-line")].flatMap((line) => {
    const number = numbers.get(Math.round(line.getBoundingClientRect().top));
    const text = line.textContent.replace(/\u00a0/g, " ");
    const after = [...line.querySelectorAll("span")]
      .map((span) => getComputedStyle(span, "::after").content)
      .filter((content) => content !== "none" && content !== "normal")
      .map((content) =>
        content
          .replace(/^"|"$/g, "")
          .replace(/\\"/g, '"')
          .replace(/\u00a0/g, " "),
      )
      .join("");
    return number === undefined ? [] : [{ line: number, text, after }];
  });
}

/** Runs in the page: the glyphs in an editor's margin. */
function readGlyphs(editor: Element): { line: number; classes: string; image: string; middle: number }[] {
  const numbers = [...editor.querySelectorAll(".margin-view-overlays .line-numbers")].map((number) => {
    const { top, bottom } = number.getBoundingClientRect();
    return { middle: (top + bottom) / 2, line: Number(number.textContent) };
  });
  return [...editor.querySelectorAll(".glyph-margin-widgets .cgmr")].flatMap((glyph) => {
    const { top, bottom } = glyph.getBoundingClientRect();
    const number = numbers.find(({ middle }) => middle > top && middle < bottom);
    const image = getComputedStyle(glyph).backgroundImage;
    return number === undefined ? [] : [{ ...number, classes: glyph.className, image }];
  });
}
