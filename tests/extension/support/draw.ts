/** Draws what a person sees as text. */

import type { TreeDataProvider } from "vscode";

import type * as fake from "./vscode";

/** The rows of the Test Explorer in the order in which VS Code shows them. */
export function renderTestTree(controller: unknown): string {
  return rows((controller as fake.TestController).items, "").join("\n");
}

function rows(items: fake.TestItemCollection, indent: string): string[] {
  const all = [...items].map(([, item]) => item).sort(asVsCodeSorts);
  return all.flatMap((item) => [`${indent}${row(item)}`, ...rows(item.children, `${indent}  `)]);
}

function asVsCodeSorts(one: fake.TestItem, other: fake.TestItem): number {
  const byLine = (one.range?.start.line ?? 0) - (other.range?.start.line ?? 0);
  if (one.range !== undefined && other.range !== undefined && byLine !== 0) return byLine;
  return (one.sortText ?? one.label) < (other.sortText ?? other.label) ? -1 : 1;
}

function row(item: fake.TestItem): string {
  const { range, error, tags } = item;
  const place = range === undefined ? [] : [`:${String(range.start.line + 1)}`];
  const marks = tags.map((tag) => `#${tag.id}`);
  const wrong = error === undefined ? [] : [`! ${error}`];
  return [item.label, ...place, ...marks, ...wrong].join(" ");
}

/** The last word of a run on each test, with what is said of failures. */
export function renderRun(run: fake.TestRun | undefined): string {
  if (run === undefined) return "no run";
  const states = [...run.states].flatMap(([item, state]) => {
    return [`${item.id}: ${state}`, ...(run.messages.get(item) ?? []).flatMap(describe)];
  });
  return [...states, ...(run.isEnded ? ["ended"] : [])].join("\n");
}

function describe(message: fake.TestMessage): string[] {
  const { location, expectedOutput, actualOutput, stackTrace } = message;
  const place = location?.range as fake.Range | undefined;
  return [
    ...message.message.split("\n").map((text) => `  | ${text}`),
    ...(expectedOutput === undefined ? [] : [`  expected ${expectedOutput}, actual ${actualOutput ?? ""}`]),
    ...(location === undefined ? [] : [`  at ${location.uri.path}:${String((place?.start.line ?? 0) + 1)}`]),
    ...(stackTrace ?? []).map(
      (frame) => `  in ${frame.label} (${frame.uri?.path ?? ""}:${String((frame.position?.line ?? 0) + 1)})`,
    ),
  ];
}

/** The text of an editor with what is drawn behind its lines. */
export function renderDecorations(editor: fake.TextEditor): string {
  const behind = new Map<number, string[]>();
  for (const [type, decorations] of editor.decorations) {
    for (const decoration of decorations) {
      const { line, character } = decoration.range.end;
      const length = editor.text.split("\n")[line]?.length ?? 0;
      const place = character === length ? "" : `@${String(character)} `;
      behind.set(line, [...(behind.get(line) ?? []), place + look(type, decoration)]);
    }
  }
  return editor.text
    .split("\n")
    .map((text, index) => [text, ...(behind.get(index) ?? [])].join("  "))
    .join("\n");
}

function look(type: fake.DecorationType, decoration: fake.Decoration): string {
  const options = type.options as {
    after?: { color: fake.ThemeColor; contentText?: string };
    light?: { gutterIconPath: fake.Uri };
  };
  const icon = options.light?.gutterIconPath.path.replace(/^.*\/(.*)-light.svg$/, "($1) ") ?? "";
  const text = decoration.renderOptions?.after?.contentText ?? options.after?.contentText ?? "";
  return `${icon}${text}${options.after === undefined ? "" : ` <${options.after.color.id}>`}`.trimEnd();
}

/** The rows of a tree view, everything expanded that can be. */
export async function renderPanel<T>(
  provider: TreeDataProvider<T>,
  parent?: T,
  indent = "",
): Promise<string> {
  const children = (await provider.getChildren(parent)) ?? [];
  const drawn: string[] = [];
  for (const child of children) {
    const item = (await provider.getTreeItem(child)) as unknown as fake.TreeItem;
    const icon = item.iconPath?.id;
    const parts = [item.label, item.description];
    const text = parts.filter((part) => part !== undefined && part !== "").join("  ");
    drawn.push(`${indent}${icon === undefined ? "" : `(${icon}) `}${text}`);
    if (item.collapsibleState !== 0) drawn.push(await renderPanel(provider, child, `${indent}  `));
  }
  return drawn.filter((text) => text !== "").join("\n");
}

/** A block in a test without its indentation. */
export function block(text: string): string {
  const body = text.replace(/^\n/, "").replace(/\n *$/, "");
  const indent = Math.min(
    ...body
      .split("\n")
      .filter((one) => one.trim() !== "")
      .map((one) => one.length - one.trimStart().length),
  );
  return body
    .split("\n")
    .map((one) => one.slice(indent))
    .join("\n");
}
