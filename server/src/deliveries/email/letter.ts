import type { Letter } from "../../core/ports/mail.ts";
import { escaped, FONT, oneLine, type Rendered } from "./render.ts";

/** A letter to somebody of the dashboard. The address stands in the text as well, for who trusts no button. */
export function renderLetter({ subject, paragraphs, link }: Letter): Rendered {
  const said = paragraphs.map(oneLine);
  const title = oneLine(subject);
  const lines = said.map((each) => `<p style="${FONT};margin:0;padding:0 0 16px 0;font-size:16px;line-height:24px">${escaped(each)}</p>`);
  const href = escaped(link.url);
  const anchor = `<p style="${FONT};margin:0;padding:0 0 16px 0;font-size:16px;line-height:24px"><a href="${href}">${escaped(link.label)}</a></p>`;
  const address = `<p style="${FONT};margin:0;font-size:13px;line-height:20px;color:#586069">${href}</p>`;
  const head = `<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title></head>`;
  return {
    subject: title,
    text: `${[...said, `${link.label}:\n${link.url}`].join("\n\n")}\n`,
    html: `<!doctype html><html lang="en">${head}<body style="margin:0;padding:24px">${lines.join("")}${anchor}${address}</body></html>`,
  };
}
