/** Writes down what a report of a fault needs to say, without anybody's secrets. */

/** A table's rows, or what to say in its place. */
export type Facts = readonly (readonly [name: string, value: string])[];

export interface DebugInfo {
  readonly versions: Facts;
  /** Settings that are not as they are by default. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What the server says of itself, or why it says nothing. */
  readonly status: unknown;
  /** The last lines of the log. */
  readonly log: readonly string[];
  /** Path of the home folder. */
  readonly home: string;
}

const HIDDEN = "…";
/** What is shorter may stand anywhere by chance. */
const SHORTEST_SECRET = 4;

/** Settings whose values are, or may be, secret: of variables the names are shown, of arguments the options. */
const VARIABLES = /(^|\.)env$/iu;
const ARGUMENTS = /args$/iu;

/** Markdown, for the clipboard. */
export function debugInfoText({ versions, settings, status, log, home }: DebugInfo): string {
  const shown = Object.entries(settings).map(([name, value]) => [name, withoutSecrets(name, value)]);
  const secrets = Object.entries(settings).flatMap(([name, value]) => secretsOf(name, value));
  const text = [
    "## Pytest Recall",
    "",
    ...versions.map(([name, value]) => `- ${name}: ${value}`),
    ...block("Settings that are not the default", "json", JSON.stringify(Object.fromEntries(shown), null, 2)),
    ...block("Server", "json", JSON.stringify(status, null, 2)),
    ...block("The end of the log", "text", without(log.join("\n"), secrets)),
    "",
  ].join("\n");
  return withoutHome(text, home);
}

function block(title: string, language: string, text: string): readonly string[] {
  const fence = text.includes("```") ? "`````" : "```";
  return ["", `### ${title}`, "", `${fence}${language}`, text, fence];
}

function withoutSecrets(name: string, value: unknown): unknown {
  if (VARIABLES.test(name) && isObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, one === null ? null : HIDDEN]));
  if (ARGUMENTS.test(name) && Array.isArray(value)) return value.map(optionOf);
  return value;
}

/** `--name=value` without the value; what is no option may be the value of the one before it. */
function optionOf(argument: unknown): unknown {
  const option = typeof argument === "string" ? /^--?[A-Za-z][\w-]*/u.exec(argument)?.[0] : undefined;
  if (option === undefined) return HIDDEN;
  return option === argument ? option : `${option}${HIDDEN}`;
}

/** What must not stand in the log either: values of variables, and of options. */
function secretsOf(name: string, value: unknown): readonly string[] {
  if (VARIABLES.test(name) && isObject(value)) return textsOf(Object.values(value));
  if (!ARGUMENTS.test(name) || !Array.isArray(value)) return [];
  const written = textsOf(value);
  return written.flatMap((argument, index) => {
    if (argument.startsWith("-")) return /=(.*)$/su.exec(argument)?.[1] ?? [];
    return written[index - 1]?.startsWith("-") === true ? argument : [];
  });
}

function textsOf(values: readonly unknown[]): readonly string[] {
  return values.filter((one) => typeof one === "string");
}

function without(text: string, secrets: readonly string[]): string {
  const long = secrets.filter((one) => one.length >= SHORTEST_SECRET);
  // The longest first: it may hold another one.
  return [...long]
    .sort((one, other) => other.length - one.length)
    .reduce((left, secret) => left.replaceAll(secret, HIDDEN), text);
}

/** Paths below the home folder, also in URIs, begin with `~`: nobody need know whose it is. */
function withoutHome(text: string, home: string): string {
  if (home.length < SHORTEST_SECRET) return text;
  const spellings = [home, home.replaceAll("\\", "\\\\"), home.replaceAll("\\", "/"), encodeURI(home)];
  return spellings.reduce((left, spelling) => left.replaceAll(spelling, "~"), text);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
