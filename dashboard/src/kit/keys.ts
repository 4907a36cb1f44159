/** Whether a key is meant for something else than the page: for a field, a menu, a dialog, or the browser. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  const target = event.target instanceof Element ? event.target : document.body;
  return (
    target.closest("input, textarea, select, [contenteditable], [role='menu'], dialog") !== null ||
    document.querySelector("dialog[open]") !== null
  );
}
