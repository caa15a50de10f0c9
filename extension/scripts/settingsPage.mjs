/**
 * `docs/settings.md`: of each setting what package.json says of it, between two comments.
 * What stands behind the second one, an example and what else is to be said, is written by hand and kept.
 */

import { plain } from "./readme.mjs";

/**
 * @typedef {{
 *   type: string | string[], default: unknown, scope?: string, order?: number, markdownDescription: string,
 *   minimum?: number, enum?: unknown[], enumDescriptions?: string[], anyOf?: Setting[],
 *   items?: { type: string }, additionalProperties?: { type: string | string[] },
 * }} Setting
 * @typedef {{
 *   capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } },
 *   contributes: { configuration: { properties: Record<string, Setting> } },
 * }} Manifest
 */

/** Where VS Code lets a setting be set, by its scope. */
const SCOPES = new Map([
  ["window", "user, workspace"],
  ["resource", "user, workspace, folder"],
  ["machine-overridable", "user of this machine, workspace, folder"],
]);

/**
 * The same page with the parts of package.json as they are now.
 * @param {string} page
 * @param {Manifest} manifest
 */
export function withSettings(page, manifest) {
  const { properties } = manifest.contributes.configuration;
  const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
  for (const [, name = ""] of page.matchAll(/^### `([^`]+)`$/gm))
    if (!(name in properties))
      throw new Error(`docs/settings.md has a section for ${name}, which is no setting`);
  return Object.entries(properties).reduce(
    (text, [name, setting]) => put(text, name, linesOf(setting, restrictedConfigurations.includes(name))),
    page,
  );
}

/**
 * @param {string} page
 * @param {string} name
 * @param {readonly string[]} lines
 */
function put(page, name, lines) {
  const begin = `### \`${name}\`\n\n<!-- written by \`npm run generate\` -->\n`;
  const from = page.indexOf(begin);
  const to = page.indexOf("<!-- end -->", from);
  if (from < 0 || to < 0)
    throw new Error(`docs/settings.md has no section for ${name}: add ${begin}<!-- end --> and an example`);
  return [page.slice(0, from) + begin, ...lines, "", page.slice(to)].join("\n");
}

/**
 * @param {Setting} setting
 * @param {boolean} restricted
 */
function linesOf(setting, restricted) {
  const { enum: values, enumDescriptions = [] } = setting.anyOf?.find((one) => one.enum) ?? setting;
  const choices = values?.map((value, index) => `- ${code(value)}: ${enumDescriptions[index] ?? ""}`);
  return [
    // A sentence a line, as in all Markdown here.
    ...plain(setting.markdownDescription).split(/(?<=\.) (?=[A-Z`*])/),
    ...(choices === undefined ? [] : ["", ...choices]),
    "",
    "| default | takes | can be set for | in Restricted Mode |",
    "|---|---|---|---|",
    `| ${[code(setting.default), takes(setting), SCOPES.get(setting.scope ?? "window") ?? setting.scope, restricted ? "only what the user has set counts" : "counts"].join(" | ")} |`,
  ];
}

/** @param {Setting} setting */
function takes(setting) {
  const { type, minimum, items, additionalProperties, anyOf } = setting;
  if (setting.enum !== undefined) return "one of these";
  const number = anyOf?.find((one) => one.minimum !== undefined);
  if (anyOf !== undefined) return `one of these, or a whole number from ${String(number?.minimum)} on`;
  if (items !== undefined) return "a list of texts";
  if (additionalProperties !== undefined)
    return `texts by their names${additionalProperties.type.includes("null") ? ", or `null`" : ""}`;
  if (type === "number") return `a number from ${String(minimum)} on`;
  return type === "boolean" ? "`true` or `false`" : "a text";
}

/** @param {unknown} value */
function code(value) {
  return `\`${JSON.stringify(value)}\``;
}
