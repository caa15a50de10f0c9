/** The editors that `npm test` tries the server in: those that are there, or Debian's when we may install them. */
import { installFromDebian } from "./debian.mjs";
import { which } from "./processes.mjs";

/** Neovim 0.7 or newer. */
export async function ensureEditors() {
  if (which(["nvim"]) === undefined) await installFromDebian("Neovim", ["neovim"]);
}
