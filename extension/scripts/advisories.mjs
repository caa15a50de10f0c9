/** What `npm audit` and `pip-audit` have answered: faults that are known, none, or that nobody could be asked. */

/** @typedef {{ kind: "none" } | { kind: "known", lines: readonly string[] } | { kind: "unasked", why: string }} Answer */

/** @typedef {{ name: string, severity: string, range: string, via: readonly (string | { title: string, url: string })[] }} NpmFault */
/** @typedef {{ vulnerabilities?: Readonly<Record<string, NpmFault>>, message?: string }} NpmReport */

/**
 * @param {string} output of `npm audit --json`, with what npm says around it
 * @returns {Answer}
 */
export function npmAnswer(output) {
  /** @type {unknown} */
  const parsed = JSON.parse(/^\{[^]*?^\}/m.exec(output)?.[0] ?? "{}");
  const { vulnerabilities, message } = /** @type {NpmReport} */ (parsed);
  if (vulnerabilities === undefined) return { kind: "unasked", why: message ?? lastLine(output) };
  const lines = Object.values(vulnerabilities).map(({ name, range, severity, via }) => {
    const titles = via.map((each) => (typeof each === "string" ? `by ${each}` : `${each.title} ${each.url}`));
    return `${name} ${range} (${severity}): ${titles.join("; ")}`;
  });
  return lines.length === 0 ? { kind: "none" } : { kind: "known", lines };
}

/** @typedef {{ name: string, version?: string, skip_reason?: string, vulns?: readonly { id: string, fix_versions: readonly string[] }[] }} PipDependency */

/**
 * pip-audit says "no known vulnerabilities" also of packages that it was told nothing of; this does not.
 * @param {string} report what `pip-audit --format json` has written; empty when it has written nothing
 * @param {string} output what it has said
 * @returns {Answer}
 */
export function pipAnswer(report, output) {
  if (report === "") return { kind: "unasked", why: lastLine(output) };
  /** @type {unknown} */
  const parsed = JSON.parse(report);
  const { dependencies } = /** @type {{ dependencies: readonly PipDependency[] }} */ (parsed);
  const lines = dependencies.flatMap(({ name, version, vulns }) =>
    (vulns ?? []).map(
      ({ id, fix_versions }) =>
        `${name} ${version ?? ""}: ${id}, mended in ${fix_versions.join(", ") || "no version"}`,
    ),
  );
  if (lines.length > 0) return { kind: "known", lines };
  const skipped = dependencies.find(({ skip_reason }) => skip_reason !== undefined);
  if (skipped !== undefined) return { kind: "unasked", why: skipped.skip_reason ?? "" };
  return dependencies.length === 0 ? { kind: "unasked", why: "there was no package" } : { kind: "none" };
}

/** @param {string} output */
const lastLine = (output) => output.trimEnd().split("\n").at(-1) ?? "";
