import { expect, it } from "vitest";
import { isOf } from "./trusted.ts";

const origins = ["https://js.gateway.example", "https://*.js.gateway.example"];

it.each([
  ["https://js.gateway.example/v3/", true],
  ["https://a.js.gateway.example/more.js", true],
  ["https://a.b.js.gateway.example/more.js", true],
  ["http://js.gateway.example/v3/", false],
  ["http://a.js.gateway.example/v3/", false],
  ["https://js.gateway.example:8443/v3/", false],
  ["https://a.js.gateway.example:8443/v3/", false],
  ["https://evil-js.gateway.example/", false],
  ["https://js.gateway.example.evil.example/", false],
  ["https://evil.example/#https://js.gateway.example", false],
  ["https://js.gateway.example@evil.example/", false],
  ["data:text/javascript,alert(1)", false],
  ["javascript:alert(1)", false],
  ["/v3/", false],
  ["", false],
])("%s: %s", (url, is) => {
  expect(isOf(origins, url)).toBe(is);
});
