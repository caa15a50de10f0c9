/** The texts for people: each is translated, and none is left that cannot be. */

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "node:test";

import * as ts from "typescript";

import { exportTexts, readJson, usedKeys } from "../../extension/scripts/texts.mjs";

type Texts = Readonly<Record<string, string>>;
type Bundle = Readonly<Record<string, string | { readonly message: string }>>;

const TOP = path.resolve(__dirname, "../..");
const SOURCES = path.join(TOP, "extension/src");
const ENGLISH = "l10n/bundle.l10n.json";

/** Tags of the languages that there are, besides English. */
function languages(): readonly string[] {
  const tags = (folder: string, name: RegExp): readonly string[] =>
    fs.readdirSync(path.join(TOP, folder)).flatMap((file) => name.exec(file)?.[1] ?? []);
  const ofManifest = tags(".", /^package\.nls\.([\w-]+)\.json$/u);
  assert.deepEqual(tags("l10n", /^bundle\.l10n\.([\w-]+)\.json$/u), ofManifest);
  return ofManifest;
}

/** What a translation must keep: places for values, links, settings and code that names something. */
function keptIn(text: string): readonly string[] {
  const parts = [...text.matchAll(/\{\d+\}|\]\([^)]+\)|`[^`]*`|\$\([\w-]+\)|\n/gu)].map(([one]) => one);
  // The phrases of markers stand as code, too, and are translated.
  return parts.filter((one) => !/^`[\p{L}\d ]+`$/u.test(one) || NAMES.has(one)).sort();
}

/** Code without any sign in it that means the same in all languages. */
const NAMES = new Set([
  "`auto`",
  "`logical`",
  "`off`",
  "`addopts`",
  "`null`",
  "`0`",
  "`def`",
  "`venv`",
  "`python`",
]);

function checkTranslation(english: Texts, translated: Texts): void {
  assert.deepEqual(Object.keys(translated), Object.keys(english));
  for (const [key, text] of Object.entries(english)) {
    const other = translated[key] ?? "";
    assert.notEqual(other.trim(), "", key);
    assert.deepEqual(keptIn(other), keptIn(text), key);
  }
}

test("package.nls.json has each text of package.json, and no other", () => {
  assert.deepEqual(usedKeys().sort(), Object.keys(readJson("package.nls.json") as Texts).sort());
});

test("package.json has no text for people itself", () => {
  const names = /"(?:title|description|markdownDescription|contents|altText|name|label)": "([^"]*)"/gu;
  const found = [...fs.readFileSync(path.join(TOP, "package.json"), "utf8").matchAll(names)];
  const own = found.map(([, text = ""]) => text).filter((text) => !/^%.*%$/u.test(text));

  // Names of the product are the same in all languages.
  assert.deepEqual(own.sort(), ["Pytest Recall", "Pytest Recall", "Pytest Recall", "pytest-recall"]);
});

test("the bundle that translations are made of holds the texts of the code", async () => {
  assert.deepEqual(readJson(ENGLISH), await exportTexts(), "npm run generate");
});

test("there is German", () => {
  assert.ok(languages().includes("de"));
});

test("each language has each text, no other, and the same places, links and names in it", () => {
  const bundle = Object.entries(readJson(ENGLISH) as Bundle);
  const code = Object.fromEntries(
    bundle.map(([key, one]) => [key, typeof one === "string" ? one : one.message]),
  );
  for (const tag of languages()) {
    checkTranslation(readJson("package.nls.json") as Texts, readJson(`package.nls.${tag}.json`) as Texts);
    checkTranslation(code, readJson(`l10n/bundle.l10n.${tag}.json`) as Texts);
  }
});

/** Members and calls whose texts people see, whatever they look like. */
const SHOWN = new Set([
  ...["label", "detail", "description", "title", "placeHolder", "prompt", "tooltip", "text", "sentence"],
  ...["openLabel", "nothing", "contentText", "name"],
]);
const SHOWING =
  /(?:show\w+Message|setStatusBarMessage|createTerminal|createTestRun|createRunProfile|HumanError)$/u;
/** These are not translated: logs, faults of ours, and what a report of a fault says. */
const UNSHOWN = /^(?:l10n\.t|(?:.*\.)?#?log\.\w+|Error|super|.*executeCommand|.*registerCommand)$/u;
const REPORTS = ["state/debugInfo.ts", "ui/debugInfo.ts"];

/** Names, titles of pytest's own, commands, icons and lines for the log: the same in all languages. */
const AS_THEY_ARE = new Set([
  ...["Pytest Recall", "Pytest", "Python", "Captured stdout", "Captured stderr", "Captured log"],
  ...["AssertionError", "CRITICAL", "Scripts", "Python of ", "The server's connection has closed."],
  ...["pytest in ", "; language server: ", "nothing", "pytest: ", "Pytest Recall: ", "Pytest: "],
  ...["$(error) Pytest Recall", "$(sync~spin) Pytest Recall", " -m pip install --upgrade ", "cache/*"],
  ...["symbol-misc", "warning"],
]);

/** The texts in a file that look as if people saw them, and are not translated. */
function untranslatedIn(name: string): readonly string[] {
  const text = fs.readFileSync(path.join(SOURCES, name), "utf8");
  const found: string[] = [];
  const visit = (node: ts.Node, isShown: boolean): void => {
    if (isUnshown(node)) return;
    const shown = isShown || isShowing(node);
    if (isText(node) && looksLikeText(node.text, shown)) found.push(`${name}: ${node.text}`);
    ts.forEachChild(node, (child) => {
      // What is called, compared or looked up is no text for people.
      const isValue = !(ts.isCallExpression(node) && child === node.expression);
      visit(child, shown && isValue && !ts.isElementAccessExpression(node) && !isComparison(node));
    });
  };
  visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest), false);
  return found;
}

function isText(node: ts.Node): node is ts.StringLiteral | ts.TemplateLiteralLikeNode {
  return (
    ts.isStringLiteral(node) ||
    ts.isNoSubstitutionTemplateLiteral(node) ||
    [ts.SyntaxKind.TemplateHead, ts.SyntaxKind.TemplateMiddle, ts.SyntaxKind.TemplateTail].includes(node.kind)
  );
}

function isUnshown(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node) || ts.isTypeNode(node)) return true;
  const isCall = ts.isCallExpression(node) || ts.isNewExpression(node);
  return isCall && UNSHOWN.test(nameOf(node.expression));
}

function isShowing(node: ts.Node): boolean {
  if (ts.isPropertyAssignment(node)) return SHOWN.has(nameOf(node.name));
  return (ts.isCallExpression(node) || ts.isNewExpression(node)) && SHOWING.test(nameOf(node.expression));
}

function isComparison(node: ts.Node): boolean {
  const { EqualsEqualsEqualsToken, ExclamationEqualsEqualsToken } = ts.SyntaxKind;
  return (
    ts.isBinaryExpression(node) &&
    (node.operatorToken.kind === EqualsEqualsEqualsToken ||
      node.operatorToken.kind === ExclamationEqualsEqualsToken)
  );
}

function nameOf(node: ts.Node): string {
  if (node.kind === ts.SyntaxKind.SuperKeyword) return "super";
  if (ts.isPropertyAccessExpression(node)) return `${nameOf(node.expression)}.${node.name.text}`;
  return ts.isIdentifier(node) || ts.isPrivateIdentifier(node) ? node.text : "";
}

/** Two words, or a word with a capital; where it is shown, any word but the name of an icon. */
function looksLikeText(text: string, isShown: boolean): boolean {
  const plain = text.replaceAll(/\$\([\w~-]*\)?|^[\w~-]*\)/gu, "");
  if (AS_THEY_ARE.has(text) || /^(?:import|\nimport) /u.test(text)) return false;
  if (isShown) return /\p{L}{2,}/u.test(plain);
  return /\p{L}{2,},? \p{L}{2,}/u.test(plain) || /^\p{Lu}\p{Ll}+…?$/u.test(plain);
}

test("no text for people stands in the code without a way to translate it", () => {
  const names = fs.readdirSync(SOURCES, { recursive: true, encoding: "utf8" });
  const own = names.filter(
    (name) => name.endsWith(".ts") && !name.endsWith(".generated.ts") && !REPORTS.includes(name),
  );
  assert.ok(own.length > 90);

  assert.deepEqual(own.flatMap(untranslatedIn), []);
});

test("texts are read when VS Code has told their language", () => {
  const text = fs.readFileSync(path.join(SOURCES, "extension.ts"), "utf8");
  const own = [...text.matchAll(/^import .*?"(\.[^"]+)";$/gmu)].map(([, name]) => name);

  assert.equal(own[0], "./platform/language");
});
