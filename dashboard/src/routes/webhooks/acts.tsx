/** What can be done to an endpoint: edit, pause, resume, a new secret, delete. */
import type { WebhookEndpoint } from "@tillway/sdk";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { path } from "../../kit/api.ts";
import { Button } from "../../kit/button.tsx";
import { useAct } from "../../kit/data.ts";
import { ConfirmDialog } from "../../kit/dialog.tsx";
import { Select } from "../../kit/field.tsx";
import { usePageAddress } from "../../kit/link.tsx";
import { useMay } from "../../kit/session.tsx";
import { toast } from "../../kit/toast.tsx";
import { EndpointForm } from "./form.tsx";
import { SecretOnce } from "./secret.tsx";

type Open = "edit" | "rotate" | "delete" | null;

export function EndpointActs({ endpoint }: { endpoint: WebhookEndpoint }) {
  const { id, status } = endpoint;
  const [open, setOpen] = useState<Open>(null);
  const { why } = useMay("webhooks.write");
  const close = () => setOpen(null);
  const next = status === "enabled" ? "paused" : "enabled";
  const pause = useAct<void, WebhookEndpoint>({
    call: () => ({ method: "PATCH", path: path`/v1/webhook-endpoints/${id}`, body: { status: next } }),
    onDone: () => toast(next === "paused" ? "Paused. What happens waits." : "Resumed. What waited is sent."),
  });
  return (
    <>
      <Button why={why} onClick={() => setOpen("edit")}>
        Edit
      </Button>
      <Button why={why} busy={pause.isPending} onClick={() => pause.mutate()}>
        {next === "paused" ? "Pause" : "Resume"}
      </Button>
      <Button why={why} onClick={() => setOpen("rotate")}>
        Rotate secret
      </Button>
      <Button kind="danger" why={why} onClick={() => setOpen("delete")}>
        Delete
      </Button>
      <EndpointForm
        open={open === "edit"}
        onClose={close}
        title="Edit the endpoint"
        verb="Save"
        endpoint={endpoint}
        request={(body) => ({ method: "PATCH", path: path`/v1/webhook-endpoints/${id}`, body })}
        onDone={() => {
          close();
          toast("Saved");
        }}
      />
      <Rotate endpoint={endpoint} open={open === "rotate"} onClose={close} />
      <Delete endpoint={endpoint} open={open === "delete"} onClose={close} />
    </>
  );
}

interface ActProps {
  readonly endpoint: WebhookEndpoint;
  readonly open: boolean;
  readonly onClose: () => void;
}

const overlaps = [
  { value: "86400", label: "24 hours" },
  { value: "3600", label: "1 hour" },
  { value: "0", label: "None: somebody has read it" },
];

function Rotate({ endpoint, open, onClose }: ActProps) {
  const [seconds, setSeconds] = useState("86400");
  const [made, setMade] = useState<WebhookEndpoint | null>(null);
  const act = useAct<void, WebhookEndpoint>({
    call: () => ({
      method: "POST",
      path: path`/v1/webhook-endpoints/${endpoint.id}/rotate-secret`,
      body: { overlap_seconds: Number(seconds) },
    }),
    onDone: (result) => {
      onClose();
      setMade(result);
    },
  });
  return (
    <>
      <ConfirmDialog
        open={open}
        onClose={onClose}
        title={`Give ${endpoint.url} a new secret?`}
        effect="Events are signed by the new secret at once. During the overlap the secret before signs beside it, so that your server verifies with either."
        verb="Rotate secret"
        busy={act.isPending}
        error={act.error}
        onConfirm={() => act.mutate()}
      >
        <Select label="Overlap" value={seconds} choices={overlaps} onChange={(event) => setSeconds(event.target.value)} />
      </ConfirmDialog>
      <SecretOnce endpoint={made} onClose={() => setMade(null)} />
    </>
  );
}

function Delete({ endpoint, open, onClose }: ActProps) {
  const navigate = useNavigate();
  const address = usePageAddress();
  const act = useAct<void>({
    call: () => ({ method: "DELETE", path: path`/v1/webhook-endpoints/${endpoint.id}` }),
    onDone: () => {
      toast("Endpoint deleted");
      void navigate({ to: address("webhooks") as never });
    },
  });
  return (
    <ConfirmDialog
      open={open}
      onClose={onClose}
      danger
      title={`Delete endpoint ${endpoint.url}?`}
      effect="Nothing is sent to it any more, and what it is still owed is called off. This can't be undone. Pause it instead to have that sent later."
      verb="Delete endpoint"
      busy={act.isPending}
      error={act.error}
      onConfirm={() => act.mutate()}
    />
  );
}
