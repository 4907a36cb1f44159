/** A shop in React: the checkout is a part of its page. */
import { bundle } from "../bundle.mjs";
import { openShop } from "../shop.mjs";

openShop({ script: await bundle(new URL("page.jsx", import.meta.url)) });
