/** Make CodeMirror look and behave like a part of the page. */

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import {
  HighlightStyle,
  StreamLanguage,
  bracketMatching,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { getChunks, unifiedMergeView } from "@codemirror/merge";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState } from "@codemirror/state";
import {
  EditorView,
  drawSelection,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { gettext } from "../../lib/i18n.js";
import { pageNonce } from "../../terminal/style_nonce.js";

/** @import { Extension } from "@codemirror/state" */

const COLOURS = HighlightStyle.define([
  { tag: [tags.comment, tags.meta], color: "var(--code-comment)" },
  { tag: [tags.keyword, tags.atom, tags.bool, tags.operatorKeyword], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--code-string)" },
  { tag: [tags.number, tags.literal], color: "var(--code-number)" },
  {
    tag: [tags.definition(tags.variableName), tags.propertyName, tags.function(tags.variableName)],
    color: "var(--code-name)",
  },
]);

const THEME = EditorView.theme({
  "&": { height: "100%", fontSize: "var(--text-s)", color: "var(--ink)", background: "var(--surface)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-code)", lineHeight: "1.5", overscrollBehavior: "contain" },
  ".cm-content": { caretColor: "var(--accent)", padding: "var(--s-2) 0" },
  ".cm-gutters": { background: "var(--surface)", color: "var(--ink-faint)", border: "0" },
  ".cm-activeLine, .cm-activeLineGutter": { background: "transparent" },
  "&.cm-focused .cm-activeLine": {
    background: "color-mix(in srgb, var(--accent-soft) 55%, transparent)",
  },
  "&.cm-focused .cm-activeLineGutter": { background: "transparent", color: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--accent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--term-selection)",
  },
  ".cm-selectionMatch": { background: "var(--warn-soft)" },
  "&.cm-focused .cm-matchingBracket": { background: "var(--accent-soft)" },
  ".cm-panels": { background: "var(--sunken)", color: "var(--ink)" },
  ".cm-panels.cm-panels-bottom": { borderTop: "1px solid var(--line)" },
  ".cm-searchMatch": { background: "var(--warn-soft)", outline: "1px solid var(--warn)" },
  ".cm-changedLine, .cm-inlineChangedLine": { background: "var(--good-soft)" },
  ".cm-collapsedLines": { background: "var(--sunken)", color: "var(--ink-soft)" },
  ".cm-collapsedLines::before, .cm-collapsedLines::after": { content: "none" },
  ".cm-deletedChunk": { background: "var(--bad-soft)" },
});

/** @type {Record<string, () => Promise<Extension>>} */
const LANGUAGES = {
  dockerfile: async () =>
    StreamLanguage.define((await import("@codemirror/legacy-modes/mode/dockerfile")).dockerFile),
  yaml: async () => StreamLanguage.define((await import("@codemirror/legacy-modes/mode/yaml")).yaml),
  shell: async () =>
    StreamLanguage.define((await import("@codemirror/legacy-modes/mode/shell")).shell),
  python: async () =>
    StreamLanguage.define((await import("@codemirror/legacy-modes/mode/python")).python),
  json: async () =>
    StreamLanguage.define((await import("@codemirror/legacy-modes/mode/javascript")).json),
};
/** @type {Record<string, string>} */
const INDENTS = { yaml: "  ", json: "  ", make: "\t" };

const readOnly = new Compartment();
const language = new Compartment();

/**
 * @typedef {object} EditorOwner
 * @property {() => void} changed
 * @property {() => void} save
 * @property {boolean} writes whether the reader may change the file
 */

/**
 * Return what all files' states have in common.
 *
 * @param {EditorOwner} owner
 * @returns {Extension[]}
 */
function common(owner) {
  return [
    EditorView.cspNonce.of(pageNonce()),
    THEME,
    syntaxHighlighting(COLOURS),
    lineNumbers(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSpecialChars(),
    drawSelection(),
    history(),
    bracketMatching(),
    indentOnInput(),
    highlightSelectionMatches(),
    search({ top: false }),
    readOnly.of(EditorState.readOnly.of(!owner.writes)),
    keymap.of([
      {
        key: "Mod-s",
        preventDefault: true,
        run: () => {
          owner.save();
          return true;
        },
      },
      indentWithTab,
      ...defaultKeymap,
      ...historyKeymap,
      ...searchKeymap,
    ]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) owner.changed();
    }),
    EditorView.contentAttributes.of({ "aria-label": gettext("Content of the file"), tabindex: "0" }),
  ];
}

/**
 * Make the state of a file. Every byte that is not edited stays: lines end as they did.
 *
 * @param {string} text
 * @param {string} languageName of paths.js
 * @param {EditorOwner} owner
 * @returns {EditorState}
 */
export function editorState(text, languageName, owner) {
  const lone = text.replaceAll("\r\n", "").includes("\n");
  const ending = text.includes("\r\n") && !lone ? "\r\n" : "\n";
  return EditorState.create({
    doc: text,
    extensions: [
      EditorState.lineSeparator.of(ending),
      indentUnit.of(INDENTS[languageName] ?? "    "),
      language.of([]),
      common(owner),
    ],
  });
}

/**
 * @param {EditorState} state
 * @returns {string} its text, with the file's own line ends
 */
export function textOf(state) {
  return state.sliceDoc();
}

/**
 * Colour a view's text, as soon as the language's module is there.
 *
 * @param {EditorView} view
 * @param {string} name
 */
export async function colour(view, name) {
  const load = LANGUAGES[name];
  if (!load) return;
  const { state } = view;
  const extension = await load();
  // Another file may be shown by now; it asks for its own.
  if (view.state.doc === state.doc) view.dispatch({ effects: language.reconfigure(extension) });
}

/**
 * @param {HTMLElement} parent
 * @returns {EditorView}
 */
export function makeView(parent) {
  return new EditorView({ parent });
}

/**
 * Show how a text became another, to be read only.
 *
 * @param {HTMLElement} parent
 * @param {string} before
 * @param {string} after
 * @param {string} label
 * @returns {() => void} takes it away
 */
export function showDifference(parent, before, after, label) {
  const view = new EditorView({
    parent,
    doc: after,
    extensions: [
      EditorView.cspNonce.of(pageNonce()),
      THEME,
      lineNumbers(),
      highlightSpecialChars(),
      EditorState.readOnly.of(true),
      EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
      unifiedMergeView({
        original: before,
        mergeControls: false,
        collapseUnchanged: { margin: 1, minSize: 3 },
        diffConfig: { scanLimit: 1000, timeout: 200 },
      }),
    ],
  });
  const first = getChunks(view.state)?.chunks[0];
  if (first) view.dispatch({ effects: EditorView.scrollIntoView(first.fromB, { y: "center" }) });
  return () => view.destroy();
}
