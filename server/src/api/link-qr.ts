/** The address of a payment link as a picture. */
import type { FastifyReply } from "fastify";
import { renderSVG } from "uqr";

/** With the quiet zone of four that the standard wants. */
export function linkQr(checkoutUrl: string, token: string): string {
  return renderSVG(`${checkoutUrl}/l/${token}`, { ecc: "M", border: 4 });
}

/** A picture that any page may show, and that can do nothing. */
export function sendQr(reply: FastifyReply, svg: string): FastifyReply {
  return reply
    .headers({
      "content-type": "image/svg+xml; charset=utf-8",
      "content-security-policy": "default-src 'none'",
      "cross-origin-resource-policy": "cross-origin",
    })
    .send(svg);
}
