/**
 * Make control characters harmless where text goes into the clipboard or comes out of it.
 *
 * Left as they are they could end a bracketed paste, and so press Enter for whoever pastes.
 */

/** All of C0 but tab, line feed and carriage return; DEL; all of C1, which UTF-8 can carry too. */
const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;
const PICTURES = 0x2400;
const DELETE_PICTURE = "\u2421";
const REPLACEMENT = "\ufffd";

/**
 * Show control characters by their pictures (␛ for escape), and those of C1, which have none, by
 * the replacement character.
 *
 * @param {string} text
 * @returns {string}
 */
export function disarm(text) {
  return text.replace(CONTROLS, (character) => {
    const code = character.charCodeAt(0);
    if (code === 0x7f) return DELETE_PICTURE;
    return code < 0x20 ? String.fromCharCode(PICTURES + code) : REPLACEMENT;
  });
}
