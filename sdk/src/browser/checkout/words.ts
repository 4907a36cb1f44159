/** The few words that the loader says itself, before the checkout is there. */

const words: Readonly<Record<string, readonly [title: string, close: string]>> = {
  en: ["Checkout", "Close"],
  ar: ["الدفع", "إغلاق"],
  de: ["Bezahlen", "Schließen"],
  es: ["Pagar", "Cerrar"],
  fr: ["Paiement", "Fermer"],
  hi: ["भुगतान", "बंद करें"],
  ja: ["お支払い", "閉じる"],
  pt: ["Pagamento", "Fechar"],
  zh: ["付款", "关闭"],
};

export function wordsFor(locale: string = navigator.language) {
  const language = locale.split("-")[0]!.toLowerCase();
  const [title, close] = (Object.hasOwn(words, language) && words[language]) || words["en"]!;
  return { title, close };
}
