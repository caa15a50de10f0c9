/** Lint rules: everything typescript-eslint knows, and the layers of the extension. */
import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

/**
 * Forbid the imports that match *regex*, saying which rule of the architecture they break.
 * @param {string} files
 * @param {string} regex
 * @param {string} message
 * @returns {import("eslint/config").Config}
 */
function layer(files, regex, message) {
  return {
    files: [files],
    rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns: [{ regex, message }] }] },
  };
}

const src = "extension/src";

export default defineConfig(
  globalIgnores(["dist/", "build/", ".venv/", "test-results/", "tests/projects/", "**/*.generated.ts"]),
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "no-console": "error",
      // The compiler knows better which names exist.
      "no-undef": "off",
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "Export by name." },
        { selector: "TSEnumDeclaration", message: "Use a union of literals." },
      ],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
    },
  },
  layer(
    `${src}/state/**`,
    String.raw`^(vscode|\.\./(?!client/protocol\.generated))`,
    "state/ is pure: it knows only itself and the protocol's types.",
  ),
  layer(
    `${src}/ui/**`,
    String.raw`^\.\./(?!state/|platform/|client/protocol\.generated)`,
    "ui/ knows state/, platform/ and the protocol's types.",
  ),
  layer(`${src}/platform/**`, String.raw`^\.\./(?!state/)`, "platform/ knows state/ and nothing above it."),
  layer(`${src}/client/**`, String.raw`^\.\./(?!state/|platform/)`, "client/ knows state/ and platform/."),
  {
    // These tools read their configuration from a default export.
    files: ["eslint.config.mjs", "tests/e2e/playwright.config.ts"],
    rules: { "no-restricted-syntax": "off" },
  },
  {
    // Fixtures without dependencies of their own take an empty pattern.
    files: ["tests/e2e/**"],
    rules: { "no-empty-pattern": "off" },
  },
  {
    // Node's own runner collects the promises of its tests.
    files: ["tests/extension/**"],
    rules: {
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            { from: "package", name: ["test", "it", "describe", "suite"], package: "node:test" },
          ],
        },
      ],
    },
  },
);
