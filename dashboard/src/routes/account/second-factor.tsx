/** The second factor: on with a QR code and a first code, recovery codes shown once, off with the password. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../kit/api.ts";
import { Badge } from "../../kit/badge.tsx";
import { Button } from "../../kit/button.tsx";
import { CopyBlock, CopyId } from "../../kit/copy.tsx";
import { Dialog } from "../../kit/dialog.tsx";
import { Field } from "../../kit/field.tsx";
import { useForm } from "../../kit/form.ts";
import { Section } from "../../kit/layout.tsx";
import type { Session } from "../../kit/session.tsx";
import { ErrorNote } from "../../kit/states.tsx";
import { toast } from "../../kit/toast.tsx";

interface Offer {
  readonly secret: string;
  readonly uri: string;
  readonly qr: string;
}

export function SecondFactor({ session }: { session: Session }) {
  const [offer, setOffer] = useState<Offer | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isRemoving, setRemoving] = useState(false);
  const client = useQueryClient();
  const isOn = session.person.has_totp;
  const changed = () => void client.invalidateQueries({ queryKey: ["session"] });
  const begin = () => {
    setError(null);
    call<Offer>({ method: "POST", path: "/v1/person/totp", body: {}, scope: null }).then(setOffer).catch(setError);
  };
  return (
    <Section title="Second factor" actions={isOn ? <Badge tone="good">On</Badge> : <Badge tone="warn">Off</Badge>}>
      <div className="space-y-3 text-sm">
        <p>
          {isOn
            ? "Signing in takes a code of your authenticator app, besides the password."
            : "With an authenticator app on your phone, a stolen password alone opens nothing."}
        </p>
        {error !== null && <ErrorNote error={error} />}
        {isOn ? (
          <Button onClick={() => setRemoving(true)}>Turn it off</Button>
        ) : (
          <Button onClick={begin}>Set up an authenticator app</Button>
        )}
      </div>
      {offer !== null && (
        <SetUp
          offer={offer}
          onClose={() => setOffer(null)}
          onDone={(made) => {
            setOffer(null);
            setCodes(made);
            changed();
          }}
        />
      )}
      {codes !== null && <Codes codes={codes} onClose={() => setCodes(null)} />}
      {isRemoving && (
        <Remove
          onClose={() => setRemoving(false)}
          onDone={() => {
            setRemoving(false);
            changed();
            toast("The second factor is off.");
          }}
        />
      )}
    </Section>
  );
}

function SetUp({ offer, onClose, onDone }: { offer: Offer; onClose: () => void; onDone: (codes: readonly string[]) => void }) {
  const { submit, busy, error } = useForm<{ readonly recovery_codes: readonly string[] }>({
    call: ({ code }) => ({ method: "POST", path: "/v1/person/totp/confirm", body: { code: code?.trim() } }),
    onDone: (made) => onDone(made.recovery_codes),
  });
  return (
    <Dialog open onClose={onClose} title="Set up an authenticator app">
      <form className="space-y-4 text-sm" onSubmit={submit}>
        <p>Scan this with your app, then type the six digits that it shows.</p>
        <img
          alt="QR code of the secret below"
          className="mx-auto size-48 rounded bg-[#fff] p-2"
          src={`data:image/svg+xml,${encodeURIComponent(offer.qr)}`}
        />
        <p className="text-center text-xs text-muted">
          Without a camera: <CopyId id={offer.secret} className="text-ink" />
        </p>
        <Field label="Code" name="code" inputMode="numeric" autoComplete="one-time-code" maxLength={6} required />
        {error !== null && <ErrorNote error={error} />}
        <Button type="submit" kind="primary" busy={busy} className="w-full">
          Turn it on
        </Button>
      </form>
    </Dialog>
  );
}

function Codes({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const done = (
    <Button kind="primary" onClick={onClose}>
      I have kept them
    </Button>
  );
  return (
    <Dialog open onClose={onClose} title="Your recovery codes" actions={done}>
      <div className="space-y-3 text-sm">
        <p>Each of them signs you in once if your phone is lost. They are shown now and never again: keep them where you keep passwords.</p>
        <CopyBlock label="Recovery codes" text={codes.join("\n")} />
      </div>
    </Dialog>
  );
}

function Remove({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const { submit, busy, error } = useForm<unknown>({
    call: ({ password }) => ({ method: "POST", path: "/v1/person/totp/remove", body: { password } }),
    onDone,
  });
  return (
    <Dialog open onClose={onClose} title="Turn the second factor off?">
      <form className="space-y-4 text-sm" onSubmit={submit}>
        <p>Your password alone will sign you in. Your recovery codes end to work.</p>
        <Field label="Password" name="password" type="password" autoComplete="current-password" required autoFocus />
        {error !== null && <ErrorNote error={error} />}
        <Button type="submit" kind="danger" busy={busy} className="w-full">
          Turn it off
        </Button>
      </form>
    </Dialog>
  );
}
