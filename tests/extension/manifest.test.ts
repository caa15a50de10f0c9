/** What package.json promises, against the house's rules and what is there. */

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "node:test";

import { COMMANDS } from "../../extension/src/ui/commandIds";
import { withTables, type Manifest as Tables } from "../../extension/scripts/readme.mjs";
import { withSettings, type Manifest as Settings } from "../../extension/scripts/settingsPage.mjs";
import { readManifest } from "../../extension/scripts/texts.mjs";

interface Setting {
  readonly type: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly markdownDescription?: string;
}

interface MenuEntry {
  readonly command: string;
  readonly when?: string;
  readonly group?: string;
}

interface Manifest {
  readonly capabilities: {
    readonly untrustedWorkspaces: {
      readonly supported: unknown;
      readonly restrictedConfigurations: readonly string[];
    };
  };
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly category?: string }[];
    readonly keybindings: readonly (Readonly<Record<"command" | "key" | "mac" | "when", string>> & {
      /** What `runCommands` is to run, one after the other. */
      readonly args?: { readonly commands: readonly string[] };
    })[];
    readonly menus: Readonly<Record<string, readonly MenuEntry[]>> & {
      readonly commandPalette: readonly MenuEntry[];
    };
    readonly walkthroughs: readonly {
      readonly steps: readonly {
        readonly description: string;
        readonly media: { readonly image: string; readonly altText: string };
        readonly completionEvents: readonly string[];
      }[];
    }[];
    readonly configuration: { readonly properties: Readonly<Record<string, Setting>> };
  };
}

const TOP = path.resolve(__dirname, "../..");
const read = (name: string): string => fs.readFileSync(path.join(TOP, name), "utf8");
const manifest = readManifest() as Manifest;
const { commands, keybindings, menus, walkthroughs, configuration } = manifest.contributes;
const ids = commands.map(({ command }) => command);
/** Code lenses and code actions offer these, which keys of VS Code's open, and the last row of Up Next is one. */
const OF_EDITORS = ["rerunTests", "debugTests", "copyFailure", "showMoreUpNext"].map(
  (name) => `pytestRecall.${name}`,
);

test("the commands are those that are registered, all of one category", () => {
  assert.deepEqual([...ids].sort(), Object.values(COMMANDS).sort());
  assert.deepEqual(new Set(commands.map(({ category }) => category)), new Set(["Pytest Recall"]));
});

test("the command palette offers each command only when it can do something", () => {
  const clauses = new Map(menus.commandPalette.map(({ command, when }) => [command, when]));

  assert.deepEqual(
    ids.filter((id) => clauses.get(id) === undefined),
    [],
  );
});

test("every key is of the chord or for rows of ours, on every system, and means one thing at a time", () => {
  for (const { command, args, key, mac, when } of keybindings) {
    const last = args?.commands.at(-1) ?? command;
    assert.ok(ids.includes(last), last);
    if (/^focusedView == pytestRecall\.\w+ && listFocus && !inputFocus$/u.test(when)) continue;
    assert.match(key, /^ctrl\+; r [a-z]$/u);
    assert.equal(mac, key.replace("ctrl", "cmd"));
    assert.match(when, /^pytestRecall\./u);
  }
  const places = keybindings.map(({ key, when }) => `${key} ${when}`);
  assert.equal(new Set(places).size, places.length);
});

test("whatever a row or a title offers to the mouse is in the palette or in a menu, which a key opens", () => {
  const inMenus = Object.entries(menus)
    .filter(([place]) => place.endsWith("/context"))
    .flatMap(([, entries]) => entries)
    .filter(({ group = "" }) => !group.startsWith("inline"));
  const shown = menus.commandPalette.filter(({ when }) => when !== "false");
  const byKey = new Set([...inMenus, ...shown].map(({ command }) => command));

  assert.deepEqual(
    ids.filter((command) => !byKey.has(command) && !OF_EDITORS.includes(command)),
    [],
  );
});

/** A setting that takes any text can name a program, or what a program is given. */
function takesText({ type, enum: values }: Setting): boolean {
  const types = Array.isArray(type) ? (type as readonly string[]) : [type];
  return values === undefined && types.some((one) => ["string", "array", "object"].includes(String(one)));
}

test("a folder that is not trusted can set nothing that is run, and everything else", () => {
  const { supported, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
  // It starts pytest by itself.
  const starting = ["pytestRecall.collectOnOpen"];
  const texts = Object.entries(configuration.properties).filter(([, setting]) => takesText(setting));

  assert.equal(supported, "limited");
  assert.deepEqual(
    [...restrictedConfigurations].sort(),
    [...starting, ...texts.map(([name]) => name)].sort(),
  );
});

test("every setting has a default and says in Markdown what it does, with links that lead somewhere", () => {
  const names = Object.keys(configuration.properties);
  for (const [name, { markdownDescription = "", default: value }] of Object.entries(
    configuration.properties,
  )) {
    assert.notEqual(value, undefined, name);
    assert.match(markdownDescription, /^[A-Z`].*\.$/su, name);
    for (const [, link = ""] of markdownDescription.matchAll(/`#([^#]+)#`/gu)) {
      if (link.startsWith("pytestRecall.")) assert.ok(names.includes(link), `${name} → ${link}`);
    }
  }
});

test("the walkthrough has four steps, each with a picture, and each is done by what is ours", () => {
  const [walkthrough, ...others] = walkthroughs;
  assert.equal(others.length, 0);
  assert.equal(walkthrough?.steps.length, 4);
  for (const { description, media, completionEvents } of walkthrough.steps) {
    assert.ok(fs.existsSync(path.join(TOP, media.image)), media.image);
    assert.notEqual(media.altText, "");
    for (const event of completionEvents) {
      const [kind = "", name = ""] = event.split(":");
      // That one is pressed in the step itself.
      assert.ok(name.startsWith("pytestRecall.") || name === "workbench.view.testing.focus", event);
      if (kind === "onCommand" && name.startsWith("pytestRecall.")) assert.ok(ids.includes(name), event);
    }
    for (const [, id = ""] of description.matchAll(/\(command:(pytestRecall\.\w+)\)/gu))
      assert.ok(ids.includes(id), id);
  }
});

test("only a folder with tests or a configuration of pytest wakes the extension", () => {
  for (const event of manifest.activationEvents) {
    assert.match(event, /^workspaceContains:.*(test_|_test|conftest|pytest)/u);
  }
  // VS Code gives up a search after seven seconds, and then wakes nobody: names without stars need none.
  const named = manifest.activationEvents.filter((event) => !event.includes("*"));
  assert.ok(named.length > 5);
});

test("README's tables of commands and settings are those of package.json", () => {
  const readme = read("README.md");

  assert.equal(withTables(readme, readManifest() as Tables), readme, "npm run generate");
});

test("the page of settings has each of them as package.json has it, with an example of its type", () => {
  const page = read("docs/settings.md");
  const examples = [...page.matchAll(/^```json\n(.*?)```$/gmsu)].map(
    ([, text = ""]) => JSON.parse(text) as object,
  );
  const names = Object.keys(configuration.properties);

  assert.equal(withSettings(page, readManifest() as Settings), page, "npm run generate");
  assert.deepEqual(examples.flatMap(Object.keys).sort(), [...names].sort());
  for (const [name, value] of examples.flatMap(Object.entries) as readonly (readonly [string, unknown])[]) {
    const { type, default: usual } = configuration.properties[name] ?? { type: [] };
    const kind = Array.isArray(value) ? "array" : typeof value;
    assert.ok([type].flat().includes(kind), name);
    assert.notDeepEqual(value, usual, `${name}: the default needs no example`);
  }
  assert.throws(() => withSettings(page.replace("### `pytestRecall.env`", ""), readManifest() as Settings));
  assert.throws(() => withSettings(`${page}\n### \`pytestRecall.gone\`\n`, readManifest() as Settings));
});

test("what the comparison names as shown by exists", () => {
  const text = read("docs/comparison.md");
  const { scripts } = JSON.parse(read("package.json")) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const rows = text.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| |"));
  assert.ok(rows.length > 15);
  for (const row of rows) {
    const shown = row.split("|").at(-2) ?? "";
    const files = [...shown.matchAll(/`(tests\/[^`]+)`/gu)].map(([, name = ""]) => name);
    const documents = [...shown.matchAll(/\]\(([\w-]+\.md)\)/gu)].map(([, name = ""]) => `docs/${name}`);
    const tasks = [...shown.matchAll(/`npm run ([\w-]+)/gu)].map(([, name = ""]) => name);
    assert.notEqual(files.length + documents.length + tasks.length, 0, row);
    for (const name of [...files, ...documents]) assert.ok(fs.existsSync(path.join(TOP, name)), name);
    for (const name of tasks) assert.ok(name in scripts, name);
  }
});
