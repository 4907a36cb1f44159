/** A shop in Vue: the checkout is a window over its page. */
import { bundle } from "../bundle.mjs";
import { openShop } from "../shop.mjs";

openShop({ script: await bundle(new URL("page.js", import.meta.url)) });
