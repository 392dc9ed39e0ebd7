// Keys work without a click: the terminal has the focus from the beginning, and gets it back.
"use strict";
const focusTerminal = () => document.querySelector(".xterm-helper-textarea")?.focus();
// The terminal measures its cells: the font has to be there first.
const start = window.addEventListener;
document.fonts.load('16px "Roboto Mono"');
start("load", () => {
  focusTerminal();
  document.addEventListener("visibilitychange", focusTerminal);
  start("focus", focusTerminal);
});
