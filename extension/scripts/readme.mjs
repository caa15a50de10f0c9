/**
 * README's tables of commands and settings, made of package.json and its English texts.
 * What a command does is said nowhere else, so the last column of its row is kept as it stands.
 */

/** @typedef {{ command: string, title: string, category?: string }} Command */
/** @typedef {{ command: string, args?: { commands: readonly string[] }, key: string, mac?: string, when?: string }} Keybinding */
/** @typedef {{ default: unknown, markdownDescription: string, order?: number }} Setting */
/**
 * The parts of package.json that are read.
 * @typedef {{ contributes: {
 *   commands: Command[],
 *   keybindings: Keybinding[],
 *   menus: { commandPalette: { command: string, when: string }[] },
 *   configuration: { properties: Record<string, Setting> },
 * } }} Manifest
 */

/** What the `when` clauses of the command palette mean to people. */
const WHEN = new Map([
  ["pytestRecall.active", "there are pytest tests"],
  ["pytestRecall.stepwise", "stepwise is on"],
  ["pytestRecall.active && config.pytestRecall.testExplorer", "they are in the Test Explorer"],
  ["pytestRecall.cacheFiltered", "a filter is set"],
  ["workspaceFolderCount != 0", "a folder is open"],
]);

/**
 * The same README with its tables as package.json has them.
 * @param {string} readme
 * @param {Manifest} manifest
 */
export function withTables(readme, manifest) {
  const commands = commandTable(manifest, keptWords(readme));
  return put(put(readme, "commands", commands), "settings", settingTable(manifest));
}

/**
 * Put *lines* between the markers of *name*.
 * @param {string} readme
 * @param {string} name
 * @param {readonly string[]} lines
 */
function put(readme, name, lines) {
  const begin = `<!-- ${name}: written by \`npm run generate\` -->`;
  const end = `<!-- end of ${name} -->`;
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README has no place for ${name}: ${begin} … ${end}`);
  return [readme.slice(0, from) + begin, "", ...lines, "", readme.slice(to)].join("\n");
}

/**
 * Title of a command → the last column of its row.
 * @param {string} readme
 */
function keptWords(readme) {
  const rows = readme.matchAll(/^\| (?:Pytest Recall: )?([^|]+?) \|.*\| ([^|]+) \|$/gm);
  return new Map([...rows].map(([, title = "", words = ""]) => [title, words]));
}

/**
 * @param {Manifest} manifest
 * @param {ReadonlyMap<string, string>} words
 */
function commandTable({ contributes }, words) {
  const { commandPalette } = contributes.menus;
  // What only rows, code lenses and code actions call is nothing that people look up.
  const shown = contributes.commands.filter((one) => whenOf(one.command, commandPalette) !== "`false`");
  const rows = shown.map(({ command, title }) => {
    const said = words.get(title);
    if (said === undefined)
      throw new Error(`README does not say yet what "${title}" does: add | ${title} | | | … |`);
    return `| ${title} | ${keysOf(command, contributes.keybindings)} | ${whenOf(command, commandPalette)} | ${said} |`;
  });
  return [
    "| Pytest Recall: … | key | in the command palette when | what it does |",
    "|---|---|---|---|",
    ...rows,
  ];
}

/**
 * @param {string} command
 * @param {readonly Keybinding[]} keybindings
 */
function keysOf(command, keybindings) {
  const own = keybindings.filter((one) => one.command === command || one.args?.commands.includes(command));
  return own.map(({ key }) => `\`${key.split(" ").map(chordOf).join(" ")}\``).join(", ");
}

/** `ctrl+;` → `Ctrl+;`. @param {string} chord */
function chordOf(chord) {
  return chord.replace(/[a-z]+/g, (name) => name.charAt(0).toUpperCase() + name.slice(1));
}

/**
 * @param {string} command
 * @param {readonly { command: string, when: string }[]} palette
 */
function whenOf(command, palette) {
  const when = palette.find((one) => one.command === command)?.when ?? "true";
  return WHEN.get(when) ?? `\`${when}\``;
}

/** @param {Manifest} manifest */
function settingTable({ contributes }) {
  const rows = Object.entries(contributes.configuration.properties)
    .sort(([, one], [, other]) => (one.order ?? Infinity) - (other.order ?? Infinity))
    .map(
      ([name, setting]) =>
        `| ${linkOf(name)} | \`${JSON.stringify(setting.default)}\` | ${plain(setting.markdownDescription)} |`,
    );
  return ["| setting | default | what it does |", "|---|---|---|", ...rows];
}

/** More on a setting stands in its section of the page. @param {string} name */
function linkOf(name) {
  return `[\`${name}\`](docs/settings.md#${name.toLowerCase().replaceAll(".", "")})`;
}

/** Links between settings are VS Code's alone. @param {string} description */
export function plain(description) {
  return description
    .replaceAll(/`#([^#`]+)#`/g, "`$1`")
    .replaceAll("|", "\\|")
    .replaceAll("\n", " ");
}
