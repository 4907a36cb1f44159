/** The page of a payment link: what it is for, how much, and the way to the checkout. A chunk of its own. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { AMOUNT_MAX } from "../../../server/src/core/constants.ts";
import { exponentOf } from "../../../server/src/core/money.ts";
import type { Shelf } from "../access.ts";
import { Away, Refused } from "../api.ts";
import { beginAttempt, endAttempt } from "../attempt.ts";
import { dress, entitle } from "../dress.ts";
import { chooseLocale, sayIn, sentencesOf, type Say, type Sentences } from "../i18n.ts";
import english from "../locales/en.json";
import { showAmount } from "../money.ts";
import { Icon } from "../views/icons.tsx";
import { Bones, Panel } from "../views/outcomes.tsx";
import { Payee } from "../views/payee.tsx";
import { amountToType, readTypedAmount } from "./amount.ts";
import { createLinkApi } from "./api.ts";
import type { LinkScreen, LinkView } from "./contract.ts";

type Seen = LinkView | "loading" | "away" | "unknown";

export function LinkPage({ token, shelf }: { readonly token: string; readonly shelf: Shelf }): JSX.Element {
  const [api] = useState(() => createLinkApi(token));
  const [seen, setSeen] = useState<Seen>("loading");
  const load = async (): Promise<void> =>
    setSeen(await api.view().catch((error: unknown) => (error instanceof Refused ? "unknown" : "away")));
  useEffect(() => {
    void load();
    // Shown again out of the back/forward cache: it may be over by now.
    const again = (event: PageTransitionEvent): void => void (event.persisted && load());
    addEventListener("pageshow", again);
    return () => removeEventListener("pageshow", again);
  }, []);
  const view = typeof seen === "string" ? null : seen;
  const spoken = useWords(view?.locale ?? null);
  useEffect(() => dress(spoken.locale, view?.merchant.color ?? null), [spoken.locale, view?.merchant.color]);
  useEffect(() => entitle(spoken.say, view?.merchant.name), [spoken.say, view?.merchant.name]);
  const { say, locale } = spoken;
  const screen = screenOf(seen, spoken.isThere);
  const begin = (amount: number | null): Promise<void> => goToCheckout(api, shelf, { token, amount });
  return (
    <main class={`page${view || screen === "loading" ? " page-two" : ""}`} data-screen={screen}>
      {view && spoken.isThere ? <LinkSummary view={view} say={say} locale={locale} /> : <h1 class="hidden">{document.title}</h1>}
      {screen === "loading" && <span class="bone bone-short" />}
      {/* Another element than while it is read, which stands elsewhere. What ends while the page is open is read out. */}
      <section class="work" key={screen === "loading" ? "none" : "link"} aria-live={screen === "link" ? undefined : "polite"}>
        {screen === "loading" ? (
          <Bones label={say("loading")} />
        ) : seen === "away" ? (
          <Panel icon="alert" tone="bad" title={say("away_title")}>
            <button type="button" class="secondary" onClick={() => void load()}>
              {say("away_now")}
            </button>
          </Panel>
        ) : view === null ? (
          <Panel icon="alert" tone="bad" title={say("unusable_title")}>
            <p>{say("link_unknown")}</p>
          </Panel>
        ) : view.status === "active" ? (
          <LinkForm key={view.currency} view={view} say={say} locale={locale} begin={begin} reload={load} />
        ) : (
          <Over view={view} say={say} />
        )}
      </section>
    </main>
  );
}

function screenOf(seen: Seen, isSpoken: boolean): LinkScreen {
  if (seen === "loading" || !isSpoken) return "loading";
  if (typeof seen === "string") return seen === "away" ? "away" : "unusable";
  return seen.status === "active" ? "link" : `link_${seen.status}`;
}

/** The same press in the same tab is the same order, as long as that can be paid. */
async function goToCheckout(
  api: ReturnType<typeof createLinkApi>,
  shelf: Shelf,
  { token, amount }: { readonly token: string; readonly amount: number | null },
): Promise<void> {
  const body = JSON.stringify(amount === null ? {} : { amount });
  let made = await api.begin(beginAttempt(shelf, token, body));
  if (made.status !== "open") {
    endAttempt(shelf, token);
    made = await api.begin(beginAttempt(shelf, token, body));
  }
  location.assign(made.url);
}

interface Spoken {
  readonly locale: string;
  readonly say: Say;
  readonly isThere: boolean;
}

function useWords(asked: string | null): Spoken {
  const locale = chooseLocale([asked, ...navigator.languages]);
  const [words, setWords] = useState<{ readonly locale: string; readonly sentences: Sentences }>({ locale: "en", sentences: english });
  useEffect(() => void sentencesOf(locale).then((sentences) => setWords({ locale, sentences })), [locale]);
  const [said, setSaid] = useState<Say>(() => sayIn(english));
  useEffect(() => setSaid(() => sayIn(words.sentences)), [words]);
  return { locale: words.locale, say: said, isThere: words.locale === locale };
}

interface PartProps {
  readonly view: LinkView;
  readonly say: Say;
}

function LinkSummary({ view, say, locale }: PartProps & { readonly locale: string }): JSX.Element {
  const { merchant, description, amount, currency } = view;
  return (
    <section class="summary" aria-label={say("summary")}>
      <Payee
        merchant={merchant}
        amount={amount === null ? null : showAmount(amount, currency, locale)}
        description={description}
        say={say}
      />
    </section>
  );
}

interface FormProps extends PartProps {
  readonly locale: string;
  readonly begin: (amount: number | null) => Promise<void>;
  readonly reload: () => Promise<void>;
}

function LinkForm({ view, say, locale, begin, reload }: FormProps): JSX.Element {
  const { suggested, currency } = view;
  const [typed, setTyped] = useState(() => (suggested === null ? "" : amountToType(suggested, currency, locale)));
  const [fault, setFault] = useState<string | null>(null);
  const [notice, setNotice] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);
  const box = useRef<HTMLInputElement>(null);
  const amount = view.amount ?? readTypedAmount(typed, currency, locale);
  const show = (units: number): string => showAmount(units, currency, locale);
  // Of the back/forward cache: the button works again.
  useEffect(() => {
    const again = (): void => setSending(false);
    addEventListener("pageshow", again);
    return () => removeEventListener("pageshow", again);
  }, []);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (isSending) return;
    const wrong = view.amount === null ? faultOf(view, { typed, amount }, { say, show }) : null;
    setFault(wrong);
    setNotice(null);
    if (wrong !== null) return box.current?.focus();
    setSending(true);
    try {
      await begin(view.amount === null ? amount : null);
    } catch (error) {
      setSending(false);
      if (error instanceof Away) return setNotice(say(error.afterMs === null ? "away_title" : "link_wait"));
      if (!(error instanceof Refused)) throw error;
      if (error.body.param === "amount") return setFault(error.message);
      setNotice(error.message);
      await reload();
    }
  };
  return (
    <form class="form" noValidate onSubmit={(event) => void submit(event)} data-ready>
      {view.mode === "test" && (
        <p class="note">
          <strong>{say("test_mode")}</strong> {say("link_test")}
        </p>
      )}
      {notice !== null && (
        <div class="notice notice-bad" role="alert">
          <Icon name="alert" />
          <p dir="auto">{notice}</p>
        </div>
      )}
      {view.amount === null && <AmountField view={view} typed={typed} fault={fault} onTyped={setTyped} box={box} words={{ say, show }} />}
      <button type="submit" class="primary" aria-disabled={isSending}>
        {isSending ? <span class="spinner" /> : null}
        {amount === null ? say("link_continue") : say("link_continue_amount", { amount: show(amount) })}
      </button>
      <p class="fine">{say("link_note")}</p>
    </form>
  );
}

interface Words {
  readonly say: Say;
  readonly show: (units: number) => string;
}

/** The server looks again. */
function faultOf(
  { minimum, maximum }: LinkView,
  { typed, amount }: { readonly typed: string; readonly amount: number | null },
  { say, show }: Words,
): string | null {
  if (typed.trim() === "") return say("link_amount_missing");
  if (amount === null) return say("link_amount_wrong");
  if (minimum !== null && amount < minimum) return say("link_amount_small", { amount: show(minimum) });
  const most = maximum ?? AMOUNT_MAX;
  return amount > most ? say("link_amount_large", { amount: show(most) }) : null;
}

interface AmountProps {
  readonly view: LinkView;
  readonly typed: string;
  readonly fault: string | null;
  readonly onTyped: (text: string) => void;
  readonly box: { current: HTMLInputElement | null };
  readonly words: Words;
}

function AmountField({ view, typed, fault, onTyped, box, words }: AmountProps): JSX.Element {
  const { say, show } = words;
  const { currency, minimum, maximum } = view;
  const hint =
    minimum !== null && maximum !== null
      ? say("link_between", { minimum: show(minimum), maximum: show(maximum) })
      : minimum !== null
        ? say("link_at_least", { amount: show(minimum) })
        : maximum !== null
          ? say("link_at_most", { amount: show(maximum) })
          : null;
  const described = [fault !== null && "link-amount-fault", hint !== null && "link-amount-hint"].filter((one) => one !== false).join(" ");
  return (
    <div class="field">
      <div class="field-head">
        <label for="link-amount">{say("link_amount", { currency })}</label>
      </div>
      <input
        id="link-amount"
        name="amount"
        type="text"
        ref={box}
        inputMode={exponentOf(currency) === 0 ? "numeric" : "decimal"}
        autocomplete="off"
        dir="ltr"
        maxLength={30}
        value={typed}
        aria-invalid={fault !== null}
        {...(described !== "" && { "aria-describedby": described })}
        onInput={(event) => onTyped(event.currentTarget.value)}
      />
      {fault !== null && (
        <p class="fault" id="link-amount-fault" role="alert">
          {fault}
        </p>
      )}
      {hint !== null && (
        <p class="hint" id="link-amount-hint">
          {hint}
        </p>
      )}
    </div>
  );
}

function Over({ view, say }: PartProps): JSX.Element {
  const merchant = view.merchant.name;
  const [icon, title, text] = {
    used_up: ["check", "used_up_title", "used_up_text"],
    expired: ["clock", "link_expired_title", "link_over_text"],
    deactivated: ["cross", "link_deactivated_title", "link_over_text"],
    active: ["clock", "link_expired_title", "link_over_text"],
  }[view.status] as ["check" | "clock" | "cross", "used_up_title" | "link_expired_title", "used_up_text" | "link_over_text"];
  return (
    <Panel icon={icon} title={say(title)}>
      <p>{say(text, { merchant })}</p>
    </Panel>
  );
}
