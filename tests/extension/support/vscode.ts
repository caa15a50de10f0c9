/** A fake of the part of VS Code that the views use; it keeps what it is given, so that it can be drawn. */

import * as fs from "node:fs";
import * as path from "node:path";

import type { FileCoverage } from "./coverage";

export * from "./coverage";

interface Manifest {
  readonly contributes: {
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly default: unknown }>> };
  };
}

/** Our settings, as VS Code reads them. */
const { properties } = (
  JSON.parse(fs.readFileSync(path.resolve(__dirname, "../../../package.json"), "utf8")) as Manifest
).contributes.configuration;

export class Position {
  constructor(
    readonly line: number,
    readonly character: number,
  ) {}
}

export class Range {
  readonly start: Position;
  readonly end: Position;

  constructor(start: Position | number, end: Position | number, ...rest: number[]) {
    if (typeof start === "number") {
      this.start = new Position(start, end as number);
      this.end = new Position(rest[0] ?? 0, rest[1] ?? 0);
    } else {
      this.start = start;
      this.end = end as Position;
    }
  }

  isEqual(other: Range): boolean {
    return JSON.stringify(this) === JSON.stringify(other);
  }
}

export class Selection extends Range {
  constructor(
    readonly anchor: Position,
    readonly active: Position,
  ) {
    super(anchor, active);
  }
}

export class Uri {
  private constructor(
    readonly scheme: string,
    readonly path: string,
    readonly query: string,
  ) {}

  static parse(text: string): Uri {
    const url = new URL(text);
    return new Uri(url.protocol.slice(0, -1), decodeURIComponent(url.pathname), url.search.slice(1));
  }

  static file(path: string): Uri {
    return new Uri("file", path, "");
  }

  static from(parts: { scheme: string; path?: string; query?: string }): Uri {
    return new Uri(parts.scheme, parts.path ?? "", parts.query ?? "");
  }

  static joinPath(base: Uri, ...names: string[]): Uri {
    return new Uri(base.scheme, [base.path.replace(/\/$/, ""), ...names].join("/"), "");
  }

  get fsPath(): string {
    return this.path;
  }

  toString(): string {
    return `${this.scheme}://${encodeURI(this.path)}${this.query === "" ? "" : `?${this.query}`}`;
  }
}

export class Location {
  constructor(
    readonly uri: Uri,
    readonly range: Range | Position,
  ) {}
}

export class MarkdownString {
  constructor(public value = "") {}
}

export class ThemeColor {
  constructor(readonly id: string) {}
}

export class ThemeIcon {
  static readonly Folder = new ThemeIcon("folder");
  constructor(
    readonly id: string,
    readonly color?: ThemeColor,
  ) {}
}

export class EventEmitter<T> {
  readonly #listeners = new Set<(value: T) => void>();

  readonly event = (listener: (value: T) => void): { dispose(): void } => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }

  dispose(): void {
    this.#listeners.clear();
  }
}

export class CancellationTokenSource {
  readonly #emitter = new EventEmitter<undefined>();
  readonly token = { isCancellationRequested: false, onCancellationRequested: this.#emitter.event };

  cancel(): void {
    this.token.isCancellationRequested = true;
    this.#emitter.fire(undefined);
  }

  dispose(): void {
    this.#emitter.dispose();
  }
}

export const ProgressLocation = { SourceControl: 1, Window: 10, Notification: 15 } as const;

export class TestTag {
  constructor(readonly id: string) {}
}

export class TestMessage {
  location?: Location;
  expectedOutput?: string;
  actualOutput?: string;
  stackTrace?: TestMessageStackFrame[];

  constructor(readonly message: string) {}

  static diff(message: string, expected: string, actual: string): TestMessage {
    return Object.assign(new TestMessage(message), { expectedOutput: expected, actualOutput: actual });
  }
}

export class TestMessageStackFrame {
  constructor(
    readonly label: string,
    readonly uri?: Uri,
    readonly position?: Position,
  ) {}
}

export class TestRunRequest {
  constructor(
    readonly include?: readonly TestItem[],
    readonly exclude?: readonly TestItem[],
    readonly profile?: unknown,
    readonly continuous = false,
    readonly preserveFocus = false,
  ) {}
}

export const TestRunProfileKind = { Run: 1, Debug: 2, Coverage: 3 };
export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 };
export const StatusBarAlignment = { Left: 1, Right: 2 };
export const OverviewRulerLane = { Left: 1, Center: 2, Right: 4, Full: 7 };
export const ConfigurationTarget = { Global: 1, Workspace: 2, WorkspaceFolder: 3 };

export class TreeItem {
  id?: string;
  description?: string;
  iconPath?: ThemeIcon;
  contextValue?: string;
  tooltip?: string;
  accessibilityInformation?: { readonly label: string };
  command?: { readonly command: string; readonly arguments: readonly unknown[] };

  constructor(
    readonly label: string,
    readonly collapsibleState: number,
  ) {}
}

export class TestItemCollection {
  readonly #items = new Map<string, TestItem>();

  constructor(readonly owner: TestItem | undefined) {}

  get size(): number {
    return this.#items.size;
  }

  get(id: string): TestItem | undefined {
    return this.#items.get(id);
  }

  add(item: TestItem): void {
    item.parent = this.owner;
    this.#items.set(item.id, item);
  }

  delete(id: string): void {
    this.#items.delete(id);
  }

  replace(items: readonly TestItem[]): void {
    for (const item of this.#items.values()) item.parent = undefined;
    this.#items.clear();
    for (const item of items) this.add(item);
  }

  forEach(visit: (item: TestItem) => void): void {
    for (const item of [...this.#items.values()]) visit(item);
  }

  *[Symbol.iterator](): Iterator<[string, TestItem]> {
    yield* this.#items;
  }
}

export class TestItem {
  readonly children = new TestItemCollection(this);
  parent: TestItem | undefined;
  range: Range | undefined;
  sortText: string | undefined;
  tags: readonly TestTag[] = [];
  error: string | undefined;
  description: string | undefined;
  busy = false;
  canResolveChildren = false;

  constructor(
    readonly id: string,
    readonly label: string,
    readonly uri: Uri | undefined,
  ) {}
}

/** A run keeps the last word on each test. */
export class TestRun {
  readonly states = new Map<TestItem, string>();
  /** How many states were told, each of which VS Code draws. */
  told = 0;
  readonly messages = new Map<TestItem, readonly TestMessage[]>();
  readonly source = new CancellationTokenSource();
  readonly token = this.source.token;
  readonly covered: FileCoverage[] = [];
  output = "";
  /** Of the output what belongs to a test. */
  readonly ownOutput = new Map<TestItem, string>();
  isEnded = false;

  constructor(
    readonly request: TestRunRequest,
    readonly name: string | undefined,
    readonly isPersisted: boolean,
  ) {}

  enqueued(item: TestItem): void {
    this.#set(item, "enqueued");
  }

  started(item: TestItem): void {
    this.#set(item, "started");
  }

  passed(item: TestItem, duration?: number): void {
    this.#set(item, `passed${inMilliseconds(duration)}`);
  }

  skipped(item: TestItem): void {
    this.#set(item, "skipped");
  }

  failed(item: TestItem, messages: readonly TestMessage[], duration?: number): void {
    this.#set(item, `failed${inMilliseconds(duration)}`);
    this.messages.set(item, messages);
  }

  errored(item: TestItem, messages: readonly TestMessage[], duration?: number): void {
    this.#set(item, `errored${inMilliseconds(duration)}`);
    this.messages.set(item, messages);
  }

  appendOutput(text: string, _location?: unknown, item?: TestItem): void {
    this.output += text;
    if (item !== undefined) this.ownOutput.set(item, (this.ownOutput.get(item) ?? "") + text);
  }

  addCoverage(file: FileCoverage): void {
    this.covered.push(file);
  }

  end(): void {
    this.isEnded = true;
  }

  #set(item: TestItem, state: string): void {
    if (this.isEnded) throw new Error(`${item.id} is reported after the end of the run.`);
    this.told += 1;
    this.states.set(item, state);
  }
}

function inMilliseconds(duration: number | undefined): string {
  return duration === undefined ? "" : ` ${duration.toFixed(0)} ms`;
}

interface Profile {
  readonly label: string;
  readonly handler: (request: TestRunRequest, token: unknown) => Promise<void>;
  readonly isDefault: boolean;
  readonly isContinuous: boolean;
  readonly dispose: () => void;
}

export class TestController {
  readonly id = "pytestRecall";
  readonly items = new TestItemCollection(undefined);
  readonly runs: TestRun[] = [];
  readonly profiles: Profile[] = [];
  readonly invalidated: TestItem[] = [];
  /** How often a row was made: rows that are kept are not made again. */
  created = 0;

  createTestItem(id: string, label: string, uri?: Uri): TestItem {
    this.created += 1;
    return new TestItem(id, label, uri);
  }

  createTestRun(request: TestRunRequest, name?: string, persist = true): TestRun {
    const run = new TestRun(request, name, persist);
    this.runs.push(run);
    return run;
  }

  createRunProfile(
    label: string,
    _kind: number,
    handler: Profile["handler"],
    isDefault: boolean,
    _tag?: TestTag,
    isContinuous = false,
  ): Profile {
    const profile = { label, handler, isDefault, isContinuous, dispose: () => undefined };
    this.profiles.push(profile);
    return profile;
  }

  invalidateTestResults(items: TestItem[]): void {
    this.invalidated.push(...items);
  }

  dispose(): void {
    this.items.replace([]);
  }
}

export interface Decoration {
  readonly range: Range;
  readonly renderOptions?: { readonly after?: { readonly contentText?: string } };
}

export class DecorationType {
  constructor(readonly options: Record<string, unknown>) {}

  dispose(): void {
    for (const editor of editors) editor.decorations.delete(this);
  }
}

export class TextEditor {
  selection = new Selection(new Position(0, 0), new Position(0, 0));
  readonly decorations = new Map<DecorationType, readonly Decoration[]>();

  constructor(
    readonly document: { readonly uri: Uri; version: number },
    readonly text: string,
  ) {}

  setDecorations(type: DecorationType, decorations: readonly Decoration[]): void {
    this.decorations.set(type, decorations);
  }
}

export const editors: TextEditor[] = [];
const visibleEditorsChanged = new EventEmitter<readonly TextEditor[]>();

/** Opens an editor that is seen at once. */
export function openEditor(uri: string, text: string, version: number): TextEditor {
  const editor = new TextEditor({ uri: Uri.parse(uri), version }, text);
  editors.push(editor);
  visibleEditorsChanged.fire(editors);
  return editor;
}

export class StatusBarItem {
  text = "";
  tooltip = "";
  name = "";
  command = "";
  isShown = false;
  accessibilityInformation: { readonly label: string } | undefined;
  backgroundColor: ThemeColor | undefined;

  show(): void {
    this.isShown = true;
  }

  hide(): void {
    this.isShown = false;
  }

  dispose(): void {
    this.isShown = false;
  }
}

/** Messages that people were shown, and what they answer. */
export const messages: { readonly text: string; readonly buttons: readonly string[] }[] = [];
export const answers: string[] = [];
export const statusBarItems: StatusBarItem[] = [];

/** A row of a quick pick. */
export interface QuickPick {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
}

/** The quick picks that people were shown; an answer takes the row whose label holds it. */
export const quickPicks: { readonly placeHolder: string; readonly rows: readonly QuickPick[] }[] = [];

async function pick(
  rows: readonly QuickPick[] | Promise<readonly QuickPick[]>,
  { placeHolder = "" }: { readonly placeHolder?: string } = {},
): Promise<QuickPick | undefined> {
  quickPicks.push({ placeHolder, rows: await rows });
  const answer = answers.shift();
  return answer === undefined
    ? undefined
    : quickPicks.at(-1)?.rows.find(({ label }) => label.includes(answer));
}

/** The files that people choose in dialogs. */
export const chosenFiles: Uri[] = [];

function tell(text: string, ...rest: unknown[]): Promise<string | undefined> {
  messages.push({ text, buttons: rest.filter((one) => typeof one === "string") });
  return Promise.resolve(answers.shift());
}

/** A question to type an answer to. */
export interface InputBox {
  readonly prompt?: string;
  readonly value?: string;
  readonly validateInput?: (text: string) => string | null;
}

/** The questions that people were asked to type an answer to. */
export const inputBoxes: InputBox[] = [];

/** A tree in the side bar that is seen. */
export class TreeView {
  readonly #visibilityChanged = new EventEmitter<{ readonly visible: boolean }>();
  readonly onDidChangeVisibility = this.#visibilityChanged.event;
  visible = true;
  description: string | undefined;
  selection: readonly unknown[] = [];

  constructor(
    readonly id: string,
    readonly provider: unknown,
  ) {}

  /** Shows or hides it, as people do. */
  show(visible: boolean): void {
    this.visible = visible;
    this.#visibilityChanged.fire({ visible });
  }

  dispose(): void {
    treeViews.delete(this.id);
  }
}

/** The trees in the side bar, by id. */
export const treeViews = new Map<string, TreeView>();

/** What was going on, oldest first. */
export const progressTitles: string[] = [];

/** What the status bar said for some seconds, oldest first. */
export const statusMessages: string[] = [];

export const window = {
  state: { focused: true },
  get visibleTextEditors(): readonly TextEditor[] {
    return editors;
  },
  onDidChangeVisibleTextEditors: visibleEditorsChanged.event,
  createTextEditorDecorationType: (options: Record<string, unknown>) => new DecorationType(options),
  createStatusBarItem: () => {
    const item = new StatusBarItem();
    statusBarItems.push(item);
    return item;
  },
  withProgress: <T>(
    options: { readonly title: string },
    work: (progress: unknown, token: unknown) => Promise<T>,
  ): Promise<T> => {
    progressTitles.push(options.title);
    return work(undefined, new CancellationTokenSource().token);
  },
  setStatusBarMessage: (text: string) => {
    statusMessages.push(text);
  },
  showErrorMessage: tell,
  showWarningMessage: tell,
  showInformationMessage: tell,
  showQuickPick: pick,
  get activeTextEditor(): TextEditor | undefined {
    return active;
  },
  showTextDocument: (document: { readonly uri: Uri }, options?: { readonly selection?: Range }) => {
    shownDocuments.push(document.uri);
    active = new TextEditor({ uri: document.uri, version: 1 }, "");
    const start = options?.selection?.start ?? new Position(0, 0);
    active.selection = new Selection(start, start);
    return Promise.resolve(active);
  },
  showInputBox: (options: InputBox) => {
    inputBoxes.push(options);
    return Promise.resolve(answers.shift());
  },
  createTreeView: (id: string, { treeDataProvider }: { readonly treeDataProvider: unknown }) => {
    const view = new TreeView(id, treeDataProvider);
    treeViews.set(id, view);
    return view;
  },
  showOpenDialog: () => Promise.resolve(chosenFiles.splice(0, 1)),
};

let active: TextEditor | undefined;

/** Puts the cursor somewhere; undefined: there is no editor. */
export function putCursor(uri: string | undefined, line = 0): void {
  active = uri === undefined ? undefined : new TextEditor({ uri: Uri.parse(uri), version: 1 }, "");
  if (active !== undefined) active.selection = new Selection(new Position(line, 0), new Position(line, 0));
}

/** Files that cannot be opened. */
export const missingFiles = new Set<string>();

/** The documents that people were shown, oldest first. */
export const shownDocuments: Uri[] = [];

/** Values of settings, by whole name; those of one folder by `<its URI> <whole name>`. */
export const settings = new Map<string, unknown>();

/** Saves a document. */
export const saved = new EventEmitter<{ readonly uri: Uri }>();

/** Opens a document. */
export const opened = new EventEmitter<{ readonly uri: Uri }>();

/** Types into a document. */
export const editedDocuments = new EventEmitter<{
  readonly document: { readonly uri: Uri; readonly isDirty: boolean };
  readonly contentChanges: readonly unknown[];
}>();

/** The value that holds at `scope`: of the nearest folder around it, or of all. */
function settingAt(scope: Uri | undefined, name: string): unknown {
  const folders = [...settings.keys()]
    .map((key) => key.split(" "))
    .filter(([folder, rest]) => rest === name && `${scope?.toString() ?? ""}/`.startsWith(`${folder ?? ""}/`))
    .map(([folder]) => folder ?? "");
  const nearest = folders.sort((a, b) => b.length - a.length)[0];
  return settings.get(nearest === undefined ? name : `${nearest} ${name}`);
}

interface Folder {
  readonly uri: Uri;
  readonly name: string;
}

const configurationChanged = new EventEmitter<{ affectsConfiguration: (section: string) => boolean }>();
const trustGranted = new EventEmitter<undefined>();
const foldersChanged = new EventEmitter<undefined>();

/** Changes a setting as people do. */
export function changeSetting(name: string, value: unknown): void {
  settings.set(name, value);
  const changed = name.split(" ").at(-1) ?? "";
  configurationChanged.fire({ affectsConfiguration: (asked) => `${changed}.`.startsWith(`${asked}.`) });
}

/** Trusts the workspace. */
export function grantTrust(): void {
  workspace.isTrusted = true;
  trustGranted.fire(undefined);
}

/** Extensions that are there, by id: what they export. */
export const installed = new Map<string, unknown>();

const extensionsChanged = new EventEmitter<undefined>();

/** Installs an extension. */
export function install(id: string, exported: unknown): void {
  installed.set(id, exported);
  extensionsChanged.fire(undefined);
}

export const extensions = {
  onDidChange: extensionsChanged.event,
  getExtension: (id: string) =>
    installed.has(id)
      ? { isActive: true, exports: installed.get(id), packageJSON: { version: "1.2.3" } }
      : undefined,
};

export const workspace = {
  isTrusted: true,
  workspaceFolders: [] as unknown[],
  onDidOpenTextDocument: (listener: (document: { readonly uri: Uri }) => void) => opened.event(listener),
  onDidChangeTextDocument: editedDocuments.event,
  onDidSaveTextDocument: saved.event,
  onDidChangeConfiguration: configurationChanged.event,
  onDidGrantWorkspaceTrust: trustGranted.event,
  onDidChangeWorkspaceFolders: foldersChanged.event,
  getWorkspaceFolder: (uri: Uri) =>
    (workspace.workspaceFolders as Folder[])
      .filter((folder) => `${uri.toString()}/`.startsWith(`${folder.uri.toString()}/`))
      .sort((a, b) => b.uri.path.length - a.uri.path.length)[0],
  textDocuments: [] as { readonly uri: Uri }[],
  openTextDocument: (uri: Uri) =>
    missingFiles.has(uri.toString()) ? Promise.reject(new Error("gone")) : Promise.resolve({ uri }),
  registerTextDocumentContentProvider: () => ({ dispose: () => undefined }),
  getConfiguration: (section?: string, scope?: Uri) => {
    const whole = (name: string): string => (section === undefined ? name : `${section}.${name}`);
    return {
      get: (name: string, otherwise?: unknown) =>
        settingAt(scope, whole(name)) ?? properties[whole(name)]?.default ?? otherwise,
      inspect: (name: string) => ({ workspaceFolderValue: settingAt(scope, whole(name)) }),
      update: (name: string, value: unknown) => {
        changeSetting(whole(name), value);
        return Promise.resolve();
      },
    };
  },
};

/** What was put on the clipboard. */
export const copied: string[] = [];

export const version = "1.139.1";

export const env = {
  remoteName: undefined,
  clipboard: {
    readText: () => Promise.resolve(copied.at(-1) ?? ""),
    writeText: (text: string) => {
      copied.push(text);
      return Promise.resolve();
    },
  },
};

export const executed: string[] = [];

/** The ids of the tests whose failures VS Code was to show, their parts with a space between them. */
export const peeked: string[] = [];

/** What commands that were registered do. */
const registered = new Map<string, (argument: unknown) => unknown>();

export const commands = {
  registerCommand: (id: string, callback: (argument: unknown) => unknown) => {
    registered.set(id, callback);
    return { dispose: () => registered.delete(id) };
  },
  executeCommand: (id: string, argument?: unknown): Promise<unknown> => {
    executed.push(id);
    if (id === "vscode.peekTestError") {
      peeked.push(String(argument).replaceAll("\0", " "));
      return Promise.resolve(true);
    }
    return Promise.resolve(registered.get(id)?.(argument));
  },
};

export { debug, DebugAdapterExecutable } from "./debug";
