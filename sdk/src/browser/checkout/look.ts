/** The layer's style sheets. They are adopted, never written into the page: a strict Content-Security-Policy lets that be. */

/** In the shadow root, so that neither the shop's style nor ours reaches the other. */
export const look = `
:host{all:initial;display:block;color-scheme:light dark}
dialog{box-sizing:border-box;width:30rem;max-width:100vw;height:40rem;max-height:calc(100dvh - 2rem);margin:auto;padding:0;border:0;border-radius:12px;overflow:hidden;background:Canvas;color:CanvasText;overscroll-behavior:contain;box-shadow:0 24px 64px rgb(0 0 0/.3)}
dialog::backdrop{background:rgb(15 23 42/.6)}
@media (max-width:30rem){dialog{width:100vw;height:100dvh!important;max-height:none;border-radius:0}}
.frame{position:relative;min-height:8rem}
dialog .frame{height:100%}
iframe{display:block;box-sizing:border-box;width:100%;height:100%;border:0}
.frame:not(dialog *) iframe{height:24rem}
.wait iframe{opacity:0}
.bar,button{display:none}
.wait .bar{display:block;position:absolute;inset:calc(50% - 1.25rem) auto auto calc(50% - 1.25rem);box-sizing:border-box;width:2.5rem;height:2.5rem;border:3px solid GrayText;border-top-color:transparent;border-radius:50%;animation:turn 1s linear infinite}
dialog .wait button{display:block;position:absolute;inset-block-start:.5rem;inset-inline-end:.5rem;width:2.75rem;height:2.75rem;border:0;border-radius:8px;background:0 0;color:inherit;font:1.5rem/1 system-ui;cursor:pointer}
button:focus-visible{outline:2px solid Highlight}
@keyframes turn{to{transform:rotate(1turn)}}
@media (prefers-reduced-motion:reduce){.wait .bar{animation-duration:4s}}
`;

/** In the page, as long as a window is over it. The gutter keeps its place, so that nothing jumps aside. */
export const lock = (gutter: boolean): string => `:root{overflow:hidden!important${gutter ? ";scrollbar-gutter:stable!important" : ""}}`;

export function sheetOf(css: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return sheet;
}
