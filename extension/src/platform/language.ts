/** Has all texts for people in the language of the window; imported before anything that has some. */

import { config } from "@vscode/l10n";
import { l10n } from "vscode";

// Undefined where nothing is translated: each text is then as it is written.
if (l10n.bundle !== undefined) config({ contents: l10n.bundle });
