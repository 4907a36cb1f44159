import type { EmailLocale } from "../../../core/model.ts";
import { ar } from "./ar.ts";
import { de } from "./de.ts";
import { en } from "./en.ts";
import { es } from "./es.ts";
import type { Words } from "./form.ts";
import { fr } from "./fr.ts";
import { hi } from "./hi.ts";
import { ja } from "./ja.ts";
import { pt } from "./pt.ts";
import { zh } from "./zh.ts";

export const words: Readonly<Record<EmailLocale, Words>> = { en, hi, ar, de, es, fr, ja, pt, zh };
