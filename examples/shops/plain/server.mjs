/** A shop whose page is a page: the checkout is a window over it. */
import { readFile } from "node:fs/promises";
import { openShop } from "../shop.mjs";

openShop({ script: await readFile(new URL("page.js", import.meta.url), "utf8"), loader: true });
