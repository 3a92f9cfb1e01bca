/**
 * Work with paths of a machine, as the platform writes them: text in which U+F780 to U+F7FF stand
 * for bytes that are no UTF-8 (platform/panels/files/paths.py).
 */

const UNREADABLE = /[\uf780-\uf7ff]/g;
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/**
 * @param {string} folder
 * @param {string} name
 * @returns {string}
 */
export function join(folder, name) {
  return folder === "/" ? `/${name}` : `${folder}/${name}`;
}

/**
 * @param {string} path
 * @returns {string} the folder that it is in
 */
export function parentOf(path) {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/**
 * @param {string} path
 * @returns {string}
 */
export function nameOf(path) {
  return path.slice(path.lastIndexOf("/") + 1) || "/";
}

/**
 * @param {string} path
 * @param {string} folder
 * @returns {boolean} whether it is the folder, or below it
 */
export function isWithin(path, folder) {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}

/**
 * Write a name so that it can be read: on one line, without anything invisible.
 *
 * @param {string} name
 * @returns {string}
 */
export function display(name) {
  return name
    .replace(UNREADABLE, (character) => `\\x${(character.charCodeAt(0) - 0xf700).toString(16)}`)
    .replace(CONTROL, "\ufffd");
}

/**
 * Say what is wrong with a name that somebody types, "" for nothing.
 *
 * @param {string} name may hold folders
 * @returns {"" | "empty" | "dots" | "control" | "long"}
 */
export function faultOf(name) {
  const parts = name.split("/");
  if (parts.some((part) => part === "")) return "empty";
  if (parts.some((part) => part === "." || part === "..")) return "dots";
  if (/[\u0000-\u001f\u007f]/.test(name)) return "control";
  const encoder = new TextEncoder();
  return parts.some((part) => encoder.encode(part).length > 255) ? "long" : "";
}

/**
 * Name the language of a file for the editor.
 *
 * @param {string} path
 * @param {string} [text] its content, whose first line may tell
 * @returns {"dockerfile" | "yaml" | "shell" | "python" | "json" | "make" | "plain"}
 */
export function languageOf(path, text = "") {
  const name = nameOf(path).toLowerCase();
  if (/^(dockerfile|containerfile)(\..*)?$|\.dockerfile$/.test(name)) return "dockerfile";
  if (/\.ya?ml$/.test(name)) return "yaml";
  if (/\.(ba|z)?sh$|^\.(bash|zsh)?(rc|_profile|_aliases|_history)$|^\.(profile|bashrc|env)$/.test(name)) {
    return "shell";
  }
  if (/\.pyw?$/.test(name)) return "python";
  if (/\.(json|jsonc)$/.test(name)) return "json";
  if (/^(gnu)?makefile$|\.mk$/.test(name)) return "make";
  const first = text.slice(0, 200).split("\n", 1)[0];
  if (/^#!.*\bpython/.test(first)) return "python";
  if (/^#!.*\b(ba|da|z)?sh\b/.test(first)) return "shell";
  return "plain";
}
